"""Neptune runs without a server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neptune
import pytest

from kedro_sweep.tracking.neptune.run_dataset import NeptuneRunLog

VARIABLES = ("NEPTUNE_MODE", "NEPTUNE_API_TOKEN", "NEPTUNE_PROJECT")


def read_log(folder: Path) -> dict[str, Any]:
    """Read what an offline run has recorded from the files of Neptune's client."""
    read: dict[str, Any] = {"fields": {}, "series": {}, "files": {}}
    # data-1.log, data-801.log …: the number is that of the first operation.
    for log in sorted(folder.glob("run__*/data-*.log"), key=lambda log: int(log.stem[5:])):
        for line in log.read_text().splitlines():
            operation = json.loads(line)["obj"]
            path = "/".join(operation["path"])
            match operation["type"]:
                case "LogFloats" | "LogStrings":
                    read["series"].setdefault(path, []).extend(operation["values"])
                case "UploadFile":
                    read["files"][path] = log.parent / "upload_path" / operation["tmp_file_name"]
                case "UploadFileSet":
                    read["files"][path] = operation["file_globs"]
                case kind if kind.startswith("Assign"):
                    read["fields"][path] = operation["value"]
    return read


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
    return NeptuneRunLog(neptune_run, "kedro")


@pytest.fixture
def read_run(data_directory: Path) -> Callable[[neptune.Run], dict[str, Any]]:
    """Stop the only run, and read what it recorded."""

    def read(run: neptune.Run) -> dict[str, Any]:
        run.stop()
        return read_log(data_directory / "offline")

    return read
