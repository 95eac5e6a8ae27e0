"""Findings about the rows: leaks, duplicates, groups, identifiers and rare classes."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from math import isfinite, nan

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from kedro_sweep import tables, text
from kedro_sweep.evaluation.findings._evidence import (
    PARAMETERS,
    SEARCH,
    Evidence,
    Finding,
    Result,
    value_of,
)
from kedro_sweep.search.settings import Splitter, find_scorer, score_weighted
from kedro_sweep.search.trial import log_warnings
from kedro_sweep.text import MAX_LISTED, count, number

logger = logging.getLogger(__name__)

MANY_DROPPED = 0.01
# To score groups that the split does not keep together.
N_FOLDS = 5
# A loss of more standard errors than this is clear.
CLEAR = 2


def feature_predicts_target(evidence: Evidence) -> Iterator[Result]:
    """A feature may hold information that is only known after the target."""
    train, y_label = evidence.train, evidence.y_label
    kinds = {name: tables.describe_column(train[name]).kind for name in evidence.features}
    comparable = [name for name, kind in kinds.items() if kind in tables.COMPARABLE]
    is_classifier = evidence.configuration.model.is_classifier
    split = evidence.data_summary.get("parameters", {}).get("split", {})
    groups = train[split["column"]] if split.get("kind") == "group" else None
    names = tables.find_giveaways(train, comparable, y_label, is_classifier=is_classifier, groups=groups)
    if comparable and not names:
        yield f"none of {count(len(comparable), 'feature')} alone"
    for feature in names[:MAX_LISTED]:
        shown = text.name(feature)
        yield Finding(
            "feature_predicts_target",
            f"{shown} alone predicts {y_label} without error.",
            f"Unless it is known when you predict, add {shown} to data.drop in {PARAMETERS}: the "
            "score is worth nothing otherwise.",
            {"feature": feature},
        )


def copies_across_split(evidence: Evidence) -> Iterator[Result]:
    """Test rows that are also in training make the test easier than new rows will be."""
    configuration = evidence.configuration
    if configuration.ordered:  # rows of different times are no copies
        return
    columns = [*evidence.features, evidence.y_label]
    if configuration.weights is not None:
        columns.append(evidence.data_summary["parameters"]["weights"])
    n_train = len(evidence.train)
    rows = pd.concat([evidence.train[columns], evidence.test[columns]])
    labels = tables.find_copies(rows)
    train, test = labels[:n_train], labels[n_train:]
    # Where chance explains equal rows, new rows will have equals in training, too.
    copies = labels[tables.find_repeated(rows, unless_chance=True)]
    shared = np.intersect1d(np.intersect1d(train, test), copies)
    # Only together keeps equal rows of different groups on one side.
    setting = "auto or together" if configuration.groups is None else "together"
    n_copies = int(np.isin(test, shared).sum())
    if not n_copies:
        yield f"none of {count(len(test), 'test row')}"
        return
    yield Finding(
        "copies_across_split",
        "Test rows that equal a training row in all features and the target make the test score too "
        f"good: {n_copies} of {len(test):,}.",
        f"Set data.duplicates to {setting} in {PARAMETERS}.",
        {"test_copies": n_copies, "test_rows": len(test)}
        | {"train_copies": int(np.isin(train, shared).sum()), "train_rows": n_train},
    )


def groups_across_split(evidence: Evidence) -> Iterator[Result]:
    """A column looks like groups, and rows of one group are on both sides of a random split."""
    for name, groups in evidence.row_groups.items():
        test, train = groups.loc[evidence.test.index], groups.loc[evidence.train.index]
        n_shared = int(test.isin(train).sum())
        if not n_shared:
            yield f"no {name} on both sides"
            continue
        message = (
            f"The split ignores {name}: {n_shared} of {count(len(test), 'test row')} have the {name} of "
            "a training row, and the folds share them, too."
        )
        effect = _score_in_groups(evidence, train.loc[evidence.configuration.X.index])
        if effect:
            error = effect["grouped_error"]
            value, shown_error = (number(x, width=error) for x in (effect["grouped_value"], error))
            reference, known = _find_reference(evidence)
            message += (
                f" In folds that keep each {name} together, the {evidence.summary.scoring} of the best "
                f"configuration is {value} (standard error {shown_error}). The {reference} is "
                f"{number(known, width=error)}."
            )
        is_clear = effect.get("loss", 0) > CLEAR * effect.get("grouped_error", 0)
        if is_clear:
            message += f" Expect the former for a new {name}."
        yield Finding(
            "groups_across_split",
            message,
            f"If you predict for a new {name}, set data.split to {{kind: group, column: {name}}} "
            f"in {PARAMETERS}.",
            {"column": name, "test_rows": len(test), "shared_rows": n_shared} | effect,
            doubt=is_clear,
        )


def _find_reference(evidence: Evidence) -> tuple[str, float]:
    """Find the value to compare with: the one that the report quotes, unless it is an ensemble's."""
    corrected = evidence.summary.corrected
    if corrected and evidence.summary.ensemble_value is None:
        return "corrected value", corrected.value
    return "value of the search", value_of(evidence.ranking[0])


