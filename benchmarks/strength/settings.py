"""What all methods share: the score, the cores, and the parameters of the project."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from kedro.config import OmegaConfigLoader
from numpy.typing import NDArray

Task = Literal["classification", "regression"]
Predict = Callable[[pd.DataFrame], NDArray[Any]]

ROOT = Path(__file__).parents[2]
CORES = 2
ENDLESS = 100_000  # more trials than any search can run in its time
SCORES: dict[Task, str] = {"classification": "accuracy", "regression": "r2"}


def load_parameters(environment: str) -> dict[str, Any]:
    """Load the parameters of `kedro run --env`.

    Args:
        environment: A folder of conf.

    Returns:
        All parameters by name.
    """
    loader = OmegaConfigLoader(
        str(ROOT / "conf"),
        env=environment,
        base_env="base",
        default_run_env="base",
        merge_strategy={"parameters": "soft"},
    )
    parameters: dict[str, Any] = loader["parameters"]
    return parameters


def find_forest(parameters: dict[str, Any], task: Task) -> dict[str, Any]:
    """Return the project's model, a classifier, or its counterpart for numbers.

    Args:
        parameters: The parameters of the project.
        task: What the target is.

    Returns:
        The parameter `sweep.model`.
    """
    model: dict[str, Any] = parameters["sweep"]["model"]
    counterparts = {
        "classification": model["class"],
        "regression": model["class"].replace("Classifier", "Regressor"),
    }
    return model | {"class": counterparts[task]}
