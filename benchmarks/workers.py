"""Worker processes that are started before the clock."""

import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import joblib

# What a worker imports before it can fit any candidate.
IMPORTS = [
    "kedro_sweep.evaluation",
    "sklearn.ensemble",
    "sklearn.svm",
    "skrub",
    "lightgbm",
    "xgboost",
    "catboost",
]


def start_workers(n_jobs: int, imports: Sequence[str] = IMPORTS) -> None:
    """Start joblib's worker processes with their imports, unless they are already waiting."""
    joblib.Parallel(n_jobs, batch_size=1)(
        joblib.delayed(_import_all)(imports) for _ in range(2 * n_jobs)
    )


def _import_all(imports: Sequence[str]) -> None:
    for name in imports:
        if find_spec(name.partition(".")[0]):
            import_module(name)
    time.sleep(0.05)  # otherwise, one process would do all the work
