"""Neptune runs without a server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neptune
import pytest

from kedro_sweep.tracking.neptune.export import export
from kedro_sweep.tracking.neptune.run_dataset import NeptuneRunDataset
from kedro_sweep.tracking.neptune.run_log import NeptuneRunLog

VARIABLES = ("NEPTUNE_MODE", "NEPTUNE_API_TOKEN", "NEPTUNE_PROJECT")


@pytest.fixture
def data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of offline runs, on a machine that has no settings of Neptune."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path))
    return tmp_path


@pytest.fixture
def neptune_run(data_directory: Path) -> neptune.Run:
    """An offline run."""
    return neptune.init_run(mode="offline", git_ref=False, source_files=[])


@pytest.fixture
def log(neptune_run: neptune.Run) -> NeptuneRunLog:
    """The log of the run under `kedro`, as the catalog gives it to nodes."""
    dataset = NeptuneRunDataset()
    dataset.open(neptune_run, "kedro")
    log = dataset.load()
    assert isinstance(log, NeptuneRunLog)
    return log


@pytest.fixture
def read_run(data_directory: Path) -> Callable[[neptune.Run], dict[str, Any]]:
    """Stop the only run, and read what it recorded."""

    def read(run: neptune.Run) -> dict[str, Any]:
        run.stop()
        [path] = export(data_directory, data_directory / "exported")
        content: dict[str, Any] = json.loads(path.read_text())
        return content

    return read
