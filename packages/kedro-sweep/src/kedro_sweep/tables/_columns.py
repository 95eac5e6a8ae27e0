"""Choose the columns of the raw table that the model may see."""

import logging

import pandas as pd

from kedro_sweep.errors import InputError
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables._roles import find_identifiers
from kedro_sweep.tables.kinds import CONVERSIONS, find_kind, guess_kind, to_target

logger = logging.getLogger(__name__)

PARAMETERS = "conf/base/parameters.yml"


def select_columns(raw: pd.DataFrame, data: Data) -> pd.DataFrame:
    """Keep the features, the target, the split column, and the rows with a target.

    Args:
        raw: The table as it was read, one row per observation.
        data: Names the columns.

    Returns:
        Features, the split column and the target, with the raw row labels. Each feature holds numbers,
        texts or dates, in the same type for every file format.

    Raises:
        InputError: If the table has no rows or no known target, lacks a column or has it twice, or has a
            feature that is neither numbers, nor text, nor dates.
    """
    target = data.y_label
    raw = label_rows(raw)
    _check_names(raw, data)
    table = raw.dropna(subset=[target])
    if table.empty:
        raise InputError(f"The target '{target}' is missing in every row of the raw table.")
    if len(table) < len(raw):
        counts = (len(raw) - len(table), len(raw), target)
        logger.warning("Dropped %d of %d rows: their target '%s' is missing.", *counts)
    names = _choose_features(raw, data) if data.features is None else data.features
    parts = [CONVERSIONS[find_kind(table[name])](table[[name]]) for name in names]
    if (name := data.split.column) and name not in names:
        column = table[[name]]
        if column[name].dtype == object:  # for a file; groups may mix numbers and text
            column = CONVERSIONS[guess_kind(column[name]) or "text"](column)
        parts.append(column)
    return pd.concat([*parts, to_target(table[target])], axis=1)


def label_rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Make the column names text and the row labels unique: if two are equal, number the rows from 0."""
    named = raw.rename(columns=str)
    return named if named.index.is_unique else named.reset_index(drop=True)


def list_features(table: pd.DataFrame, data: Data) -> list[str]:
    """List the features of a table made by `select_columns`, or of a part of it.

    Args:
        table: Features, the column of the split, and the target.
        data: Names the columns.

    Returns:
        Their names.
    """
    if data.features is not None:
        return data.features
    return [name for name in table.columns if name not in (data.y_label, data.split.column)]


def _check_names(raw: pd.DataFrame, data: Data) -> None:
    if raw.empty:
        raise InputError("The raw table has no rows: check the file behind 'raw' in catalog.yml.")
    if repeated := sorted(map(str, raw.columns[raw.columns.duplicated()])):
        raise InputError(
            f"The raw table has more than one column named {repeated}: rename them in the file."
        )
    named = {"y_label": [data.y_label], "features": data.features or [], "drop": data.drop}
    named["split.column"] = [data.split.column] if data.split.column else []
    for key, names in named.items():
        if missing := [name for name in names if name not in raw.columns]:
            raise InputError(
                f"data.{key}: the raw table lacks {missing}. It has {list(raw.columns)}: correct "
                f"data.{key} in {PARAMETERS}, or the file."
            )
    pairs = (("y_label", "features"), ("y_label", "drop"), ("y_label", "split.column"))
    for key, other in (*pairs, ("features", "drop")):
        if both := [name for name in named[key] if name in named[other]]:
            raise InputError(
                f"{both} is named under data.{key} and under data.{other} in {PARAMETERS}: remove it "
                "from one."
            )


def _choose_features(raw: pd.DataFrame, data: Data) -> list[str]:
    """Take every column that is not used otherwise, and log which are left out, and why."""
    used = (*data.drop, data.y_label, data.split.column)
    claimed = [name for name in raw.columns if name in used]
    free = raw.drop(columns=claimed)
    for name in free.columns:
        find_kind(free[name])  # names a column that cannot be used
    reasons = dict.fromkeys(free.columns[free.isna().all()], "no value")
    reasons |= dict.fromkeys(find_identifiers(free), "looks like an identifier")
    names = [name for name in free.columns if name not in reasons]
    if not names:
        raise InputError(
            f"No column is left to learn from: of {list(raw.columns)}, {claimed} are the target, the "
            f"split column or dropped, and {sorted(reasons)} have no value or look like identifiers. "
            f"Name them under data.features in {PARAMETERS}."
        )
    if reasons:
        logger.info(
            "%d features. Left out: %s. To use one, list them under data.features in %s.",
            len(names),
            ", ".join(f"{name} ({reason})" for name, reason in reasons.items()),
            PARAMETERS,
        )
    return names
