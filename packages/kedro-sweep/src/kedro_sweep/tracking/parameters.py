"""The parameters of a run, as one flat table of names and values."""

from typing import Any

from pydantic import BaseModel

from kedro_sweep.redaction import redact


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
