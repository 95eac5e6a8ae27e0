"""What our own searches and those by hand share: the parameters of the project."""

from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader

from benchmarks.strength.request import Task
from benchmarks.wines import ROOT

ENDLESS = 100_000  # more trials than any search can run in its time


def load_parameters(environment: str, conf: Path = ROOT / "conf") -> dict[str, Any]:
    """Load the parameters of `kedro run --env`."""
    loader = OmegaConfigLoader(
        str(conf),
        env=environment,
        base_env="base",
        default_run_env="base",
        merge_strategy={"parameters": "soft"},
    )
    parameters: dict[str, Any] = loader["parameters"]
    return parameters


def find_forest(parameters: dict[str, Any], task: Task) -> dict[str, Any]:
    """Return the project's model, a classifier, or its counterpart for numbers."""
    model: dict[str, Any] = parameters["sweep"]["model"]
    if task == "classification":
        return model
    return model | {"class": model["class"].replace("Classifier", "Regressor")}
