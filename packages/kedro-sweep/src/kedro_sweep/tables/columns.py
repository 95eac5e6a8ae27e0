"""Choose the columns of the raw table that the model may see."""

import logging

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from kedro_sweep.errors import InputError
from kedro_sweep.tables.parameters import FeatureNames, TargetName

logger = logging.getLogger(__name__)

# The index of the tables in conf/base/catalog.yml.
ROW = "row"


def select_columns(raw: pd.DataFrame, features: FeatureNames, y_label: TargetName) -> pd.DataFrame:
    """Keep the features and the target, and the rows whose target is known.

    Args:
        raw: The table as it was read, one row an observation.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.

    Returns:
        A table of shape (rows with a known target, features + 1), with the raw row labels.

    Raises:
        InputError: If the table is empty, lacks a column, has a feature that is not numeric or is
            infinite somewhere, names the target among the features, has no known target, or uses
            the name of the index.
    """
    names, target = features.root, y_label.root
    if target in names:
        raise InputError(
            f"The target '{target}' (y_label) is also listed under features: remove it from features."
        )
    if ROW in {*names, target}:
        raise InputError(
            f"A feature or target cannot be called '{ROW}', as the tables of the catalog call their "
            "row labels so: rename the column."
        )
    if raw.empty:
        raise InputError("The raw table has no rows: check the file behind 'raw' in catalog.yml.")
    missing = [name for name in [*names, target] if name not in raw.columns]
    if missing:
        raise InputError(
            f"The raw table lacks the columns {missing}. It has {list(raw.columns)}: "
            "correct features and y_label in parameters.yml, or the file."
        )
    text = {name: str(raw[name].dtype) for name in names if not is_numeric_dtype(raw[name])}
    if text:
        raise InputError(
            f"The features {text} are not numeric: encode them as numbers in the raw table, "
            "or remove them from features in parameters.yml."
        )
    numbers = raw[names].astype(float)
    infinite = [name for name in names if np.isinf(numbers[name]).any()]
    if infinite:
        raise InputError(
            f"The features {infinite} hold infinite values: replace them in the raw table, "
            "by an empty cell if the value is unknown."
        )
    table = numbers.assign(**{target: raw[target]}).dropna(subset=[target])
    if table.empty:
        raise InputError(f"The target '{target}' is missing in every row of the raw table.")
    if len(table) < len(raw):
        logger.warning(
            "Dropped %d of %d rows: their target '%s' is missing.",
            len(raw) - len(table),
            len(raw),
            target,
        )
    return table
