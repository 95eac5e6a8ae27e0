"""`sweep.model`: the estimator to tune."""

import inspect
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from sklearn.base import is_classifier

from kedro_sweep.search.preprocessing import Preprocessing
from kedro_sweep.validation import (
    StrictModel,
    check_params,
    import_callable,
    is_estimator,
    is_own_function,
)

# Classes that take only some of the targets that this project allows, and the class to use instead.
STAND_INS = {"xgboost.XGBClassifier": "kedro_sweep.search.xgboost_classifier.XGBClassifier"}


class Model(StrictModel):
    """`sweep.model`: the estimator to tune, by import path, and its fixed arguments.

    Attributes:
        path: A scikit-learn estimator class, or any callable that returns an estimator (such as one
            that makes a `Pipeline`). Written `class` in YAML.
        params: Its fixed arguments, which are not searched.
        preprocessing: The steps before it: `auto`, `none`, or a transformer.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)
    preprocessing: Preprocessing = "auto"

    @model_validator(mode="after")
    def _makes_an_estimator(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        if "random_state" in self.params:
            raise ValueError("params.random_state: the seed comes from data.random_seed; remove it here")
        if not _may_be_called(import_callable(self.path)):
            raise ValueError(
                f"class: {self.path} is neither a class of scikit-learn estimators nor a function of "
                "your own that returns one"
            )
        try:
            estimator = self.make()
        except TypeError as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error
        if not is_estimator(estimator):
            raise ValueError(f"class: {self.path} does not return a scikit-learn estimator")
        try:
            check_params(estimator)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error

    def make(self) -> Any:
        """Make the estimator alone, unfitted and without a seed.

        Returns:
            The estimator.
        """
        return import_callable(STAND_INS.get(self.path, self.path))(**self.params)

    @property
    def name(self) -> str:
        """The last part of the import path."""
        return self.path.rpartition(".")[2]

    @property
    def is_classifier(self) -> bool:
        """Whether the estimator predicts classes rather than numbers."""
        return bool(is_classifier(self.make()))


def _may_be_called(found: Any) -> bool:
    """Check, without calling it, whether the object at a path is meant to make an estimator."""
    if inspect.isclass(found):
        return is_estimator(found)
    return is_own_function(found)
