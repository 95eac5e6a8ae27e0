"""Inspect a raw table before it is used: types, identifiers, leaks, groups, dates."""

import difflib
import re
import warnings
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_complex_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_string_dtype,
)

from kedro_sweep.errors import InputError
from kedro_sweep.tables.duplicates import find_repeated
from kedro_sweep.tables.giveaways import find_giveaways
from kedro_sweep.tables.kinds import KINDS_OF_OBJECTS, to_target
from kedro_sweep.tables.notation import Notation, TextNumbers, find_text_numbers, holds_numbers

ColumnType = Literal["number", "text", "category", "date", "yes/no", "empty", "other"]
Task = Literal["classification", "regression"]

ID_WORDS = {"id", "uuid", "guid", "index", "key"}
GROUP_WORDS = {
    *("id", "uuid", "guid", "patient", "subject", "person", "participant", "customer", "client"),
    *("user", "account", "household", "family", "company", "device", "machine", "session"),
}
YES_NO = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"0", "1"})
DATE = r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ]\d{1,2}:\d\d.*)?\s*"
LETTERS_AND_DIGITS = r"(?=.*[A-Za-z])(?=.*\d)\S+"

MAX_SHOWN_AS_CATEGORY = 40
# Kinds of columns that may give the target away. Dates and free text would only be memorized.
COMPARABLE: set[ColumnType] = {"number", "category", "yes/no"}
# Integers are classes if there are few different ones, with five rows each on average.
MAX_CLASSES = 20
ROWS_PER_CLASS = 5
# Text values that name a group repeat, but fewer times than the values of a category.
MIN_GROUPS = 10
MAX_ROWS_PER_GROUP = 20
ALMOST_ONE = 0.999
FEW_COPIES = 0.05
# Longer cells are no dates.
MAX_LENGTH = 60
SHOWN = 20
DEFAULT = Notation()


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes:
        name: Its name.
        kind: The type of its values.
        distinct: Number of different values.
        gaps: Number of missing values.
    """

    name: str
    kind: ColumnType
    distinct: int
    gaps: int


@dataclass(frozen=True)
class Profile:
    """What a table holds, and what a model should not see.

    Attributes:
        rows: Number of rows.
        columns: All columns, in the order of the table.
        target: Name of the column to predict.
        task: The kind of model that predicts it.
        whole: Whether the target holds integers, which suit both tasks.
        classes: Number of rows of each class, most frequent first; empty for regression.
        left_out: Columns that the model should not see, with the reason for each.
        perfect_features: Features that alone predict the target on held-out rows. They stay features.
        numbers_as_text: Text columns that hold numbers, each with what keeps it from being read so.
        variants: Columns with values that differ only in case or in spaces around them, and these.
        copies: Number of rows equal to an earlier one in all columns that are not left out.
        coincidences: How many of them chance explains.
        group: A column that names the common source of several rows, or None.
        time: A date by which the rows are ordered, or None.
    """

    rows: int
    columns: tuple[Column, ...]
    target: str
    task: Task
    whole: bool
    classes: dict[str, int]
    left_out: dict[str, str]
    perfect_features: tuple[str, ...]
    numbers_as_text: dict[str, TextNumbers]
    variants: dict[str, tuple[str, ...]]
    copies: int
    coincidences: int
    group: str | None
    time: str | None


def profile_table(
    table: pd.DataFrame, target: str, task: Task | None = None, notation: Notation = DEFAULT
) -> Profile:
    """Inspect a table."""
    if target not in table.columns:
        near = difflib.get_close_matches(target, table.columns, cutoff=0.5)
        more = f" and {len(table.columns) - SHOWN} more" if len(table.columns) > SHOWN else ""
        hint = f"Did you mean one of {near}?" if near else f"It has {[*table.columns[:SHOWN]]}{more}."
        raise InputError(f"The table has no column '{target}' to predict. {hint}")
    known = table[table[target].notna()]
    if known.empty:
        raise InputError(f"The target '{target}' has no value in any row: choose another column.")
    names = list(map(str, table.columns))
    columns = {name: describe_column(table[name]) for name in names}
    odd = _find_text_numbers(table[target], notation)
    if odd and (task == "regression" or (task is None and columns[target].distinct > MAX_CLASSES)):
        raise InputError(
            f"The target '{target}' is read as text: {odd.describe()} {odd.suggest(target)}"
        )
    known[target] = to_target(known[target])
    task = _choose_task(known[target], task)

    others = table.drop(columns=target)
    names.remove(target)
    left_out = {name: "no value" for name in names if not columns[name].distinct}
    left_out |= {name: "mixed or unknown type" for name in names if columns[name].kind == "other"}
    left_out |= {
        name: "one value" for name in names if columns[name].distinct == 1 and not columns[name].gaps
    }
    left_out |= dict.fromkeys(find_identifiers(others.drop(columns=list(left_out))), "identifier")
    group = _find_group(_drop_few_copies(others.drop(columns=list(left_out))))
    # Words, such as the subjects of a school, may say something about new rows.
    if group is not None and others[group].astype(str).str.contains(r"\d").all():
        left_out[group] = "looks like a group ID"
    candidates = [name for name in names if name not in left_out]
    left_out |= {
        name: f"same as {target}" for name in candidates if _is_copy(known[name], known[target], task)
    }
    features = [columns[name] for name in candidates if name not in left_out]
    if not features:
        reasons = ", ".join(f"{name} ({left_out[name]})" for name in names if name in left_out)
        raise InputError(
            f"No column is left to predict '{target}' from. Left out: {reasons or 'none'}. "
            "Add columns to the table."
        )
    left_out = {name: left_out[name] for name in names if name in left_out}
    shown = (target, *(column.name for column in features))

    used = known.drop(columns=list(left_out))
    copies = int(find_repeated(used, unless_chance=False).sum())
    return Profile(
        rows=len(table),
        columns=tuple(columns.values()),
        target=target,
        task=task,
        whole=_is_whole(known[target]),
        classes={str(name): int(n) for name, n in known[target].value_counts().items()}
        if task == "classification"
        else {},
        left_out=left_out,
        perfect_features=tuple(
            find_giveaways(
                known,
                [column.name for column in features if column.kind in COMPARABLE],
                target,
                is_classifier=task == "classification",
            )
        ),
        numbers_as_text={
            name: found for name in shown if (found := _find_text_numbers(table[name], notation))
        },
        variants={
            name: values
            for name in shown
            if (name == target or columns[name].kind == "category")
            and (values := _find_variants(table[name]))
        },
        copies=copies,
        coincidences=copies - int(find_repeated(used, unless_chance=True).sum()),
        group=group,
        time=_find_time(others),
    )


def find_identifiers(table: pd.DataFrame) -> list[str]:
    """Find columns that number or name the rows, from which a model learns nothing about new rows.

    Such a column has no missing values, and no value twice except in a few duplicate rows. In addition,
    its name contains a word such as id or key, or it holds integers that count up by one, or single
    words that are neither numbers nor dates. Numbers with decimals and dates are never identifiers.
    """
    rows = _drop_few_copies(table)
    return [str(name) for name in rows.columns if _is_identifier(rows[name])]


def _drop_few_copies(table: pd.DataFrame) -> pd.DataFrame:
    """Drop duplicate rows, unless there are many: then the columns have few possible values."""
    copies = table.duplicated()
    return table[~copies] if copies.mean() <= FEW_COPIES else table


def _is_identifier(column: pd.Series) -> bool:
    whole = is_integer_dtype(column) or (column.dtype == object and infer_dtype(column) == "integer")
    if not (whole or _is_text(column)) or column.isna().any() or not column.is_unique:
        return False
    if _is_text(column) and _is_date(column):
        return False
    if ID_WORDS & set(_split_words(str(column.name))) or str(column.name).startswith("Unnamed: 0"):
        return True
    if whole:
        return bool((column.diff().dropna() == 1).all())
    return not (column.astype(str).str.contains(r"\s").any() or holds_numbers(column))


def describe_column(column: pd.Series) -> Column:
    """Describe what a column holds."""
    gaps = int(column.isna().sum())
    if column.dtype == object and infer_dtype(column, skipna=True) not in KINDS_OF_OBJECTS:
        return Column(str(column.name), "other", len(column) - gaps, gaps)  # lists cannot be compared
    distinct = int(column.nunique())
    kind: ColumnType
    if not distinct:
        kind = "empty"
    elif is_bool_dtype(column) or (distinct == 2 and _is_yes_no(column)):
        kind = "yes/no"
    elif _is_date(column):
        kind = "date"
    elif _is_number(column):
        kind = "number"
    elif not _is_text(column):
        kind = "other"
    elif distinct <= min(MAX_SHOWN_AS_CATEGORY, len(column) / 2):
        kind = "category"
    else:
        kind = "text"
    return Column(str(column.name), kind, distinct, gaps)


def _is_number(column: pd.Series) -> bool:
    if column.dtype == object:  # such as the decimals of a Parquet file
        return KINDS_OF_OBJECTS.get(infer_dtype(column, skipna=True)) == "number"
    return is_numeric_dtype(column) and not is_complex_dtype(column)


def _is_text(column: pd.Series) -> bool:
    if column.dtype == object:
        return not _is_number(column)
    return bool(is_string_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype))


def _is_yes_no(column: pd.Series) -> bool:
    values = column.dropna()
    if is_float_dtype(values):
        return set(values.unique()) == {0.0, 1.0}
    return set(values.astype(str).str.strip().str.lower()) in YES_NO


def _is_date(column: pd.Series) -> bool:
    if is_datetime64_any_dtype(column):
        return True
    values = column.dropna()
    if not _is_text(column) or not values.astype(str).str[:MAX_LENGTH].str.fullmatch(DATE).all():
        return False
    return any(_parse_dates(values, dayfirst).notna().all() for dayfirst in (False, True))


def _parse_dates(column: pd.Series, dayfirst: bool) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about days that cannot be months
        return pd.to_datetime(column.astype(str), dayfirst=dayfirst, errors="coerce", utc=True)


def _split_words(name: str) -> list[str]:
    """Split `patient_id`, `PatientID` and `patient id` into words."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _is_whole(values: pd.Series) -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values) and bool((values % 1 == 0).all())


