"""The parameters of a run, as one flat table of names and values, and where older versions had them."""

from collections.abc import Iterable, Mapping
from typing import Any

from kedro.framework.project import pipelines
from pydantic import BaseModel

from kedro_sweep.errors import InputError
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
    """Flatten the parameters, so that runs can be compared key by key.

    Args:
        parameters: All parameters of the run, as plain values or validated models.

    Returns:
        The same values without passwords, with nested names joined by dots: `{"sweep.n_trials": 100}`.
    """
    flat: dict[str, Any] = {}
    for name, parameter in sorted(parameters.items()):  # Kedro reads the files in any order
        is_model = isinstance(parameter, BaseModel)
        value = parameter.model_dump(mode="json", by_alias=True) if is_model else parameter
        if isinstance(value, dict) and value:
            flat |= {f"{name}.{key}": inner for key, inner in flatten_parameters(value).items()}
        else:
            flat[name] = value
    return dict(redact(flat))


def rename_moved(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Rename the parameters that a run of an older version recorded.

    Args:
        parameters: What `flatten_parameters` returned.

    Returns:
        The same values by the names that these parameters have now.
    """
    groups = {name: MOVED.get(name.partition(".")[0]) for name in parameters}
    return {f"{groups[name]}.{name}" if groups[name] else name: parameters[name] for name in parameters}


def check_places(names: Iterable[str]) -> None:
    """Check that no parameter is where older versions had it, unless a node of the project reads it.

    Args:
        names: The names at the top level.

    Raises:
        InputError: If a parameter has moved into a group.
    """
    moved = [name for name in names if name in MOVED]
    if moved:  # else the pipelines need not be loaded
        read = {name for pipeline in pipelines.values() for name in pipeline.inputs()}
        moved = [name for name in moved if f"params:{name}" not in read]
    if moved:
        places = ", ".join(f"{name} is now {MOVED[name]}.{name}" for name in moved)
        files = " and ".join(FILES[group] for group in dict.fromkeys(map(MOVED.__getitem__, moved)))
        raise InputError(
            f"{places}: write {'it' if len(moved) == 1 else 'them'} there, in the {files} of the "
            "environment, or in --params."
        )
