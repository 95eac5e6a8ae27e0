"""All tracked runs as one table."""

import logging
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
from kedro.io import AbstractDataset, DatasetError

from kedro_sweep.tracking import FILE_NAME, SessionStore, parse_record, read_sessions

logger = logging.getLogger(__name__)


class RunsDataset(AbstractDataset[NoReturn, pd.DataFrame]):
    """Every version of every tracked JSON dataset in a folder, one row per run.

    A run that stopped or failed before it tracked anything has a row as well. What the session store
    recorded of a run is under `session`. Damaged files are skipped with a warning.

    Example `catalog.yml` entry::

        tracked_runs:
          type: kedro_sweep.datasets.runs_dataset.RunsDataset
          path: data/09_tracking
    """

    def __init__(self, *, path: str, metadata: dict[str, Any] | None = None) -> None:
        """Set up the folder.

        Args:
            path: Folder that holds the versioned JSON datasets and the session store.
            metadata: Ignored by Kedro; for users and plugins.
        """
        if "://" in path:
            raise DatasetError(
                f"RunsDataset reads a folder on this machine, but its path is {path}: give the path of "
                "a folder, such as a mounted or copied bucket."
            )
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Read a table of runs by ID, newest first, with columns such as `("test_metrics", "acc")`."""
        tables = {
            folder.stem: _read_versions(folder)
            for folder in sorted(self._path.glob("*.json"))
            if folder.is_dir()
        }
        sessions = read_sessions(self._path / FILE_NAME)
        # Earlier releases did not record whether a run had finished.
        unfinished = {run_id for run_id, run in sessions.items() if run.get("finished") is False}
        # The run of this process is still going, so its outcome is not known yet.
        for run_id in unfinished.intersection(SessionStore.open_stores):
            del sessions[run_id]["finished"]
            sessions[run_id]["seconds"] = SessionStore.open_stores[run_id].seconds
        run_ids = sorted(unfinished.union(*tables.values()), reverse=True)
        return pd.concat(
            {
                name: pd.DataFrame([table.get(run_id, {}) for run_id in run_ids], index=run_ids)
                for name, table in {"session": sessions, **tables}.items()
            },
            axis="columns",
        ).rename_axis("run")

    def save(self, data: NoReturn) -> None:
        """Raise an error: runs write their own datasets."""
        raise DatasetError("The tracked runs can only be read: save the tracked datasets themselves.")

    def _exists(self) -> bool:
        return self._path.exists()

    def _describe(self) -> dict[str, Any]:
        return {"path": str(self._path)}


def _read_versions(folder: Path) -> dict[str, dict[str, Any]]:
    versions = {}
    for version in folder.iterdir():
        file = version / folder.name
        try:
            versions[version.name] = parse_record(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            logger.warning("Skipped %s, which is damaged: %s", file, error)
    return versions
