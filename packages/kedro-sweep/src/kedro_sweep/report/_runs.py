"""The tracked runs one by one, newest first."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from kedro_sweep import text
from kedro_sweep.parameters import rename_moved
from kedro_sweep.search.settings import words
from kedro_sweep.text import MISSING, shorten

# More runs would not be readable.
MAX_RUNS = 200
ID_FORMAT = "%Y-%m-%dT%H.%M.%S.%fZ"
MODEL = "sweep.model.class"
# Options with which a command runs only a part.
PARTS = (
    *("pipeline", "pipelines", "namespaces", "tags", "node_names"),
    *("from_nodes", "to_nodes", "from_inputs", "to_outputs"),
)


@dataclass(frozen=True)
class Run:
    """What a run recorded.

    Attributes:
        id: Kedro's ID of the run, which is its start time and the version of its model.
        tracked: The contents of each tracked dataset, by name; `session` is the session store's record
            of the run. Keys that the run did not record are missing.
    """

    id: str = ""
    tracked: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, dataset: str, key: str, kind: Any = object) -> Any:
        """Look up a value; None if it is missing or of another kind, as anyone may write the files."""
        value = self.tracked.get(dataset, {}).get(key)
        return value if isinstance(value, kind) else None

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the run, flattened; empty if they are not recorded."""
        return self.tracked.get("run_parameters", {})

    @property
    def time(self) -> str:
        """Date and time to the minute in UTC, or empty if the run's ID is not a time."""
        try:
            return f"{datetime.strptime(self.id, ID_FORMAT):%Y-%m-%d %H:%M}"
        except ValueError:
            return ""

    @property
    def commit(self) -> list[str]:
        """The commit, the branch, and whether files were edited since; what is not known is left out."""
        git = self.find("session", "git", dict) or {}
        dirty = "edited since" if git.get("dirty") else None
        return [str(part) for part in (git.get("commit_sha"), git.get("branch"), dirty) if part]

    @property
    def command(self) -> str:
        return str((self.find("session", "cli", dict) or {}).get("command_path", ""))

    @property
    def is_searched(self) -> bool:
        return isinstance(self.find("sweep_summary", "best_value"), int | float)

    @property
    def model(self) -> str | None:
        trained = self.find("sweep_summary", "model") or self.find("features", "model_type")
        return trained or self.find("run_parameters", MODEL) or None

    @property
    def n_members(self) -> int:
        """Number of trials that the model averages; 1 for a single model."""
        return len(self.find("features", "members", list) or "1")

    @property
    def model_name(self) -> str:
        """Name of the estimator's class or function, or the size of the ensemble."""
        many = self.n_members > 1
        return f"ensemble of {self.n_members}" if many else shorten(str(self.model or MISSING))

    @property
    def label(self) -> str:
        """The model in words, or the size of the ensemble, and the number of trials."""
        model = self.model_name if self.n_members > 1 else name_model(str(self.model or MISSING))
        # A float, if another run has none.
        n_trials = self.find("sweep_summary", "n_trials", int | float)
        return f"{model} · {text.count(int(n_trials), 'trial')}" if n_trials else model

    @property
    def report(self) -> str:
        """The report's place, seen from the comparison; empty if the run made none."""
        command = (self.find("session", "cli", dict) or {}).get("params", {})
        is_whole = self.is_searched and self.end == "finished" and not any(map(command.get, PARTS))
        return f"report.html/{self.id}/report.html" if is_whole else ""

    @property
    def end(self) -> str:
        """`finished`, `failed` with the kind of error, or `stopped`."""
        error = shorten(str(self.error.get("type", "")))
        if error and error != "KeyboardInterrupt":
            return f"failed: {error}"
        # Runs of earlier releases did not record how they ended, and the current run has not ended yet.
        finished = self.find("session", "finished")
        if finished is None:
            finished = self.tracked.get("test_metrics")
        return "finished" if finished else "stopped"

    @property
    def error(self) -> dict[str, Any]:
        """Type and value of the error that ended the run; empty if there was none."""
        return self.find("session", "exception", dict) or {}


def read_runs(tracked_runs: pd.DataFrame) -> list[Run]:
    newest = tracked_runs.sort_index(ascending=False).head(MAX_RUNS)
    columns: list[Any] = newest.columns.to_list()
    runs = []
    for run_id, row in zip(newest.index, newest.itertuples(index=False, name=None), strict=True):
        tracked: dict[str, dict[str, Any]] = {}
        for (dataset, key), value in zip(columns, row, strict=True):
            if not (isinstance(value, float) and math.isnan(value)):
                tracked.setdefault(dataset, {})[key] = value
        if "run_parameters" in tracked:
            tracked["run_parameters"] = rename_moved(tracked["run_parameters"])
        runs.append(Run(str(run_id), tracked))
    return runs


def describe_count(tracked_runs: pd.DataFrame) -> str:
    """Describe how many runs are compared, such as `17 runs` or `the newest 200 of 250 runs`."""
    runs = text.count(len(tracked_runs), "run")
    return f"the newest {MAX_RUNS} of {runs}" if len(tracked_runs) > MAX_RUNS else runs


def name_model(path: str) -> str:
    """Name an estimator in words: `sklearn.ensemble.ExtraTreesClassifier` becomes `extra trees`."""
    return words(shorten(path))
