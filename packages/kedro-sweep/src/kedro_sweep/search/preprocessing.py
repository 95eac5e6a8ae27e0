"""The steps before an estimator that let it take the table unchanged."""

import inspect
from types import NoneType
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import Discriminator, Field, Tag, model_validator
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaseEnsemble,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.tree import BaseDecisionTree
from sklearn.utils import get_tags

from kedro_sweep.errors import InputError
from kedro_sweep.validation import StrictModel, check_params, import_callable, is_own_function

HIST_GRADIENT_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
TREE_PACKAGES = {"catboost", "lightgbm", "xgboost"}


class Transformer(StrictModel):
    """`sweep.model.preprocessing`: a transformer, by import path, and its arguments.

    Attributes:
        path: A transformer class, or your own function that returns one. Written `class` in YAML.
        params: Its arguments.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_a_transformer(self) -> Self:
        found = import_callable(self.path)
        is_class = inspect.isclass(found) and issubclass(found, BaseEstimator)
        if not (is_class or is_own_function(found)):
            raise ValueError(
                f"class: {self.path} is neither a transformer class nor a function of your own that "
                "returns one"
            )
        for name in self.params:
            if name == "random_state" or name.endswith("__random_state"):
                raise ValueError(f"params.{name}: the seed comes from data.random_seed; remove it here")
        try:
            transformer = self.build()
        except TypeError as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error
        if not hasattr(transformer, "transform"):
            raise ValueError(f"class: {self.path} does not return a transformer")
        try:
            check_params(transformer)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error
        return self

    def build(self) -> Any:
        """Make an unfitted transformer."""
        return import_callable(self.path)(**self.params)


def _tag(preprocessing: Any) -> str:
    return "transformer" if isinstance(preprocessing, dict | Transformer) else "word"


Preprocessing = Annotated[
    Annotated[Literal["auto", "none"], Tag("word")] | Annotated[Transformer, Tag("transformer")],
    Discriminator(_tag),
]


def add_preprocessing(
    estimator: Any, preprocessing: Preprocessing, X: pd.DataFrame, *, imputes: bool
) -> Any:
    """Add the preprocessing steps that the table and the estimator need."""
    steps = [estimator]
    if isinstance(preprocessing, Transformer):
        steps = [preprocessing.build(), estimator]
    elif (
        preprocessing == "auto" and hasattr(estimator, "predict") and not isinstance(estimator, Pipeline)
    ):
        steps = _list_auto_steps(estimator, X)
    if len(steps) == 1:
        _check_types(estimator, X)
    numbers = [name for name in X.columns if is_numeric_dtype(X[name])]
    if imputes and numbers and not any(isinstance(step, SimpleImputer) for step in steps):
        steps.insert(0, _make_imputer(numbers, len(X.columns)))
    if len(steps) == 1:
        _check_gaps(estimator, X)
        return estimator
    return make_pipeline(*steps)


def _make_imputer(numbers: list[str], n_features: int) -> Any:
    imputer = SimpleImputer()
    if len(numbers) < n_features:
        imputer = ColumnTransformer(
            [("mean", imputer, numbers)], remainder="passthrough", verbose_feature_names_out=False
        )
    return imputer.set_output(transform="pandas")


def _check_types(estimator: Any, X: pd.DataFrame) -> None:
    """Raise an error before training if the estimator declares that it does not take text."""
    texts = [name for name in X.columns if not is_numeric_dtype(X[name])]
    takes = get_tags(estimator).input_tags
    if texts and not (isinstance(estimator, Pipeline) or takes.string or takes.categorical):
        raise InputError(
            f"sweep.model.preprocessing: none leaves {texts} as text or dates, and "
            f"{type(estimator).__name__} takes numbers only: set it to auto, or add them to data.drop."
        )


def _check_gaps(estimator: Any, X: pd.DataFrame) -> None:
    """Raise an error before training if the estimator declares that it does not take missing values."""
    gaps = X.columns[X.isna().any()].tolist()
    if gaps and not (isinstance(estimator, Pipeline) or get_tags(estimator).input_tags.allow_nan):
        raise InputError(
            f"data.impute: none leaves missing values in {gaps}, and {type(estimator).__name__} does "
            "not take them: set it to mean or in_model."
        )


def _list_auto_steps(estimator: Any, X: pd.DataFrame) -> list[Any]:
    all_numbers = all(is_numeric_dtype(X[name]) for name in X.columns)
    if all_numbers and is_tree_model(estimator):
        return [estimator]
    from skrub import tabular_pipeline  # noqa: PLC0415  # slow to import, and often not needed

    return [step for _, step in tabular_pipeline(estimator).steps]


def is_tree_model(estimator: Any) -> bool:
    """Check whether an estimator is made of decision trees, which ignore the scale of features."""
    if isinstance(estimator, BaseEnsemble):
        # scikit-learn's ensembles use trees unless the user sets a base estimator.
        return isinstance(getattr(estimator, "estimator", None), BaseDecisionTree | NoneType)
    return isinstance(estimator, (BaseDecisionTree, *HIST_GRADIENT_BOOSTING)) or any(
        kind.__module__.partition(".")[0] in TREE_PACKAGES for kind in type(estimator).__mro__
    )
