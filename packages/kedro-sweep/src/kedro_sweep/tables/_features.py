"""The columns of the raw table that a model may see, and the features it is trained on."""

import logging
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables._roles import find_identifiers
from kedro_sweep.tables.kinds import CONVERSIONS, find_kind, guess_kind, to_target

logger = logging.getLogger(__name__)

PARAMETERS = "conf/base/parameters.yml"
# The name of the only step of an estimator that is no pipeline.
ONLY = "model"


def select_columns(raw: pd.DataFrame, data: Data) -> pd.DataFrame:
    """Keep the features, the target, the columns of split and weights, and the rows with a target.

    Args:
        raw: The table as it was read, one row per observation.
        data: Names the columns.

    Returns:
        Features, the split column, the weights and the target, with the raw row labels. Each feature
        holds numbers, texts or dates, in the same type for every file format.

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
    others = [name for name in (data.split.column, *data.slices) if name and name not in names]
    for name in dict.fromkeys(others):
        column = table[[name]]
        if column[name].dtype == object:  # for a file; groups may mix numbers and text
            column = CONVERSIONS[guess_kind(column[name]) or "text"](column)
        parts.append(column)
    parts += [_to_weights(table[data.weights])] if data.weights else []
    return pd.concat([*parts, to_target(table[target], had_gaps=len(table) < len(raw))], axis=1)


def label_rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Make the column names text and the row labels unique: if two are equal, number the rows from 0."""
    named = raw.rename(columns=str)
    return named if named.index.is_unique else named.reset_index(drop=True)


def list_features(table: pd.DataFrame, data: Data) -> list[str]:
    """List the features of a table made by `select_columns`, or of a part of it."""
    if data.features is not None:
        return data.features
    return [name for name in table.columns if name not in data.not_features]


def _check_names(raw: pd.DataFrame, data: Data) -> None:
    if raw.empty:
        raise InputError("The raw table has no rows: check the file behind 'raw' in catalog.yml.")
    if repeated := sorted(map(str, raw.columns[raw.columns.duplicated()])):
        raise InputError(
            f"The raw table has more than one column named {repeated}: rename them in the file."
        )
    named = {"y_label": [data.y_label], "features": data.features or [], "drop": data.drop}
    named["slices"] = data.slices
    named["split.column"] = [data.split.column] if data.split.column else []
    named["weights"] = [data.weights] if data.weights else []
    for key, names in named.items():
        if missing := [name for name in names if name not in raw.columns]:
            raise InputError(
                f"data.{key}: the raw table lacks {missing}. It has {list(raw.columns)}: correct "
                f"data.{key} in {PARAMETERS}, or the file."
            )
    others = ("features", "drop", "slices", "split.column", "weights")
    pairs = [("y_label", other) for other in others]
    pairs += [("features", "drop")]
    pairs += [(other, "weights") for other in ("features", "slices", "split.column")]
    for key, other in pairs:
        if both := [name for name in named[key] if name in named[other]]:
            raise InputError(
                f"{both} is named under data.{key} and under data.{other} in {PARAMETERS}: remove it "
                "from one."
            )


def _choose_features(raw: pd.DataFrame, data: Data) -> list[str]:
    """Take every column that is not used otherwise, and log which are left out, and why."""
    used = (*data.drop, data.y_label, data.split.column, data.weights)
    claimed = [name for name in raw.columns if name in used]
    free = raw.drop(columns=claimed)
    for name in free.columns:
        find_kind(free[name])  # names a column that cannot be used
    reasons = dict.fromkeys(free.columns[free.isna().all()], "no value")
    reasons |= dict.fromkeys(find_identifiers(free), "looks like an identifier")
    names = [name for name in free.columns if name not in reasons]
    if useless := sorted(reasons.keys() & data.slices):
        raise InputError(f"data.slices: {useless} have no value or look like identifiers: remove them.")
    if not names:
        raise InputError(
            f"No column is left to learn from: of {list(raw.columns)}, {claimed} are the target, the "
            f"split column, the weights or dropped, and {sorted(reasons)} have no value or look like "
            f"identifiers. Name them under data.features in {PARAMETERS}."
        )
    if reasons:
        left_out = ", ".join(f"{name} ({reason})" for name, reason in reasons.items())
        logger.info("%d features. Left out: %s.", len(names), left_out)
    return names


