"""Search spaces as Python writes them: tuples, lists and Optuna's distributions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from kedro_sweep.search import SearchSpace

KINDS: dict[Any, str] = {
    IntDistribution: "int",
    FloatDistribution: "float",
    CategoricalDistribution: "categorical",
}
REMEDY = (
    "write (low, high), (low, high, 'log'), a list of choices, a distribution of Optuna, or what a "
    "project would write, such as {'type': 'int', 'low': 1, 'high': 9}"
)


def read_space(search_space: Any) -> SearchSpace:
    """Read a search space; an error names the argument, its value and the remedy."""
    if not isinstance(search_space, Mapping) or not search_space:
        raise ValueError(
            f"search_space={search_space!r} is not a dictionary with a range for each argument to search"
        )
    try:
        dimensions = {name: _read(name, given) for name, given in search_space.items()}
        return SearchSpace.model_validate(dimensions)
    except ValueError as error:
        raise ValueError(f"search_space: {error}") from None


def _read(name: str, given: Any) -> Any:
    if type(given) in KINDS:
        plain = {key.lstrip("_"): value for key, value in vars(given).items()}
        return {"type": KINDS[type(given)]} | plain
    if isinstance(given, Mapping):
        return given
    if isinstance(given, list):
        choices = [*map(_to_python, given)]
        for choice in choices:
            if not (choice is None or isinstance(choice, bool | int | float | str)):
                raise ValueError(
                    f"{name}: {choice!r} is no choice: give numbers, text, True, False or None, and let "
                    "an estimator of your own make anything else of them"
                )
        return {"type": "categorical", "choices": choices}
    if isinstance(given, tuple) and len(given) in (2, 3) and given[2:] in ((), ("log",)):
        low, high = map(_to_python, given[:2])
        kinds = {type(low), type(high)}
        if kinds <= {int, float}:
            kind = "int" if kinds == {int} else "float"
            return {"type": kind, "low": low, "high": high, "log": len(given) == 3}
    raise ValueError(f"{name}: {given!r} is no range: {REMEDY}")


def _to_python(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
