"""All parameters of a run as one flat mapping, and where older versions had them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from kedro_sweep.redaction import redact

# Version 0.1 had these parameters at the top level, not in a group.
FILES = {"data": "parameters.yml", "sweep": "parameters_data_science.yml"}
MOVED = {
    **dict.fromkeys(
        ("y_label", "features", "drop", "split", "frac", "duplicates", "impute", "random_seed"), "data"
    ),
    **dict.fromkeys(("model", "search_space", "models", "ensemble"), "sweep"),
}


def flatten_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Join nested names by dots, such as `{"sweep.n_trials": 100}`, and hide passwords."""
    flat: dict[str, Any] = {}
    for name, parameter in sorted(parameters.items()):  # Kedro reads the files in any order
        is_model = isinstance(parameter, BaseModel)
        value = parameter.model_dump(mode="json", by_alias=True) if is_model else parameter
        if isinstance(value, dict) and value:
            flat |= {f"{name}.{key}": inner for key, inner in flatten_parameters(value).items()}
        else:
            flat[name] = value
    return dict(redact(flat))


def reads(known: Iterable[str], path: str) -> bool:
    """Check whether one of the known parameters contains this one, or is part of it."""
    return any(f"{path}.".startswith(f"{one}.") or one.startswith(f"{path}.") for one in known)


def rename_moved(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Rename the flat parameters that a run of an older version recorded."""
    groups = {name: MOVED.get(name.partition(".")[0]) for name in parameters}
    return {f"{groups[name]}.{name}" if groups[name] else name: parameters[name] for name in parameters}
