"""From raw rows to the features that an estimator is trained on; the first step of the saved model."""

from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.tables._columns import list_features
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables.kinds import CONVERSIONS, find_kind

# The name of an estimator without steps of its own.
ONLY = "model"


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
    names = list_features(train, data)
    numbers = [name for name in names if is_numeric_dtype(train[name])]
    if empty := [name for name in numbers if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so they have no mean: "
            "remove them from data.features, or add them to data.drop, in conf/base/parameters.yml."
        )
    if not numbers:
        return {}
    means = SimpleImputer(strategy="mean").fit(train[numbers]).statistics_
    return dict(zip(numbers, means.tolist(), strict=True))


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


def take_raw_rows(preparation: ColumnTransformer, estimator: Any) -> Pipeline:
    """Put the step that takes raw rows in front of a fitted estimator.

    Args:
        preparation: What `prepare_rows` returned.
        estimator: Fitted on the output of that step.

    Returns:
        The fitted model.
    """
    steps = estimator.steps if isinstance(estimator, Pipeline) else [(ONLY, estimator)]
    return Pipeline([("raw_rows", preparation), *steps])


def split_model(model: Pipeline) -> tuple[ColumnTransformer, Any]:
    """Take apart what `take_raw_rows` put together.

    Args:
        model: The fitted model.

    Returns:
        The step that takes raw rows, and the estimator as the search knows it.
    """
    is_single = len(model) == 2 and ONLY in model.named_steps
    return model[0], model[ONLY] if is_single else model[1:]
