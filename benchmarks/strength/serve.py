"""Run a tool in its own process: `python -m benchmarks.strength.serve MODULE:FUNCTION PACKAGE…`.

It first writes the versions of the packages. Then it answers each request, a line of JSON, with the
seconds until the model was fitted and those of the prediction, or with the error. What the tool prints
goes to the standard error.
"""

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.strength.request import CORES, Request


def main() -> None:
    """Answer until the requests end."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    logging.disable()
    warnings.simplefilter("ignore")
    path, *packages = sys.argv[1:]
    module_name, _, name = path.partition(":")
    module = import_module(module_name)
    answers.write(json.dumps({package: find_version(package) for package in packages}) + "\n")
    for line in sys.stdin:
        if start := getattr(module, "start_before_the_clock", None):
            start()
        try:
            answer = answer_one(getattr(module, name), Request(**json.loads(line)))
        except Exception as failure:
            answer = {"error": f"{type(failure).__name__}: {failure}"[:500]}
        answers.write(json.dumps(answer) + "\n")


def answer_one(
    fit: Callable[[pd.DataFrame, "pd.Series[Any]", Request], Any], request: Request
) -> dict[str, Any]:
    """Fit, predict, and write `predicted.parquet`: labels or numbers, for AUC the score of the second class."""
    folder = Path(request.folder)
    X, test = pd.read_parquet(folder / "train.parquet"), pd.read_parquet(folder / "test.parquet")
    y = X.pop(request.target)
    start = time.perf_counter()
    model = fit(X, y, request)
    fitted = time.perf_counter()
    if request.measure != "roc_auc":
        predicted = model.predict(test)
    elif hasattr(model, "predict_proba"):
        predicted = model.predict_proba(test)[:, 1]
    else:
        predicted = model.decision_function(test)
    end = time.perf_counter()
    pd.DataFrame({"predicted": predicted}).to_parquet(folder / "predicted.parquet")
    return {"seconds": fitted - start, "predict_seconds": end - fitted}


def find_version(package: str) -> str:
    """Find the version of a package, or of its build without a GPU."""
    try:
        return version(package)
    except PackageNotFoundError:
        return version(f"{package}-cpu")


if __name__ == "__main__":
    main()
