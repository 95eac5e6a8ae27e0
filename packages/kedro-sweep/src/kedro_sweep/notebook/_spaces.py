"""Search spaces as Python writes them: tuples, lists and Optuna's distributions."""

from collections.abc import Mapping
from types import NoneType
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
    "write (low, high), (low, high, 'log'), a list of numbers, texts, True, False or None, a "
    "distribution of Optuna, or what a project would write, such as {'type': 'int', 'low': 1, 'high': 9}"
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
    if isinstance(given, Mapping):
        return given
    if type(given) in KINDS:
        plain = {key.lstrip("_"): value for key, value in vars(given).items()}
        return {"type": KINDS[type(given)]} | plain
    values = [*given] if isinstance(given, list | tuple) else []
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    if isinstance(given, list) and {*map(type, values)} <= {int, float, str, bool, NoneType}:
        return {"type": "categorical", "choices": values}
    ends, is_log = values[:2], values[2:] == ["log"]
    kinds = {*map(type, ends)}
    if isinstance(given, tuple) and len(values) == 2 + is_log and kinds <= {int, float}:
        kind = "int" if kinds == {int} else "float"
        return {"type": kind, "low": ends[0], "high": ends[1], "log": is_log}
    raise ValueError(f"{name}: {given!r} is no range: {REMEDY}")
