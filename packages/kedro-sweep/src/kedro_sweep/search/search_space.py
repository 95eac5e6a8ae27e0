"""`search_space`: what is searched."""

import warnings
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import (
    Field,
    FiniteFloat,
    PositiveFloat,
    PositiveInt,
    RootModel,
    field_validator,
    model_validator,
)
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search.model import Model
from kedro_sweep.validation import ClearErrors, StrictModel, check_params, list_arguments

Value = bool | int | float | str | None


class _Dimension(StrictModel):
    """One searched parameter.

    Attributes:
        when: Another searched parameter and the value, or the list of values, with which this one is
            searched; None if it always is.
    """

    when: Annotated[dict[str, Value | list[Value]], Field(min_length=1, max_length=1)] | None = None

    def distribution(self) -> BaseDistribution:
        """Give the Optuna distribution to draw from."""
        raise AssertionError("each kind of dimension has its own distribution")

    @model_validator(mode="after")
    def _is_a_valid_range(self) -> Self:
        with warnings.catch_warnings():
            # Optuna shortens a range that its step does not divide, and only warns.
            warnings.filterwarnings("error", message="The distribution is specified by")
            try:
                self.distribution()
            except UserWarning as warning:
                raise ValueError(str(warning)) from warning
        return self

    def holds(self, value: Any) -> bool:
        """Tell whether a search may ask for a value: of the right type, within bounds, on the step.

        Args:
            value: To an estimator, 1 and 1.0 may be two things, such as a number of rows and a share.

        Returns:
            Whether it may.
        """
        raise AssertionError("each kind of dimension has its own values")

    def list_conditions(self) -> list[tuple[str, list[Any]]]:
        """Give the parameter, if any, on which this one depends, with the values that it needs."""
        return [
            (name, value if isinstance(value, list) else [value])
            for name, value in (self.when or {}).items()
        ]


class IntRange(_Dimension):
    """Whole numbers from `low` to `high`, both included."""

    type: Literal["int"]
    low: int
    high: int
    step: PositiveInt = 1
    log: bool = False

    def distribution(self) -> IntDistribution:
        """Give the Optuna distribution to draw from."""
        return IntDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        """Tell whether a value is such a whole number."""
        return type(value) is int and self.distribution()._contains(value)


class FloatRange(_Dimension):
    """Numbers from `low` to `high`."""

    type: Literal["float"]
    low: FiniteFloat
    high: FiniteFloat
    step: PositiveFloat | None = None
    log: bool = False

    def distribution(self) -> FloatDistribution:
        """Give the Optuna distribution to draw from."""
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        """Tell whether a value is such a number."""
        return type(value) is float and self.distribution()._contains(value)


class Choices(_Dimension):
    """One of the listed values."""

    type: Literal["categorical"]
    choices: Annotated[list[Value], Field(min_length=1)]

    @field_validator("choices")
    @classmethod
    def _differ(cls, choices: list[Any]) -> list[Any]:
        # To Optuna 1, 1.0 and true are one choice, the first of them.
        if len(set(choices)) < len(choices):
            raise ValueError(f"{choices} holds a choice twice (1, 1.0 and true are equal)")
        return choices

    def distribution(self) -> CategoricalDistribution:
        """Give the Optuna distribution to draw from."""
        return CategoricalDistribution(self.choices)

    def holds(self, value: Any) -> bool:
        """Tell whether a value is one of the choices."""
        return any(type(choice) is type(value) and choice == value for choice in self.choices)


Dimension = Annotated[IntRange | FloatRange | Choices, Field(discriminator="type")]


class SearchSpace(ClearErrors, RootModel[Annotated[dict[str, Dimension], Field(min_length=1)]]):
    """`search_space`: the estimator's arguments to search, each with its range."""

    @model_validator(mode="after")
    def _has_conditions_that_can_hold(self) -> Self:
        for name, dimension in self.root.items():
            for other, values in dimension.list_conditions():
                self._check_condition(name, other, values)
            self._check_circle(name)
        return self

    def _check_condition(self, name: str, other: str, values: list[Any]) -> None:
        if other not in self.root:
            raise ValueError(f"{name}.when: {other} is not searched; it may name one of {[*self.root]}")
        if isinstance(self.root[other], FloatRange):
            raise ValueError(f"{name}.when: {other} is a float; name a parameter of another type")
        if not values:
            raise ValueError(f"{name}.when.{other}: [] holds no value")
        for value in values:
            if not self.root[other].holds(value):
                raise ValueError(f"{name}.when.{other}: {value!r} is not in its search space")

    def _check_circle(self, name: str) -> None:
        seen = [name]
        while conditions := self.root[seen[-1]].list_conditions():
            [(other, _)] = conditions
            if other == name:
                raise ValueError(f"{name}.when: {' needs '.join([*seen, name])}, in a circle")
            if other in seen or other not in self.root:
                return  # which is said of the others
            seen.append(other)

    @property
    def has_conditions(self) -> bool:
        """Whether some parameter is searched with certain values of another only."""
        return any(dimension.when for dimension in self.root.values())

    def extremes(self) -> list[tuple[str, Any]]:
        """Give each searched argument with each end of its range, or each of its choices."""
        return [
            (name, value)
            for name, dimension in self.root.items()
            for value in (
                dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high)
            )
        ]

    def distributions(self, params: Mapping[str, Any] | None = None) -> dict[str, BaseDistribution]:
        """Give the Optuna distributions of the arguments that are searched together with some values.

        Args:
            params: Values of searched arguments; none for what every trial is asked for.

        Returns:
            The distributions of the arguments without a condition and of those whose condition these
            values meet, by name, in the order of the file.
        """
        return {
            name: dimension.distribution()
            for name, dimension in self.root.items()
            if self._applies(name, params or {})
        }

    def _applies(self, name: str, params: Mapping[str, Any]) -> bool:
        return all(
            other in params and params[other] in values and self._applies(other, params)
            for other, values in self.root[name].list_conditions()
        )


def check_search_space(model: Model, search_space: SearchSpace, estimator: Any = None) -> None:
    """Check that the estimator has every searched argument, and allows its values.

    Args:
        model: The estimator to tune.
        search_space: Its arguments to search.
        estimator: The whole estimator, with the steps that the table calls for. Without it, arguments
            of steps (`step__name`) that are not known yet are left to a later check.

    Raises:
        InputError: If an argument is unknown, fixed, the seed, or can take a value that is not allowed.
    """
    whole = model.make() if estimator is None else estimator
    last = whole.steps[-1][1] if isinstance(whole, Pipeline) else whole
    arguments = list_arguments(last)
    known = list_arguments(whole) | arguments
    for name in search_space.root:
        if name == "random_state" or name.endswith("__random_state"):
            raise InputError(
                f"search_space.{name}: the seed comes from random_seed; remove it from search_space"
            )
        if name in model.params:
            raise InputError(
                f"search_space.{name} is also fixed under model.params, to {model.params[name]!r}: "
                "keep one of the two"
            )
        if name not in known and (estimator is not None or "__" not in name):
            raise InputError(
                f"search_space.{name} is not an argument of {model.path}: it has {sorted(known)}"
            )
    for name, value in search_space.extremes():
        if name not in known:
            continue
        changed = clone(last if name in arguments else whole)
        try:
            check_params(changed.set_params(**{name: value}))
        except ValueError as error:
            raise InputError(f"search_space.{name}: {value!r} is in it. {error}") from error
