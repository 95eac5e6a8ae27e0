"""The steps before an estimator that let it take the table unchanged."""

import re
from collections.abc import Iterable
from types import NoneType
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaseEnsemble
from sklearn.ensemble import HistGradientBoostingClassifier as HistClassifier
from sklearn.ensemble import HistGradientBoostingRegressor as HistRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import BaseDecisionTree
from sklearn.utils import get_tags

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings._model import Preprocessing, Transformer
from kedro_sweep.tables.kinds import has_leading_zeros
from kedro_sweep.validation import is_estimator

TREE_PACKAGES = {"catboost", "lightgbm", "xgboost"}
# LightGBM and XGBoost refuse some characters in the names of columns.
STRICT_PACKAGES = {"lightgbm", "xgboost"}
UNSAFE = re.compile(r'[\x00-\x1f",:<\[\]{}]')


def add_preprocessing(
    estimator: Any, preprocessing: Preprocessing, X: pd.DataFrame, *, imputes: bool
) -> Any:
    """Add the preprocessing steps that the table and the estimator need."""
    steps = [estimator]
    numbers = [name for name in X.columns if is_numeric_dtype(X[name])]
    all_numbers = len(numbers) == X.shape[1]
    is_whole = isinstance(estimator, Pipeline) or not hasattr(estimator, "predict")
    if isinstance(preprocessing, Transformer):
        steps = [preprocessing.make(), estimator]
    elif preprocessing == "auto" and not (is_whole or (all_numbers and is_tree_model(estimator))):
        from skrub import ApplyToCols, ToCategorical, tabular_pipeline  # noqa: PLC0415  # slow to import

        steps = [step for _, step in tabular_pipeline(estimator).steps]
        if codes := list_codes(X):  # the next step would read 01234 as the number 1234
            steps.insert(0, ApplyToCols(ToCategorical(), cols=codes))
    if len(steps) == 1:
        _check_types(estimator, X)
    if imputes and numbers and not any(isinstance(step, SimpleImputer) for step in steps):
        imputer = SimpleImputer()
        if not all_numbers:
            imputer = ColumnTransformer(
                [("mean", imputer, numbers)], remainder="passthrough", verbose_feature_names_out=False
            )
        steps.insert(0, imputer.set_output(transform="pandas"))
    if len(steps) == 1:
        _check_gaps(estimator, X)
        return estimator
    return make_pipeline(*steps)


def list_codes(X: pd.DataFrame) -> list[str]:
    """List the columns that hold text of digits, some with leading zeros."""
    texts = [name for name in X.columns if isinstance(X[name].dtype, pd.StringDtype)]
    return [name for name in texts if has_leading_zeros(X[name])]


def _check_types(estimator: Any, X: pd.DataFrame) -> None:
    takes = get_tags(estimator).input_tags
    takes_categories = isinstance(estimator, HistClassifier | HistRegressor)
    takes_categories |= _comes_from({"lightgbm"}, estimator)
    texts = [
        name
        for name in X.columns
        if not is_numeric_dtype(X[name])
        and not (takes_categories and isinstance(X[name].dtype, pd.CategoricalDtype))
    ]
    if texts and not (_has_own_steps(estimator) or takes.string or takes.categorical):
        raise InputError(
            f"sweep.model.preprocessing: none leaves {texts} as text or dates, and "
            f"{type(estimator).__name__} takes numbers only: set it to auto, or add them to data.drop."
        )


def _check_gaps(estimator: Any, X: pd.DataFrame) -> None:
    gaps = X.columns[X.isna().any()].tolist()
    if gaps and not (_has_own_steps(estimator) or get_tags(estimator).input_tags.allow_nan):
        raise InputError(
            f"data.impute: none leaves missing values in {gaps}, and {type(estimator).__name__} does "
            "not take them: set it to mean or in_model."
        )


def _has_own_steps(estimator: Any) -> bool:
    """Check for steps that may encode texts and fill gaps, also inside, say, a transformed target."""
    parts = (estimator, *estimator.get_params().values())
    return any(isinstance(part, Pipeline) for part in parts)


def is_tree_model(estimator: Any) -> bool:
    """Decision trees ignore the scale of features."""
    if isinstance(estimator, BaseEnsemble):
        # scikit-learn's ensembles use trees unless the user sets a base estimator.
        return isinstance(getattr(estimator, "estimator", None), BaseDecisionTree | NoneType)
    is_tree = isinstance(estimator, BaseDecisionTree | HistClassifier | HistRegressor)
    return is_tree or _comes_from(TREE_PACKAGES, estimator)


def _comes_from(packages: set[str], estimator: Any) -> bool:
    return any(kind.__module__.partition(".")[0] in packages for kind in type(estimator).__mro__)


def add_safe_names(estimator: Any, X: pd.DataFrame) -> Any:
    """Rename the columns just before a booster, if their names may not suit it."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    last = steps[-1][1]
    parts = [last, *last.get_params().values()]
    if not any(_comes_from(STRICT_PACKAGES, part) for part in parts if is_estimator(part)):
        return estimator
    rename = FunctionTransformer(rename_columns)
    if isinstance(estimator, Pipeline):
        return clone(estimator).set_params(steps=[*steps[:-1], ("safe_names", rename), steps[-1]])
    return estimator if rename_columns(X) is X else make_pipeline(rename, estimator)


def rename_columns(X: Any) -> Any:
    if not isinstance(X, pd.DataFrame):
        return X
    names = make_safe(X.columns)
    return X if names == [*map(str, X.columns)] else X.set_axis(names, axis="columns")


def make_safe(names: Iterable[Any]) -> list[str]:
    """Keep the names different."""
    safe: dict[str, str] = {}  # as LightGBM compares them: with underscores for spaces
    for name in map(str, names):
        replaced = UNSAFE.sub("_", name) or "_"
        while replaced.replace(" ", "_") in safe:
            replaced += "_"
        safe[replaced.replace(" ", "_")] = replaced
    return [*safe.values()]