def _to_weights(column: pd.Series) -> pd.DataFrame:
    """Convert weights to numbers, or name the first that is none."""
    weights = pd.to_numeric(column.astype(object), errors="coerce").astype(float)
    wrong = column[~weights.between(0, float("inf"), inclusive="neither")]
    if len(wrong):
        raise InputError(
            f"data.weights: '{column.name}' must hold positive numbers, but row {wrong.index[0]} has "
            f"'{wrong.iloc[0]!s:.80}' (such rows: {len(wrong)} of {len(column)}): correct or remove "
            f"them in the file, or set data.weights to null in {PARAMETERS}."
        )
    return weights.to_frame()


def find_means(train: pd.DataFrame, data: Data) -> dict[str, float]:
    """Find the values that fill missing values in numeric features: the means of the training rows.

    Args:
        train: Training rows.
        data: Names the columns, and says whether data processing fills missing values at all.

    Returns:
        The mean of each numeric feature; empty if the model fills missing values, or nothing does.

    Raises:
        InputError: If a feature has no value at all in the training rows.
    """
    if data.impute != "mean":
        return {}
    numbers = [name for name in list_features(train, data) if is_numeric_dtype(train[name])]
    if empty := [name for name in numbers if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so they have no mean: "
            "remove them from data.features, or add them to data.drop, in conf/base/parameters.yml."
        )
    means = SimpleImputer(strategy="mean").fit(train[numbers]).statistics_.tolist() if numbers else []
    return dict(zip(numbers, means, strict=True))


def prepare_rows(train: pd.DataFrame, means: dict[str, float], data: Data) -> ColumnTransformer:
    """Make the first step of the saved model, which takes raw rows.

    It picks the features by name, so extra columns and another order do not matter, converts each to its
    type in training, and fills missing numbers with the means.

    Args:
        train: Training rows: features, the column of the split, and the target.
        means: The value that fills missing values, by feature; empty to leave them missing.
        data: Names the columns.

    Returns:
        The fitted step. Its output has numbers first, then texts, then dates.
    """
    names = list_features(train, data)
    kinds = {name: find_kind(train[name]) for name in names}
    steps = []
    for kind, convert in CONVERSIONS.items():
        if own := [name for name in names if kinds[name] == kind]:
            step = FunctionTransformer(convert, feature_names_out="one-to-one")
            fills = means and kind == "number"
            steps.append((f"{kind}s", make_pipeline(step, SimpleImputer()) if fills else step, own))
    prepare = ColumnTransformer(steps, verbose_feature_names_out=False).set_output(transform="pandas")
    # The mean of a single row is that row, so the imputer learns exactly these means.
    row = train[names].head(1)
    for name in means.keys() & row.columns:
        row[name] = means[name]
    return prepare.fit(row)


def take_raw_rows(
    preparation: ColumnTransformer, estimator: Any, decision: dict[str, Any] | None = None
) -> Pipeline:
    """Put the step that takes raw rows in front of a fitted estimator.

    Args:
        preparation: What `prepare_rows` returned.
        estimator: Fitted on the output of that step.
        decision: What was decided about its predictions, which the model carries along as `decision_`.

    Returns:
        The fitted model.
    """
    steps = estimator.steps if isinstance(estimator, Pipeline) else [(ONLY, estimator)]
    model = Pipeline([("raw_rows", preparation), *steps])
    model.decision_ = decision or {}
    return model


def split_model(model: Pipeline) -> tuple[ColumnTransformer, Any]:
    """Take apart what `take_raw_rows` put together; the estimator is as the search knows it."""
    is_single = len(model) == 2 and ONLY in model.named_steps
    return model[0], model[ONLY] if is_single else model[1:]
