"""What the columns of a table hold and what they are: types, identifiers, groups, times, the target."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.tables._duplicates import find_repeated
from kedro_sweep.tables.kinds import guess_kind
from kedro_sweep.tables.reading import holds_numbers

ColumnType = Literal["number", "text", "category", "date", "yes/no", "empty", "other"]

ID_WORDS = {"id", "uuid", "guid", "index", "key"}
GROUP_WORDS = {
    *("id", "uuid", "guid", "patient", "subject", "person", "participant", "customer", "client"),
    *("user", "account", "household", "family", "company", "device", "machine", "session"),
}
YES_NO = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"0", "1"})
DATE = r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ]\d{1,2}:\d\d.*)?\s*"
LETTERS_AND_DIGITS = r"(?=.*[A-Za-z])(?=.*\d)\S+"

MAX_SHOWN_AS_CATEGORY = 40
# Text values that name a group repeat, but fewer times than the values of a category.
MIN_GROUPS = 10
MAX_ROWS_PER_GROUP = 20
FEW_COPIES = 0.05
# Longer cells are no dates.
MAX_LENGTH = 60
# Enough rows to decide, and few enough to take two seconds at most.
MIN_ROWS = 30
MAX_ROWS = 5000
MAX_VALUES = 200_000
MAX_FEATURES = 500
FOLDS = 3
DEPTH = 8
ALMOST_ONE = 0.999
MIN_SAME = 5


@dataclass(frozen=True)
class ColumnProfile:
    """The type of a column's values, and how many different and missing values it has."""

    name: str
    kind: ColumnType
    distinct: int
    gaps: int


def describe_column(column: pd.Series) -> ColumnProfile:
    gaps, found = int(column.isna().sum()), guess_kind(column)
    if found is None:  # lists cannot be compared
        return ColumnProfile(str(column.name), "other", len(column) - gaps, gaps)
    distinct = int(column.nunique())
    kind: ColumnType = found
    if not distinct:
        kind = "empty"
    elif types.is_bool_dtype(column) or (distinct == 2 and _is_yes_no(column)):
        kind = "yes/no"
    elif is_date(column):
        kind = "date"
    elif kind == "text" and distinct <= min(MAX_SHOWN_AS_CATEGORY, len(column) / 2):
        kind = "category"
    return ColumnProfile(str(column.name), kind, distinct, gaps)


def is_text(column: pd.Series) -> bool:
    return guess_kind(column) == "text"


def _is_yes_no(column: pd.Series) -> bool:
    values = column.dropna().unique()
    if types.is_float_dtype(column):
        return set(values) == {0.0, 1.0}
    return {str(value).strip().lower() for value in values} in YES_NO


def is_date(column: pd.Series) -> bool:
    if (kind := guess_kind(column)) != "text":
        return kind == "date"
    values = pd.Series(column.dropna().unique()).astype(str)
    if not values.str[:MAX_LENGTH].str.fullmatch(DATE).all():
        return False
    return bool(read_dates(values).notna().all())


def read_dates(values: pd.Series) -> pd.Series:
    """Read dates or text, the month first, unless only the day first makes all of them dates."""
    if types.is_datetime64_any_dtype(values.dtype):
        return values
    with warnings.catch_warnings(action="ignore"):  # about days that cannot be months
        tried = (
            pd.to_datetime(values.astype(str), dayfirst=first, errors="coerce", utc=True)
            for first in (False, True)
        )
        found = next((dates for dates in tried if dates.notna().all()), None)
    return pd.Series(pd.NaT, values.index) if found is None else found


def find_identifiers(table: pd.DataFrame) -> list[str]:
    """Find columns that number or name the rows, from which a model learns nothing about new rows.

    Such a column has no missing values, and no value twice except in a few duplicate rows. In addition,
    its name contains a word such as id or key, or it holds integers that count up by one, or single
    words that are neither numbers nor dates. Numbers with decimals and dates are never identifiers.
    """
    rows = _drop_few_copies(table)
    return [str(name) for name in rows.columns if is_identifier(rows[name])]


def _drop_few_copies(table: pd.DataFrame) -> pd.DataFrame:
    """Drop duplicate rows, unless there are many: then the columns have few possible values."""
    copies = find_repeated(table, unless_chance=False)
    return table[~copies] if copies.sum() <= FEW_COPIES * len(table) else table


def is_identifier(column: pd.Series) -> bool:
    kind = types.infer_dtype(column) if column.dtype == object else ""
    whole = types.is_integer_dtype(column) or kind == "integer"
    if not (whole or is_text(column)) or column.isna().any() or not column.is_unique:
        return False
    if not whole and is_date(column):
        return False
    if ID_WORDS & set(_split_words(str(column.name))) or str(column.name).startswith("Unnamed: 0"):
        return True
    if whole:
        return bool((column.diff().dropna() == 1).all())
    return not (column.astype(str).str.contains(r"\s").any() or holds_numbers(column))


