"""AutoGluon's `calibrate_decision_threshold`, on the same out-of-fold predictions.

Run in AutoGluon's environment, it answers each line of JSON, a request, with the threshold.
"""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np

from benchmarks.wines import ROOT


class AutoGluon:
    """A process in AutoGluon's environment that chooses thresholds."""

    def __init__(self, python: str) -> None:
        """Start the process."""
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.decisions.autogluon"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        self.version = self._read()

    def choose(self, fitted: Any, measure: str, costs: Any) -> float:
        """Choose the threshold: a `Way`."""
        assert self._process.stdin
        request = {
            "y": fitted.y.tolist(),
            "out_of_fold": fitted.out_of_fold.tolist(),
            "measure": measure,
            "costs": dict(costs),
        }
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        # It predicts the positive class above the threshold, not at it.
        return float(np.nextafter(self._read(), 1))

    def _read(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _answer() -> None:
    from autogluon.core import __version__  # noqa: PLC0415
    from autogluon.core.calibrate import calibrate_decision_threshold  # noqa: PLC0415
    from autogluon.core.metrics import get_metric  # noqa: PLC0415

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answers.write(json.dumps(__version__) + "\n")
    for line in sys.stdin:
        request = json.loads(line)
        fp, fn = request["costs"]["fp"], request["costs"]["fn"]

        def save(y: Any, predicted: Any, fp: int = fp, fn: int = fn) -> float:
            return -float(np.mean(np.where(y == 1, fn * (predicted == 0), fp * (predicted == 1))))

        threshold = calibrate_decision_threshold(
            np.array(request["y"]),
            np.array(request["out_of_fold"]),
            save
            if request["measure"] == "cost"
            else get_metric(request["measure"], "binary", "eval_metric"),
            verbose=False,
        )
        answers.write(json.dumps(float(threshold)) + "\n")


if __name__ == "__main__":
    _answer()