def _score_in_groups(evidence: Evidence, groups: pd.Series) -> dict[str, float]:
    """Score the best configuration once more, in folds of whole groups; empty if that is impossible."""
    configuration, cv = evidence.configuration, evidence.configuration.sweep.cv
    if not evidence.ranking or groups.nunique() < 2:
        return {}
    n_folds = min(N_FOLDS if isinstance(cv, Splitter) else cv, groups.nunique())
    sweep = configuration.sweep.model_copy(update={"cv": n_folds})
    grouped = replace(configuration, groups=groups, sweep=sweep)
    message = "Scoring the best configuration in folds by '%s', which looks like groups."
    logger.info(message, groups.name)
    scorer, params, scores = find_scorer(grouped.scoring), evidence.ranking[0].params, [nan]
    # The groups may be too few or too large for folds, or a fold may lack a class.
    with suppress(Exception), log_warnings():
        scores = [
            score_weighted(scorer, fold.fit(grouped.build(params)), *fold.tested)
            for fold in grouped.folds
        ]
    grouped_value = float(np.mean(scores))
    if not isfinite(grouped_value):
        return {}
    _, value = _find_reference(evidence)
    error = float(np.std(scores, ddof=1) / np.sqrt(n_folds))
    loss = evidence.sign * (value - grouped_value)
    return {"value": value, "grouped_value": grouped_value, "grouped_error": error, "loss": loss}


def coincidences_dropped(evidence: Evidence) -> Iterator[Result]:
    """At least 1% of the rows may have been dropped although chance explains that they equal others."""
    rows, n_copies, n_coincidences = _count_dropped(evidence)
    dropped = n_copies + n_coincidences
    if not rows:
        return
    if n_coincidences < MANY_DROPPED * rows:
        yield f"{n_coincidences:,} of {rows:,} rows"
        return
    yield Finding(
        "coincidences_dropped",
        f"{dropped:,} of {rows:,} rows ({dropped / rows:.1%}) were dropped, because they equal others "
        f"in all features and {evidence.y_label}. Chance explains {n_coincidences:,} of them: there are "
        "few combinations. Without these rows, the shares of the combinations and of the classes are "
        "wrong, and so are the scores.",
        f"Set data.duplicates to auto in {PARAMETERS}.",
        {"dropped": n_coincidences, "rows": rows},
    )


def copies_dropped(evidence: Evidence) -> Iterator[Result]:
    """At least 1% of the rows were dropped as copies."""
    rows, n_copies, n_coincidences = _count_dropped(evidence)
    if not rows or n_coincidences >= MANY_DROPPED * rows:
        return
    if n_copies < MANY_DROPPED * rows:
        yield f"{n_copies:,} of {rows:,} rows"
        return
    yield Finding(
        "copies_dropped",
        f"{n_copies:,} of {rows:,} rows ({n_copies / rows:.1%}) were dropped: they equal others in all "
        f"features and {evidence.y_label}, which chance does not explain.",
        "If they are observations of their own, set data.duplicates to "
        f"{'keep' if evidence.configuration.ordered else 'together'} in {PARAMETERS}.",
        {"dropped": n_copies, "rows": rows},
        doubt=False,
    )