def _split_words(name: str) -> list[str]:
    """Split `patient_id`, `PatientID` and `patient id` into words."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def find_group(table: pd.DataFrame) -> str | None:
    """Find a column that names the common source of several rows, by its name or else by its values."""
    usable = [name for name in table.columns if guess_kind(table[name])]  # lists cannot be compared
    rows = _drop_few_copies(table[usable])
    distinct = {str(name): rows[name].nunique() for name in usable if _repeats(rows[name])}
    many = [name for name in distinct if distinct[name] >= MIN_GROUPS]
    named = [name for name in many if (_split_words(name) or [""])[-1] in GROUP_WORDS]
    coded = [
        name
        for name in many
        if 2 * distinct[name] <= len(rows) <= MAX_ROWS_PER_GROUP * distinct[name]
        and is_text(rows[name])
        and rows[name].astype(str).str.fullmatch(LETTERS_AND_DIGITS).all()
    ]
    return max(named or coded, key=distinct.__getitem__, default=None)


def _repeats(column: pd.Series) -> bool:
    return bool(
        (types.is_integer_dtype(column) or (is_text(column) and not is_date(column)))
        and not column.isna().any()
        and 2 < column.nunique() < len(column)
    )


def find_time(table: pd.DataFrame) -> str | None:
    """Find a date that the rows are sorted by, or the only date. Text must be ISO, as for a split."""
    dates = [str(name) for name in table.columns if is_date(table[name])]
    full = []
    for name in dates:
        texts = table[name].astype(object)
        time = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
        if time.notna().all() and time.nunique() > 1:
            if time.is_monotonic_increasing or time.is_monotonic_decreasing:
                return name
            full.append(name)
    return full[0] if len(full) == len(dates) == 1 else None


def find_giveaways(
    table: pd.DataFrame,
    features: Sequence[str],
    target: str,
    *,
    is_classifier: bool,
    groups: pd.Series | None = None,
) -> list[str]:
    """Find features from which a small tree perfectly predicts the target of held-out rows or groups."""
    features = features[:MAX_FEATURES]
    n_rows = min(len(table), MAX_ROWS, max(MAX_VALUES // max(len(features), 1), 10 * MIN_ROWS))
    rows = pd.Series(range(len(table))).sample(n_rows, random_state=0).to_numpy()
    sample = table.iloc[rows].reset_index(drop=True)
    tree: Any = DecisionTreeClassifier if is_classifier else DecisionTreeRegressor
    folds: Any = StratifiedKFold if is_classifier else KFold
    enough = 1.0 if is_classifier else ALMOST_ONE
    if is_classifier:
        sample = sample[sample.groupby(target)[target].transform("size") >= FOLDS]
        sample[target] = pd.factorize(sample[target])[0]
    y = sample[target].to_numpy()
    if len(sample) < MIN_ROWS or len(np.unique(y)) < 2:
        return []
    model = tree(max_depth=DEPTH, random_state=0)
    parts: Any = folds(FOLDS, shuffle=True, random_state=0)
    own = None if groups is None else pd.factorize(groups)[0][rows][sample.index]
    if own is None or len(np.unique(own)) < FOLDS:
        cv = list(parts.split(sample, y))
    else:  # a value may name its group
        cv = list(GroupKFold(FOLDS).split(sample, y, own))
    if is_classifier:  # a class may be in one group only
        cv = [(train, seen) for train, test in cv if len(seen := test[np.isin(y[test], y[train])])]
    return [
        name
        for name in features
        if model.fit(x := _encode(sample[name]), y).score(x, y) >= enough
        and cross_val_score(model, x, y, cv=cv).min() >= enough
    ]


def is_same(feature: pd.Series, target: pd.Series, *, is_classifier: bool) -> bool:
    """Check whether a feature is the target in other words or in another unit."""
    both = pd.DataFrame({"feature": feature, "target": target}).dropna()
    distinct, classes = both["feature"].nunique(), both["target"].nunique()
    if 2 * len(both) <= len(target) or distinct < 2:
        return False
    if not is_classifier and types.is_numeric_dtype(feature):
        # A few rows may be in the same order by chance, and one of the two may be rounded.
        ranks, names = both.rank(), ["feature", "target"]
        sign = np.sign(correlation := ranks["feature"].corr(ranks["target"]))
        values = both.assign(target=sign * both["target"]).sort_values(names)["target"]
        is_close = len(both) >= MIN_SAME and abs(correlation) > ALMOST_ONE
        return bool(is_close and values.is_monotonic_increasing)
    return distinct == classes == len(both.drop_duplicates()) and 2 * distinct <= len(both)


def _encode(column: pd.Series) -> NDArray[np.float64]:
    """Return the ranks of the values, which are all that a tree uses, without text or infinity."""
    codes, _ = pd.factorize(column, sort=True)
    return np.where(codes < 0, np.nan, codes).reshape(-1, 1)
