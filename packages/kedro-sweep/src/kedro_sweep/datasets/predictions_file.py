"""Write the predictions of a file in one step, also if it takes hours and is interrupted in between."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from inspect import getsource
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from kedro_sweep.datasets.new_rows import FORMATS, PREDICTIONS, describe_file, find_arguments
from kedro_sweep.datasets.pieces import CSV, NEW_ROWS, PARQUET
from kedro_sweep.datasets.schema_validator import find_schema
from kedro_sweep.errors import InputError
from kedro_sweep.platforms import IS_WINDOWS, replace, replacing

logger = logging.getLogger(__name__)

# Arguments of pandas with which text files cannot be joined.
NOT_JOINED = {"compression", "encoding", "mode"}


def save_predictions(
    catalog: DataCatalog,
    file: Path,
    pieces: Iterator[pd.DataFrame],
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    key: dict[str, Any],
) -> None:
    """Predict pieces of a table, and write the predictions to a file when all are there.

    The predictions of each piece are kept until then, and used again if the key is still the same.
    """
    entry = describe_file(file, FORMATS, file.suffix.lower())
    args = {"index": True} | (find_arguments(catalog, PREDICTIONS, "save_args", entry["type"]) or {})
    entry["save_args"] = args
    if entry["type"] == CSV:
        entry["fs_args"] = {"open_args_save": {"encoding": "utf-8", "newline": ""}}  # on Windows, too
    is_joined = {CSV: not NOT_JOINED & args.keys(), PARQUET: args.keys() == {"index"}}
    if not is_joined.get(entry["type"]):
        _save(entry, pd.concat(map(predict, pieces)), file)
        return
    with _keep_parts(file.with_name(f".{file.name}.parts"), key | {"save_args": args}) as folder:
        parts: list[Path] = []
        for piece in pieces:
            parts.append(folder / f"{len(parts):06}{file.suffix}")
            if not parts[-1].exists():
                _save(entry, predict(piece), parts[-1])
            if entry["type"] == CSV and args.get("header", True) is not False:
                entry["save_args"] = args | {"header": False}
        join = _join_text if entry["type"] == CSV else _join_parquet
        replace(join(parts) if len(parts) > 1 else parts[0], file)


def make_key(
    catalog: DataCatalog, pipeline: Pipeline, version: str, file: Path, entry: dict[str, Any]
) -> dict[str, Any]:
    """List all that the predictions depend on."""
    state = file.stat()
    steps = {}
    for node in pipeline.nodes:
        with suppress(OSError, TypeError):  # a function that was not written in a file
            steps[node.name] = getsource(node.func)
    return {
        "file": [str(file.resolve()), state.st_size, state.st_mtime_ns],
        "version": version,
        "entry": entry,
        "schema": find_schema(catalog, NEW_ROWS),
        "steps": steps,
        "parameters": {name: catalog.load(name) for name in pipeline.inputs() if "param" in name[:6]},
    }


@contextmanager
def _keep_parts(folder: Path, key: dict[str, Any]) -> Iterator[Path]:
    """Keep the parts if the process is killed or the disk is full, until a command with the same key."""
    text, file = json.dumps(key, default=str, sort_keys=True), folder / "key.json"
    folder.mkdir(parents=True, exist_ok=True)
    is_over = False
    try:
        with FileLock(folder / "lock", blocking=False):
            parts = [*folder.glob("[0-9]*")]
            if parts and file.exists() and file.read_text("utf-8") == text:
                logger.info("Continuing after the first %d parts, predicted already.", len(parts))
            elif parts:
                logger.warning("Starting anew: the file, the model or an argument has changed.")
                for part in parts:
                    part.unlink()
            file.write_text(text, "utf-8")
            try:
                yield folder
                is_over = True
            except Exception as error:
                lacks = OSError | MemoryError  # space, for example
                is_over = not (isinstance(error, lacks) or isinstance(error.__cause__, lacks))
                raise
            finally:
                if is_over:
                    for part in folder.iterdir():
                        if not (IS_WINDOWS and part.name == "lock"):  # which is still open
                            part.unlink()
    except Timeout as error:
        raise InputError(
            f"Another command is writing to {folder}: wait for it, or name another file with --output."
        ) from error
    finally:
        if is_over:
            with suppress(OSError):  # of the next command, which may have begun
                folder.rmdir()


def _save(entry: dict[str, Any], predictions: pd.DataFrame, file: Path) -> None:
    with replacing(file) as part:
        described = entry | {"filepath": str(part.absolute())}
        DataCatalog.from_config({PREDICTIONS: described}).save(PREDICTIONS, predictions)


def _join_text(parts: list[Path]) -> Path:
    whole = parts[0].with_name("whole")
    with whole.open("wb") as file:
        for part in parts:
            file.write(part.read_bytes())
    return whole


def _join_parquet(parts: list[Path]) -> Path:
    from pyarrow.parquet import ParquetWriter, read_table  # noqa: PLC0415

    whole, schema = parts[0].with_name("whole"), read_table(parts[0]).schema
    with ParquetWriter(whole, schema) as writer:
        for part in parts:
            writer.write_table(read_table(part).cast(schema))
    return whole
