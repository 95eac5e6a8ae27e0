"""One searched argument: its range or its choices, and the condition under which it is searched."""

import warnings
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
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from kedro_sweep.validation import StrictModel

Value = bool | int | float | str | None


class _Dimension(StrictModel):
    """One searched argument.

    Attributes:
        when: Another searched argument and a value or list of values: this argument is searched only
            when the other one has such a value. None to search it always.
    """

    when: Annotated[dict[str, Value | list[Value]], Field(min_length=1, max_length=1)] | None = None

    @model_serializer(mode="wrap")
    def _leave_out_no_condition(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = serialize(self)
        return {name: value for name, value in plain.items() if (name, value) != ("when", None)}

    def distribution(self) -> BaseDistribution:
        """Return the Optuna distribution to sample from."""
        raise AssertionError("each kind of dimension has its own distribution")

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

    def holds(self, value: Any) -> bool:
        """Check whether the search may try a value: right type, within bounds, on the step."""
        raise AssertionError("each kind of dimension has its own values")

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
        """Return the Optuna distribution to sample from."""
        return IntDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        """Check whether a value is such a whole number."""
        return type(value) is int and self.distribution()._contains(value)


class FloatRange(_Dimension):
    """Numbers from `low` to `high`."""

    type: Literal["float"]
    low: FiniteFloat
    high: FiniteFloat
    step: PositiveFloat | None = None
    log: bool = False

    def distribution(self) -> FloatDistribution:
        """Return the Optuna distribution to sample from."""
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def holds(self, value: Any) -> bool:
        """Check whether a value is such a number."""
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
        """Return the Optuna distribution to sample from."""
        return CategoricalDistribution(self.choices)

    def holds(self, value: Any) -> bool:
        """Check whether a value is one of the choices."""
        return any(type(choice) is type(value) and choice == value for choice in self.choices)


Dimension = Annotated[IntRange | FloatRange | Choices, Field(discriminator="type")]
