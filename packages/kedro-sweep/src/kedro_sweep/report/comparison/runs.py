"""The tracked runs one by one, newest first."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from kedro_sweep.report.comparison.text import MISSING
from kedro_sweep.tracking import rename_moved

# More runs would not be readable.
MAX_RUNS = 200
ID_FORMAT = "%Y-%m-%dT%H.%M.%S.%fZ"


@dataclass(frozen=True)
class Run:
    """What a run recorded.

    Attributes:
        id: Kedro's ID of the run, which is its start time.
        tracked: The contents of each tracked dataset, by name; `session` is the session store's record
            of the run. Keys that the run did not record are missing.
    """

    id: str
    tracked: dict[str, dict[str, Any]]

    def find(self, dataset: str, key: str, kind: type = object) -> Any:
        """Look up a value.

        Args:
            dataset: Name of a tracked dataset.
            key: A key in it.
            kind: The type that the value must have, because anyone may have written the file.

        Returns:
            The value; None if the run did not record it, or recorded something else.
        """
        value = self.tracked.get(dataset, {}).get(key)
        return value if isinstance(value, kind) else None

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the run, flattened; empty if they are not recorded."""
        return self.tracked.get("run_parameters", {})

    @property
    def time(self) -> datetime | None:
        """When the run started, in UTC."""
        try:
            return datetime.strptime(self.id, ID_FORMAT)
        except ValueError:
            return None

    @property
    def label(self) -> str:
        """Date and time to the minute, or the run's ID if it is not a time."""
        return f"{self.time:%Y-%m-%d %H:%M}" if self.time else self.id

    @property
    def is_searched(self) -> bool:
        """Whether the run has a cross-validated value."""
        return isinstance(self.find("sweep_summary", "best_value"), int | float)

    @property
    def model(self) -> str | None:
        """Import path of the estimator."""
        recorded = (
            ("sweep_summary", "model"),
            ("features", "model_type"),
            ("run_parameters", "sweep.model.class"),
        )
        return next(filter(None, (self.find(*place) for place in recorded)), None)

    @property
    def n_members(self) -> int:
        """Number of trials that the model consists of."""
        return len(self.find("features", "members", list) or [""])

    @property
    def model_name(self) -> str:
        """Name of the estimator's class or function, or the size of the ensemble."""
        if self.n_members > 1:
            return f"ensemble of {self.n_members}"
        return str(self.model or MISSING).rpartition(".")[2]

    @property
    def end(self) -> str:
        """`finished`, `failed` with the kind of error, or `stopped`."""
        error = str(self.error.get("type", "")).rpartition(".")[2]
        if error and error != "KeyboardInterrupt":
            return f"failed: {error}"
        # Runs of earlier releases did not record how they ended, and the current run has not ended yet.
        finished = self.tracked["session"].get("finished", bool(self.tracked.get("test_metrics")))
        return "finished" if finished else "stopped"

    @property
    def error(self) -> dict[str, Any]:
        """Type and value of the error that ended the run; empty if there was none."""
        return self.find("session", "exception", dict) or {}


def read_runs(tracked_runs: pd.DataFrame) -> list[Run]:
    """Read the newest runs from the table."""
    newest = tracked_runs.sort_index(ascending=False).head(MAX_RUNS)
    columns: list[Any] = newest.columns.to_list()
    runs = []
    for run_id, row in zip(newest.index, newest.itertuples(index=False, name=None), strict=True):
        tracked: dict[str, dict[str, Any]] = {"session": {}}
        for (dataset, key), value in zip(columns, row, strict=True):
            if not (isinstance(value, float) and math.isnan(value)):
                tracked.setdefault(dataset, {})[key] = value
        if "run_parameters" in tracked:
            tracked["run_parameters"] = rename_moved(tracked["run_parameters"])
        runs.append(Run(str(run_id), tracked))
    return runs


def describe_count(tracked_runs: pd.DataFrame) -> str:
    """Describe how many runs are compared.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.

    Returns:
        Such as `17 runs`, or `the newest 200 of 250 runs`.
    """
    count = len(tracked_runs)
    if count > MAX_RUNS:
        return f"the newest {MAX_RUNS} of {count} runs"
    return f"{count} run{'' if count == 1 else 's'}"
