"""Turn the files of offline Neptune runs into JSON (`kedro sweep neptune-export`).

Neptune's client writes a run as a log of operations. This module reads the logs using only the standard
library, so that the runs stay readable without the client.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

DATA_DIRECTORY = "data/09_tracking/.neptune"


def export(source: Path, target: Path) -> list[Path]:
    """Write one JSON file per run.

    Each file has `id`, `created`, `fields` (the last value of each path), `series` (all values of each
    path, with step and time) and `files` (the paths of the uploaded files).
    """
    runs: dict[str, dict[str, Any]] = {}
    # A run has one folder per process that wrote to it.
    for folder in sorted(source.glob("*/run__*")):
        try:
            metadata = json.loads((folder / "metadata.json").read_text())
            identity, created = metadata["containerId"], metadata["createdAt"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("Skipped %s: its metadata.json cannot be read (%s).", folder, error)
            continue
        run = runs.setdefault(
            identity,
            {
                "id": identity,
                "created": created,
                "fields": {},
                "series": defaultdict(list),
                "files": {},
            },
        )
        for where, line in _read_lines(folder):
            try:
                _apply(json.loads(line)["obj"], run, folder / "upload_path")
            except (ValueError, KeyError, TypeError) as error:
                logger.warning("Skipped %s: it is damaged (%s).", where, error)
    paths = []
    for run in sorted(runs.values(), key=lambda run: str(run["created"])):
        target.mkdir(parents=True, exist_ok=True)
        path = target / f"{run['id']}.json"
        path.write_text(json.dumps(run, indent=2))
        paths.append(path)
    return paths


def _read_lines(folder: Path) -> Iterator[tuple[str, str]]:
    # data-1.log, data-801.log …: the number is that of the first operation.
    for log in sorted(folder.glob("data-*.log"), key=lambda log: int(log.stem.split("-")[1])):
        for number, line in enumerate(log.read_text(errors="replace").splitlines(), start=1):
            yield f"line {number} of {log}", line


def _apply(operation: dict[str, Any], run: dict[str, Any], uploads: Path) -> None:
    path = "/".join(operation["path"])
    match operation["type"]:
        case "LogFloats" | "LogStrings":
            run["series"][path] += operation["values"]
        case "AddStrings":
            run["fields"][path] = sorted({*run["fields"].get(path, []), *operation["values"]})
        case "UploadFile":
            name = operation["tmp_file_name"]
            run["files"][path] = str(uploads / name) if name else operation["file_path"]
        case "UploadFileSet":
            run["files"][path] = operation["file_globs"]
        case "DeleteAttribute":
            for part in ("fields", "series", "files"):
                run[part].pop(path, None)
        case name if name.startswith("Assign"):
            run["fields"][path] = operation["value"]