def _choose_task(target: pd.Series, task: Task | None) -> Task:
    """Choose or check the task for a target without missing values."""
    distinct = target.nunique()
    if distinct < 2:
        raise InputError(f"The target '{target.name}' is {target.iloc[0]} in every row: choose another.")
    numeric = is_numeric_dtype(target) and not is_bool_dtype(target)
    whole = _is_whole(target)
    if task == "regression" and not numeric:
        raise InputError(
            f"The target '{target.name}' holds values such as '{target.iloc[0]}', but regression "
            "predicts numbers: use --task classification, or another target."
        )
    if task == "classification" and numeric and not whole:
        raise InputError(
            f"The target '{target.name}' holds {distinct} different numbers with decimals, but "
            "classification predicts classes: use --task regression, or another target."
        )
    few = distinct == 2 or (distinct <= MAX_CLASSES and distinct * ROWS_PER_CLASS <= len(target))
    task = task or ("classification" if not numeric or (whole and few) else "regression")
    if task == "classification" and distinct == len(target):
        raise InputError(
            f"The target '{target.name}' has a different value in every row, so it has no classes: "
            "choose another column."
        )
    return task


def _is_copy(feature: pd.Series, target: pd.Series, task: Task) -> bool:
    """Check whether a feature is the target in other words or in another unit."""
    both = pd.DataFrame({"feature": feature, "target": target}).dropna()
    if 2 * len(both) <= len(target) or both["feature"].nunique() < 2:
        return False
    if task == "regression" and is_numeric_dtype(feature):
        # A few rows may be in the same order by chance.
        ranks = both.rank()
        return len(both) >= ROWS_PER_CLASS and abs(ranks["feature"].corr(ranks["target"])) > ALMOST_ONE
    distinct = both["feature"].nunique()
    if distinct != both["target"].nunique() or 2 * distinct > len(both):
        return False
    return len(both.drop_duplicates()) == distinct


