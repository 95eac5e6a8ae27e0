"""`model`: the estimator to tune."""

import inspect
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from sklearn.base import BaseEstimator, is_classifier

from kedro_sweep.validation import StrictModel, import_callable, is_own_function


class Model(StrictModel):
    """`model`: the estimator to tune, by import path, and the arguments that stay as they are.

    Attributes:
        path: A scikit-learn estimator class, or any callable that returns an estimator (such as one
            that makes a `Pipeline`). Written `class` in YAML.
        params: Its arguments that the search does not touch.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_an_estimator(self) -> Self:
        if "random_state" in self.params:
            raise ValueError("params.random_state: the seed comes from random_seed; remove it here")
        if not _may_be_called(import_callable(self.path)):
            raise ValueError(
                f"class: {self.path} is neither a class of scikit-learn estimators nor a function of "
                "your own that returns one"
            )
        try:
            estimator = self._make()
        except TypeError as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error
        if not (isinstance(estimator, BaseEstimator) and hasattr(estimator, "fit")):
            raise ValueError(f"class: {self.path} does not give a scikit-learn estimator")
        try:
            check_params(estimator)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error
        return self

    def _make(self) -> Any:
        return import_callable(self.path)(**self.params)

    @property
    def name(self) -> str:
        """The last part of the import path."""
        return self.path.rpartition(".")[2]

    @property
    def is_classifier(self) -> bool:
        """Whether the estimator predicts classes rather than numbers."""
        return bool(is_classifier(self._make()))

    def build(self, random_seed: int, params: dict[str, Any] | None = None) -> Any:
        """Make an unfitted estimator.

        Args:
            random_seed: Seed of every random part that the estimator has.
            params: Arguments from the search, set on top of the fixed ones; `step__name` reaches
                into a pipeline.

        Returns:
            The estimator, ready for `fit`.
        """
        estimator = self._make()
        seeds = {
            name: random_seed
            for name in estimator.get_params()
            if name == "random_state" or name.endswith("__random_state")
        }
        return estimator.set_params(**seeds, **(params or {}))


def _may_be_called(found: Any) -> bool:
    """Tell whether what a path names is meant to make an estimator, without calling it."""
    if inspect.isclass(found):
        return issubclass(found, BaseEstimator)
    return is_own_function(found)


def check_params(estimator: Any) -> None:
    """Let an estimator, and its steps, check what they know about their arguments, as a fit would.

    Args:
        estimator: An estimator.

    Raises:
        ValueError: If an argument is not allowed.
    """
    for part in (estimator, *estimator.get_params().values()):
        if isinstance(part, BaseEstimator) and hasattr(part, "_parameter_constraints"):
            part._validate_params()
