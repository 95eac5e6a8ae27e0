"""Findings about the rows: leaks, duplicates, identifiers and rare classes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype

from kedro_sweep.evaluation.findings.evidence import Evidence
from kedro_sweep.evaluation.findings.finding import Finding
from kedro_sweep.evaluation.findings.wording import PARAMETERS, SEARCH, count, enumerate_names
from kedro_sweep.search.splitter import Splitter
from kedro_sweep.tables.duplicates import find_copies, find_repeated
from kedro_sweep.tables.giveaways import find_giveaways
from kedro_sweep.tables.profile import COMPARABLE
from kedro_sweep.tables.roles import describe_column, find_identifiers

MANY_DROPPED = 0.01


def feature_predicts_target(evidence: Evidence) -> Iterator[Finding]:
    """A feature may hold information that is only known after the target."""
    comparable = [
        name for name in evidence.features if describe_column(evidence.train[name]).kind in COMPARABLE
    ]
    names = find_giveaways(
        evidence.train, comparable, evidence.y_label, is_classifier=evidence.model.is_classifier
    )
    if not names:
        return
    one = len(names) == 1
    yield Finding(
        "feature_predicts_target",
        f"{enumerate_names(names)} alone {'predicts' if one else 'predict'} {evidence.y_label} without "
        f"error{'' if one else ', each by itself'}.",
        f"Unless {'it is' if one else 'they are'} known when you predict, add {enumerate_names(names)} "
        f"to data.drop in {PARAMETERS}: the score is worth nothing otherwise.",
        {"features": names},
    )


def copies_across_split(evidence: Evidence) -> Iterator[Finding]:
    """Test rows that are also in training make the test easier than new rows will be."""
    columns = [*evidence.features, evidence.y_label]
    n_train = len(evidence.train)
    rows = pd.concat([evidence.train[columns], evidence.test[columns]])
    labels = find_copies(rows)
    train, test = labels[:n_train], labels[n_train:]
    # Where chance explains equal rows, new rows will have equals in training, too.
    copies = labels[find_repeated(rows, unless_chance=True)]
    shared = np.intersect1d(np.intersect1d(train, test), copies)
    n_copies = int(np.isin(test, shared).sum())
    if not n_copies:
        return
    yield Finding(
        "copies_across_split",
        f"{n_copies} of {count(len(test), 'test row')} {'equals' if n_copies == 1 else 'equal'} a "
        "training row in all features and the target, which makes the test score too good.",
        f"Set data.duplicates to auto or together in {PARAMETERS}.",
        {
            "test_copies": n_copies,
            "test_rows": len(test),
            "train_copies": int(np.isin(train, shared).sum()),
            "train_rows": n_train,
        },
    )


def coincidences_dropped(evidence: Evidence) -> Iterator[Finding]:
    """At least 1% of the rows may have been dropped although chance explains that they equal others."""
    rows, n_copies, n_coincidences = _count_dropped(evidence)
    if not rows or n_coincidences < MANY_DROPPED * rows:
        return
    yield Finding(
        "coincidences_dropped",
        f"{n_copies + n_coincidences} of {rows} rows ({(n_copies + n_coincidences) / rows:.1%}) were "
        f"dropped, because they equal others in all features and {evidence.y_label}. Chance explains "
        f"{n_coincidences} of them: there are few combinations. Without these rows, the shares of the "
        "combinations and of the classes are wrong, and so are the scores.",
        f"Set data.duplicates to auto in {PARAMETERS}.",
        {"dropped": n_coincidences, "rows": rows},
    )


def copies_dropped(evidence: Evidence) -> Iterator[Finding]:
    """At least 1% of the rows were dropped as copies."""
    rows, n_copies, n_coincidences = _count_dropped(evidence)
    if not rows or n_copies < MANY_DROPPED * rows or n_coincidences >= MANY_DROPPED * rows:
        return
    yield Finding(
        "copies_dropped",
        f"{n_copies} of {rows} rows ({n_copies / rows:.1%}) were dropped: they equal others in all "
        f"features and {evidence.y_label}, which chance does not explain.",
        f"If they are observations of their own, set data.duplicates to together in {PARAMETERS}.",
        {"dropped": n_copies, "rows": rows},
        doubt=False,
    )


def _count_dropped(evidence: Evidence) -> tuple[int, int, int]:
    """Count all rows, and those that were dropped as copies and in spite of chance."""
    facts = evidence.data_summary
    dropped = facts.get("dropped", 0)
    n_copies = min(dropped, facts.get("copies", 0) - facts.get("coincidences", 0))
    return facts.get("rows", 0), n_copies, dropped - n_copies


def identifier_features(evidence: Evidence) -> Iterator[Finding]:
    """A feature that the user listed may only number or name the rows."""
    table = pd.concat([evidence.train[evidence.features], evidence.test[evidence.features]])
    if is_numeric_dtype(table.index):
        table = table.sort_index()  # identifiers are counted in the order of the file
    names = find_identifiers(table.apply(_restore_whole_numbers))
    if not names:
        return
    one = len(names) == 1
    yield Finding(
        "identifier_features",
        f"{enumerate_names(names)} {'looks like an identifier' if one else 'look like identifiers'}: "
        f"{'it numbers or names' if one else 'they number or name'} the rows, from which a model learns "
        "nothing about new ones.",
        f"Remove {enumerate_names(names)} from data.features in {PARAMETERS}, or add "
        f"{'it' if one else 'them'} to data.drop.",
        {"features": names},
    )


def _restore_whole_numbers(column: pd.Series) -> pd.Series:
    """Convert whole numbers back to integers, because the model gets all numbers as floats."""
    if not is_float_dtype(column) or column.isna().any() or (column % 1).any():
        return column
    return column.astype("int64") if (column.abs() < 2**63).all() else column


def rare_classes(evidence: Evidence) -> Iterator[Finding]:
    """A class may have fewer rows than there are folds, so some folds are scored without it."""
    folds = _count_folds(evidence)
    if not evidence.model.is_classifier or folds is None:
        return
    counts = evidence.train[evidence.y_label].value_counts()
    rare = {str(name): int(n) for name, n in counts.items() if 0 < n < folds}
    # With one row per fold, as in LeaveOneOut, every class has fewer rows than there are folds.
    if not rare or len(rare) == len(counts):
        return
    shown = [f"{name} ({count(n, 'row')})" for name, n in rare.items()]
    one = len(rare) == 1
    yield Finding(
        "rare_classes",
        f"{'A class of' if one else 'Classes of'} {evidence.y_label} {'has' if one else 'have'} fewer "
        f"training rows than there are folds ({folds}): {enumerate_names(shown)}. Some folds are scored "
        f"without {'it' if one else 'them'}.",
        f"Merge {'it' if one else 'each'} with another class, choose fewer folds under sweep.cv in "
        f"{SEARCH}, or add rows.",
        {"classes": rare, "folds": folds},
    )


def _count_folds(evidence: Evidence) -> int | None:
    """Count the parts that the rows are split into; None if each fold draws its rows independently."""
    cv = evidence.sweep.cv
    if not isinstance(cv, Splitter):
        return cv
    splitter = cv.build(seed=0)
    if hasattr(splitter, "train_size"):
        return None
    try:
        n_splits = splitter.get_n_splits(evidence.train, evidence.train[evidence.y_label])
    except (TypeError, ValueError):  # the splitter needs groups
        return None
    return int(n_splits // getattr(splitter, "n_repeats", 1))
