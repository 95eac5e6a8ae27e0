"""`sweep.search_space`: the searched arguments, each with its range or choices."""

import math
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
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
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from sklearn.pipeline import Pipeline

from kedro_sweep.validation import ClearErrors, StrictModel, list_arguments

Value = bool | int | float | str | None

# The argument that is the number of boosting rounds, by the names of the classes.
ROUNDS = {
    "HistGradientBoostingClassifier": "max_iter",
    "HistGradientBoostingRegressor": "max_iter",
    "GradientBoostingClassifier": "n_estimators",
    "GradientBoostingRegressor": "n_estimators",
    "LGBMClassifier": "n_estimators",
    "LGBMRegressor": "n_estimators",
    "XGBClassifier": "n_estimators",
    "XGBRegressor": "n_estimators",
}


class _Dimension(StrictModel):
    """One searched argument."""

    # Another searched argument, and the value or list of values with which this one is searched.
    when: Annotated[dict[str, Value | list[Value]], Field(min_length=1, max_length=1)] | None = None

    @model_serializer(mode="wrap")
    def _leave_out_no_condition(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = serialize(self)
        return {name: value for name, value in plain.items() if (name, value) != ("when", None)}

    @abstractmethod
    def distribution(self) -> BaseDistribution:
        """Return the Optuna distribution to sample from."""

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Check whether the search may try a value: right type, within bounds, on the step."""

    @model_validator(mode="after")
    def _is_a_valid_range(self) -> Self:
        with warnings.catch_warnings():
            # If the step does not divide the range, Optuna shortens the range and only warns.
            warnings.filterwarnings("error", message="The distribution is specified by")
            try:
                self.distribution()
            except UserWarning as warning:
                raise ValueError(str(warning)) from warning
        return self

    def list_conditions(self) -> list[tuple[str, list[Any]]]:
        """Return the argument, if any, that this one depends on, and the values that it must have."""
        return [
            (name, value if isinstance(value, list) else [value])
            for name, value in (self.when or {}).items()
        ]


class IntRange(_Dimension):
    """Whole numbers from `low` to `high`, inclusive."""

    type: Literal["int"]
    low: int
    high: int
    step: PositiveInt = 1
    log: bool = False

    def distribution(self) -> IntDistribution:
        return IntDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        return type(value) is int and self.distribution()._contains(value)


class BoostingRounds(IntRange):
    """The number of boosting rounds, from `low` to `high`, which the sampler does not draw.

    A fit with many rounds contains those with fewer, so each trial looks at several numbers and takes
    the best.
    """

    type: Literal["rounds"]  # type: ignore[assignment]
    step: Literal[1] = 1
    log: Literal[True] = True

    @property
    def numbers(self) -> list[int]:
        """Those to look at: each is √2 times the one before, because curves of boosting are smooth."""
        steps = range(math.ceil(2 * math.log2(self.high / self.low)))
        return sorted({*(round(self.low * math.sqrt(2) ** step) for step in steps), self.high})


class FloatRange(_Dimension):
    """Numbers from `low` to `high`."""

    type: Literal["float"]
    low: FiniteFloat
    high: FiniteFloat
    step: PositiveFloat | None = None
    log: bool = False

    def distribution(self) -> FloatDistribution:
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        return type(value) is float and self.distribution()._contains(value)


class Choices(_Dimension):
    """One of the listed values."""

    type: Literal["categorical"]
    choices: Annotated[list[Value], Field(min_length=1)]

    @field_validator("choices")
    @classmethod
    def _differ(cls, choices: list[Any]) -> list[Any]:
        # Optuna treats 1, 1.0 and true as one choice: the first of them.
        if len(set(choices)) < len(choices):
            raise ValueError(f"{choices} lists a choice twice (1, 1.0 and true are equal)")
        return choices

    def distribution(self) -> CategoricalDistribution:
        return CategoricalDistribution(self.choices)

    def holds(self, value: Any) -> bool:
        return any(type(choice) is type(value) and choice == value for choice in self.choices)


Dimension = Annotated[IntRange | BoostingRounds | FloatRange | Choices, Field(discriminator="type")]


class SearchSpace(ClearErrors, RootModel[Annotated[dict[str, Dimension], Field(min_length=1)]]):
    """`sweep.search_space`: the estimator's arguments to search, each with its range."""

    @model_validator(mode="after")
    def _has_conditions_that_can_hold(self) -> Self:
        if sum(isinstance(found, BoostingRounds) for found in self.root.values()) > 1:
            raise ValueError("only one argument can have type: rounds")
        needs: dict[str, list[str]] = {}
        for name, dimension in self.root.items():
            for other, values in dimension.list_conditions():
                self._check_condition(name, other, values)
                needs[name] = [other]
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            name, *_ = circle = error.args[1][::-1]
            raise ValueError(f"{name}.when: {' needs '.join(circle)}, in a circle") from error
        return self

    def _check_condition(self, name: str, other: str, values: list[Any]) -> None:
        if other not in self.root:
            raise ValueError(f"{name}.when: {other} is not searched; it may name one of {[*self.root]}")
        if isinstance(self.root[other], FloatRange | BoostingRounds):
            kind = self.root[other].type
            raise ValueError(f"{name}.when: {other} has type {kind}; name an int or a categorical one")
        if not values:
            raise ValueError(f"{name}.when.{other}: [] lists no value")
        for value in values:
            if not self.root[other].holds(value):
                raise ValueError(f"{name}.when.{other}: {value!r} is not in its search space")

    @property
    def rounds(self) -> str | None:
        """The argument that is a number of boosting rounds, if there is one."""
        return next(
            (name for name, found in self.root.items() if isinstance(found, BoostingRounds)), None
        )

    @property
    def has_conditions(self) -> bool:
        return any(dimension.when for dimension in self.root.values())

    def extremes(self) -> list[tuple[str, Any]]:
        """Each searched argument with each end of its range, or with each of its choices."""
        return [
            (name, end)
            for name, found in self.root.items()
            for end in (found.choices if isinstance(found, Choices) else (found.low, found.high))
        ]

    def distributions(self, params: Mapping[str, Any] | None = None) -> dict[str, BaseDistribution]:
        """Of the arguments without a condition, and those whose condition these values meet."""
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


def find_argument(estimator: Any, name: str) -> str:
    """Find the argument of the whole estimator that a name in the search space refers to."""
    if isinstance(estimator, Pipeline):
        last_step, last = estimator.steps[-1]
        if name in list_arguments(last):
            return f"{last_step}__{name}"
    return name