def _count_dropped(evidence: Evidence) -> tuple[int, int, int]:
    """Count all rows, and those that were dropped as copies and in spite of chance."""
    facts = evidence.data_summary
    dropped = facts.get("dropped", 0)
    n_copies = min(dropped, facts.get("copies", 0) - facts.get("coincidences", 0))
    return facts.get("rows", 0), n_copies, dropped - n_copies


def identifier_features(evidence: Evidence) -> Iterator[Result]:
    """A feature that the user listed may only number or name the rows."""
    table = pd.concat([evidence.train[evidence.features], evidence.test[evidence.features]])
    if is_numeric_dtype(table.index):
        table = table.sort_index()  # identifiers are counted in the order of the file
    names = tables.find_identifiers(table.convert_dtypes())  # the model gets all numbers as floats
    if not names:
        yield f"none of {count(len(evidence.features), 'feature')}"
    for feature in names[:MAX_LISTED]:
        shown = text.name(feature)
        yield Finding(
            "identifier_features",
            f"{shown} looks like an identifier: it numbers or names the rows, from which a model "
            "learns nothing about new ones.",
            f"Remove {shown} from data.features in {PARAMETERS}, or add it to data.drop.",
            {"feature": feature},
        )


def rare_classes(evidence: Evidence) -> Iterator[Result]:
    """A class may have fewer rows than there are folds, so some folds are scored without it."""
    folds = _count_folds(evidence)
    if not evidence.configuration.model.is_classifier or folds is None:
        return
    is_large = len(evidence.configuration.y) > tables.SHOWN_ROWS  # whose folds take much memory
    if not is_large and (evidence.configuration.groups is not None or evidence.configuration.ordered):
        yield from _find_lacking(evidence)
        return
    counts = evidence.train[evidence.y_label].value_counts()
    rare = {str(name): int(n) for name, n in counts.items() if 0 < n < folds}
    # With one row per fold, as in LeaveOneOut, every class has fewer rows than there are folds.
    if not rare or len(rare) == len(counts):
        yield f"the rarest class has {count(int(counts.min()), 'training row')}"
        return
    for name, n_rows in [*rare.items()][:MAX_LISTED]:
        yield Finding(
            "rare_classes",
            f"The class {text.name(name)} of {evidence.y_label} has {count(n_rows, 'training row')}, "
            f"fewer than there are folds ({folds}). Some folds are scored without it.",
            f"Merge it with another class, choose fewer folds under sweep.cv in {SEARCH}, or add rows.",
            {"class": name, "rows": n_rows, "folds": folds},
        )


def _find_lacking(evidence: Evidence) -> Iterator[Result]:
    """Find classes that some folds lack although they have many rows: these belong together."""
    folds = evidence.configuration.folds
    in_folds = [{*fold.y_train} & {*fold.y_test} for fold in folds]
    classes = evidence.configuration.y.unique()
    lacking = {name: sum(name not in found for found in in_folds) for name in classes}
    lacking = {name: n for name, n in lacking.items() if n}
    if not lacking:
        yield f"all {len(classes)} classes in each of {count(len(folds), 'fold')}"
    for name, n in [*lacking.items()][:MAX_LISTED]:
        yield Finding(
            "rare_classes",
            f"The class {text.name(name)} of {evidence.y_label} is missing among the training rows or "
            f"the held-out rows of {n} of {len(folds)} folds.",
            f"Merge it with another class, choose fewer folds under sweep.cv in {SEARCH}, or add rows "
            "of other groups or times.",
            {"class": str(name), "lacking": n, "folds": len(folds)},
        )


def _count_folds(evidence: Evidence) -> int | None:
    """Count the parts that the rows are split into; None if each fold draws its rows independently."""
    cv = evidence.configuration.sweep.cv
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
