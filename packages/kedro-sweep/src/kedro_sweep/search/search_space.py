"""`sweep.search_space`: the arguments to search."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from optuna.distributions import BaseDistribution
from pydantic import Field, RootModel, model_validator
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search.dimensions import Choices, Dimension, FloatRange
from kedro_sweep.search.estimator import find_argument
from kedro_sweep.search.model import Model
from kedro_sweep.validation import ClearErrors, check_params, list_arguments


class SearchSpace(ClearErrors, RootModel[Annotated[dict[str, Dimension], Field(min_length=1)]]):
    """`sweep.search_space`: the estimator's arguments to search, each with its range."""

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
            raise ValueError(f"{name}.when.{other}: [] lists no value")
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
                return  # the check of another parameter reports it
            seen.append(other)

    @property
    def has_conditions(self) -> bool:
        """Whether any parameter is searched only for certain values of another."""
        return any(dimension.when for dimension in self.root.values())

    def extremes(self) -> list[tuple[str, Any]]:
        """Pair each searched argument with each end of its range, or with each of its choices."""
        return [
            (name, value)
            for name, dimension in self.root.items()
            for value in (
                dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high)
            )
        ]

    def distributions(self, params: Mapping[str, Any] | None = None) -> dict[str, BaseDistribution]:
        """Return the Optuna distributions of the arguments that are searched together with some values.

        Args:
            params: Values of searched arguments; None for the arguments that every trial has.

        Returns:
            The distributions of the arguments without a condition, and of those whose condition these
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


def check_search_space(
    model: Model, search_space: SearchSpace, estimator: Any = None, group: str = "sweep"
) -> None:
    """Check that the estimator has every searched argument and accepts its values.

    Args:
        model: The estimator to tune.
        search_space: Its arguments to search.
        estimator: The whole estimator, with the steps that the table needs. Without it, arguments of
            unknown steps (`step__name`) are not checked yet.
        group: The key above `search_space`, for messages.

    Raises:
        InputError: If an argument is unknown, fixed, a seed, named twice, or could take a value that is
            not allowed.
    """
    key = f"{group}.search_space"
    whole = model.make() if estimator is None else estimator
    last = whole.steps[-1][1] if isinstance(whole, Pipeline) else whole
    arguments = list_arguments(last)
    known = list_arguments(whole) | arguments
    fixed = {find_argument(whole, name): value for name, value in model.params.items()}
    searched: dict[str, str] = {}
    for name in search_space.root:
        argument = find_argument(whole, name)
        if name == "random_state" or name.endswith("__random_state"):
            raise InputError(
                f"{key}.{name}: the seed comes from data.random_seed; remove it from search_space"
            )
        if argument in fixed:
            raise InputError(
                f"{key}.{name} is also fixed under params, to {fixed[argument]!r}: keep one of the two"
            )
        if (other := searched.setdefault(argument, name)) != name:
            raise InputError(
                f"{key}.{other} and {key}.{name} are one argument of {model.path}: keep one of the two"
            )
        if name not in known and (estimator is not None or "__" not in name):
            raise InputError(
                f"{key}.{name} is not an argument of {model.path}, which has {sorted(known)}: "
                "correct its name, or, if you changed the class, replace search_space, too"
            )
    for name, value in search_space.extremes():
        if name not in known:
            continue
        changed = clone(last if name in arguments else whole)
        try:
            check_params(changed.set_params(**{name: value}))
        except ValueError as error:
            raise InputError(f"{key}.{name} contains {value!r}. {error}") from error