def find_group(table: pd.DataFrame) -> str | None:
    """Find a column that names what several rows have in common, such as their patient."""
    usable = [name for name in table.columns if describe_column(table[name]).kind != "other"]
    return _find_group(_drop_few_copies(table[usable]))


def _find_group(table: pd.DataFrame) -> str | None:
    """Find a column that names what several rows have in common, by its name or else by its values."""
    names = [str(name) for name in table.columns if _repeats(table[name])]
    named = [
        name
        for name in names
        if (_split_words(name) or [""])[-1] in GROUP_WORDS and table[name].nunique() >= MIN_GROUPS
    ]
    coded = [name for name in names if _repeats_codes(table[name])]
    return max(named or coded, key=lambda name: table[name].nunique(), default=None)


def _repeats(column: pd.Series) -> bool:
    return bool(
        (is_integer_dtype(column) or (_is_text(column) and not _is_date(column)))
        and not column.isna().any()
        and 2 < column.nunique() < len(column)
    )


def _repeats_codes(column: pd.Series) -> bool:
    """Check whether values such as P017 repeat a few times each."""
    distinct = column.nunique()
    return (
        _is_text(column)
        and distinct >= MIN_GROUPS
        and 2 * distinct <= len(column) <= MAX_ROWS_PER_GROUP * distinct
        and bool(column.astype(str).str.fullmatch(LETTERS_AND_DIGITS).all())
    )


def _find_time(table: pd.DataFrame) -> str | None:
    """Find a date that the rows are sorted by, or the only date. Text must be ISO, as for a split."""
    dates = {str(name): table[name] for name in table.columns if _is_date(table[name])}
    times = {
        name: pd.to_datetime(column.astype(object), format="ISO8601", errors="coerce", utc=True)
        for name, column in dates.items()
    }
    full = [name for name, time in times.items() if time.notna().all() and time.nunique() > 1]
    for name in full:
        if times[name].is_monotonic_increasing or times[name].is_monotonic_decreasing:
            return name
    return full[0] if len(full) == len(dates) == 1 else None


def _find_text_numbers(column: pd.Series, notation: Notation) -> TextNumbers | None:
    return None if not _is_text(column) or _is_date(column) else find_text_numbers(column, notation)


def _find_variants(column: pd.Series) -> tuple[str, ...]:
    """Find values that differ only in case or in spaces around them."""
    if not _is_text(column):
        return ()
    texts = pd.Series(column.dropna().astype(str).unique(), dtype="str")
    return tuple(texts[texts.str.strip().str.casefold().duplicated(keep=False)])
