"""What all methods share: the score, the cores, and the parameters of the project."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from kedro.config import OmegaConfigLoader
from numpy.typing import NDArray

from benchmarks.wines import ROOT

Task = Literal["classification", "regression"]
Predict = Callable[[pd.DataFrame], NDArray[Any]]

CORES = 2
TEST_SHARE = 0.25
ENDLESS = 100_000  # more trials than any search can run in its time
SCORES: dict[Task, str] = {"classification": "accuracy", "regression": "r2"}


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
