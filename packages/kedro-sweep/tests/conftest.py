"""Fixtures for many tests: the wine table, small parameters, and studies of both."""

import gc
import inspect
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml
from joblib.externals.loky import get_reusable_executor
from pandas.api.types import is_numeric_dtype
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from kedro_sweep.search import Model, SearchSpace, StudyConfiguration, Sweep

REPOSITORY = Path(__file__).parents[3]

Table = tuple[pd.DataFrame, pd.Series]

# They fork processes, kill them, limit what they may write, or look into folders of Linux and macOS.
POSIX_ONLY = [
    "search/storage/test_journal.py",
    "search/storage/test_lost_trials.py",
    "test_errors.py",
    "test_orphans.py",
    "tracking/test_kedro_viz.py",
]
collect_ignore = POSIX_ONLY if os.name == "nt" else []


@pytest.fixture(scope="session", autouse=True)
def _little_overhead() -> Iterator[None]:
    """Keep the threads of small fits from waiting for each other, and leave no workers behind.

    Kedro's settings look for more files beside the script that was started. Python finds that script in
    the stack by comparing each frame with every module, which takes long in a worker of pytest-xdist.
    Kedro also reads the same YAML files for each run, which the parser in C does ten times as fast.
    scikit-learn inspects the same classes for each fit, which takes a tenth of the time of small fits.
    """
    gc.freeze()  # otherwise, a tenth of the time goes into looking through all tests and libraries again
    stack = SimpleNamespace(stack=lambda: [SimpleNamespace(filename=__file__)])
    with threadpool_limits(1), pytest.MonkeyPatch.context() as patch:
        patch.setattr("dynaconf.utils.files.inspect", stack)
        patch.setattr("dynaconf.loaders.py_loader.inspect", stack)
        patch.setattr(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        library: Any = inspect
        patch.setattr(library, "_shadowed_dict", cache(library._shadowed_dict))
        params: Any = cache(BaseEstimator._get_param_names.__func__)
        patch.setattr(BaseEstimator, "_get_param_names", classmethod(params))
        yield
    get_reusable_executor().shutdown()


@pytest.fixture
def _yaml_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read YAML with the parser in Python, as Kedro does: that in C words its errors in another way."""
    monkeypatch.setattr(yaml, "SafeLoader", yaml.loader.SafeLoader)


@pytest.fixture(scope="session")
def wine() -> pd.DataFrame:
    """The raw table of the example."""
    return pd.read_csv(REPOSITORY / "data/01_raw/WineQT.csv")


@pytest.fixture
def parameters() -> dict[str, Any]:
    """The parameters of a short sweep, as in a project's YAML files."""
    data = {
        "frac": 0.15,
        "random_seed": 42,
        "features": [
            "fixed acidity",
            "volatile acidity",
            "citric acid",
            "residual sugar",
            "chlorides",
            "free sulfur dioxide",
            "total sulfur dioxide",
            "density",
            "pH",
            "sulphates",
            "alcohol",
        ],
        "drop": [],
        "slices": [],
        "weights": None,
        "y_label": "quality",
        "split": {"kind": "random", "column": None},
        "duplicates": "auto",
        "impute": "mean",
    }
    sweep = {
        "model": {"class": "sklearn.ensemble.RandomForestClassifier", "params": {}},
        "search_space": {
            "n_estimators": {"type": "int", "low": 2, "high": 10},
            "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
        },
        "n_trials": 5,
        "cv": 3,
        "scoring": "accuracy",
        "untuned_boosting": False,  # 600 trees for each fold
        "sampler": {"class": "RandomSampler"},
        "pruner": {"class": "NopPruner"},
    }
    return {"data": data, "sweep": sweep}


@pytest.fixture(scope="session")
def _some_wines(wine: pd.DataFrame) -> pd.DataFrame:
    return wine.groupby("quality", group_keys=False).sample(frac=0.25, random_state=0)


@pytest.fixture
def table(_some_wines: pd.DataFrame, parameters: dict[str, Any]) -> Table:
    """Features and target of some wines: tied values, and classes with as few as two rows."""
    data = parameters["data"]
    return _some_wines[data["features"]].astype(float), _some_wines[data["y_label"]].copy()


@pytest.fixture
def configure(table: Table, parameters: dict[str, Any]) -> Callable[..., StudyConfiguration]:
    """Configure a study: the given arguments replace those of `table` and `parameters`."""

    def configure(
        data: Table = table,
        *,
        model: dict[str, Any] = parameters["sweep"]["model"],
        search_space: dict[str, Any] = parameters["sweep"]["search_space"],
        random_seed: int = parameters["data"]["random_seed"],
        imputes: bool = False,
        **sweep: Any,
    ) -> StudyConfiguration:
        X, y = data
        if all(map(is_numeric_dtype, X.dtypes)) and not X.isna().to_numpy().any():
            # Numbers need no preprocessing, which takes longer than most fits.
            model = {"preprocessing": "none"} | model
        return StudyConfiguration(
            X=X,
            y=y,
            model=Model.model_validate(model),
            search_space=SearchSpace.model_validate(search_space),
            sweep=Sweep.model_validate(
                parameters["sweep"] | {"model": model, "search_space": search_space} | sweep
            ),
            random_seed=random_seed,
            imputes=imputes,
        )

    return configure
