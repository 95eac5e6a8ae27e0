"""Predict with any model version and any file instead of those that the catalog names for inference.

A text or Parquet file is read, checked and predicted in pieces, so that it may be larger than memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset, DataCatalog, MemoryDataset, Version
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner
from kedro.validation import CheckFailure, DataValidationError
from pandas.api import types

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import (
    Doubts,
    SchemaValidator,
    decide,
    find_schema,
    pin_schemas,
    postpone,
)
from kedro_sweep.errors import InputError
from kedro_sweep.tables import (
    Shift,
    choose_rows,
    count_values,
    find_format,
    find_suffix,
    list_columns,
    measure_shifts,
    read_training,
)
from kedro_sweep.text import count

MODEL, NEW_ROWS, PREDICTIONS = "model", "new_samples", "predictions"
CSV, PARQUET, EXCEL = "pandas.CSVDataset", "pandas.ParquetDataset", "pandas.ExcelDataset"
FORMATS = {".csv": CSV, ".parquet": PARQUET, ".xlsx": EXCEL}
FORMATS_READ = FORMATS | {".tsv": CSV, ".txt": CSV}
# Arguments that select part of the table for training. Rows to predict may not have the target column.
OF_TRAINING = {"usecols", "nrows"}
# Arguments with which pandas reads a piece unlike a part of the whole, or not at all.
IN_ONE_GO = {"parse_dates", "skipfooter", "iterator", "chunksize", "filters", "dtype_backend"}
# More would hide the first ones.
MAX_FAILURES = 20


def choose_model(
    catalog: DataCatalog, version: str | None, *, allow_other_versions: bool
) -> tuple[ModelDataset, str]:
    """Choose a version of the model, and the schema that goes with it."""
    model = catalog.get(MODEL, version=Version(version, None))
    if not isinstance(model, ModelDataset):
        raise InputError(
            f"The entry '{MODEL}' in conf/base/catalog.yml is missing, or its type is not "
            f"{ModelDataset.__module__}.{ModelDataset.__name__}: correct it."
        )
    model.allow_other_versions |= allow_other_versions
    return model, pin_schemas(catalog, model)


def describe_rows(
    catalog: DataCatalog, file: Path, load_args: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Describe a file of raw rows as a catalog entry that is read and checked like the catalog's own."""
    entry = describe_file(file, FORMATS_READ, find_suffix(file))
    given = find_arguments(catalog, "raw", "load_args", entry["type"])
    args = None if given is None and not load_args else (given or {}) | (load_args or {})
    if entry["type"] != PARQUET:  # in other formats, a column of text can look like numbers
        schema = find_schema(catalog, NEW_ROWS)
        texts, numbers = list_columns(schema) if schema else ([], None)
        if entry["type"] == CSV:
            args = find_format(file, args, texts, numbers)
        args = add_types(args or {}, dict.fromkeys(texts, "str"))
    entry["load_args"] = args or {}
    entry["name"] = str(file)
    if spec := catalog.validator_specs.get(NEW_ROWS):
        entry["validator"] = spec.to_config()
    return entry


def read_rows(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    """Read the rows of a file in pieces, and check them."""
    checked = {"type": "MemoryDataset", "copy_mode": "assign"}
    checked |= {key: value for key, value in entry.items() if key == "validator"}
    catalog, doubts = DataCatalog.from_config({NEW_ROWS: checked}), Doubts()
    dataset: Any = catalog[NEW_ROWS]
    try:
        for piece in _read_pieces(entry):
            dataset.save(piece)
            with postpone(doubts):
                rows: pd.DataFrame = catalog.load(NEW_ROWS)
            yield rows
        decide(doubts.values())
    except DataValidationError as error:
        if not error.failures:
            raise
        shown = [*map(_describe_failure, error.failures[:MAX_FAILURES])]
        if more := len(error.failures) - len(shown):
            shown.append(f"and {more} more")
        # Name the file instead of the catalog entry.
        raise InputError("\n  - ".join([f"{entry['name']} does not fit the model:", *shown])) from error


def _read_pieces(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    args = entry["load_args"]
    if IN_ONE_GO & args.keys() or args.get("engine") in {"pyarrow", "fastparquet"}:
        yield _load(entry)
    elif entry["type"] == CSV:
        yield from _read_text(entry)
    elif entry["type"] == PARQUET:
        yield from _read_parquet(entry)
    else:
        yield _load(entry)


def _load(entry: dict[str, Any], **load_args: Any) -> Any:
    """Load what an entry describes, or part of it, without checking it."""
    described = {key: entry[key] for key in ("type", "filepath")}
    described["load_args"] = entry["load_args"] | load_args
    return DataCatalog.from_config({NEW_ROWS: described}).load(NEW_ROWS)


def _read_text(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    size = choose_rows(_load(entry, nrows=0).shape[1])
    found: dict[str, set[str]] = {}
    for piece in _split_text(entry, size):
        if not found and len(piece) < size:
            yield piece  # all rows
            return
        for name, column in piece.reset_index(allow_duplicates=True).items():
            found.setdefault(str(name), set()).add(_find_type(column))
    # In pieces that would differ, take the type that pandas would choose for all rows.
    chosen = {
        name: "float64" if kinds <= {"integer", "floating", "empty"} else "str"
        for name, kinds in found.items()
        if len(kinds) > 1 and kinds != {"boolean", "empty"}
    }
    yield from _split_text(entry | {"load_args": add_types(entry["load_args"], chosen)}, size)


def _split_text(entry: dict[str, Any], size: int) -> Iterator[pd.DataFrame]:
    # Only the fast parser reads a column bit by bit, which may give it two types.
    fast = {} if "engine" in entry["load_args"] else {"low_memory": False}
    with _load(entry, chunksize=size, **fast) as pieces:
        yield from pieces


def _find_type(column: pd.Series) -> str:
    return "empty" if column.isna().all() else types.infer_dtype(column, skipna=True)


def _read_parquet(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415

    with ParquetFile(entry["filepath"]) as file:
        size = choose_rows(file.metadata.num_columns)
        if file.metadata.num_rows <= size:
            yield _load(entry)
            return
        groups = (file.metadata.row_group(number).to_dict() for number in range(file.num_row_groups))
        parts = [part for group in groups for part in group["columns"]]
        gaps = {
            part["path_in_schema"] for part in parts if (part["statistics"] or {}).get("null_count", 1)
        }
        stored = (file.schema_arrow.pandas_metadata or {}).get("index_columns", [])
        label = next((each for each in stored if isinstance(each, dict)), {})
        start, step = label.get("start", 0), label.get("step", 1)
        columns = entry["load_args"].get("columns")
        for table in _gather(file.iter_batches(columns=columns, use_pandas_metadata=True), size):
            piece = table.to_pandas()
            types_of_all = {
                name: "float64" if dtype.kind in "iu" else "object"
                for name, dtype in piece.dtypes.items()
                if name in gaps and isinstance(dtype, np.dtype) and dtype.kind in "iub"
            }
            if isinstance(piece.index, pd.RangeIndex):
                stop = start + step * len(piece)
                piece.index = pd.RangeIndex(start, stop, step, name=label.get("name"))
                start = stop
            yield piece.astype(types_of_all)


def _gather(batches: Iterable[Any], size: int) -> Iterator[Any]:
    """Join the batches of a Parquet file to tables of one size."""
    import pyarrow as pa  # noqa: PLC0415

    waiting = None
    for batch in batches:
        table = pa.Table.from_batches([batch])
        waiting = table if waiting is None else pa.concat_tables([waiting, table])
        while waiting.num_rows >= size:
            yield waiting.slice(0, size)
            waiting = waiting.slice(size)
    if waiting is not None and waiting.num_rows:
        yield waiting


@dataclass
class Tally:
    """Counts the rows that pass, and the values of the features that are described, if any."""

    described: dict[str, dict[str, Any]]
    rows: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)

    def watch(self, pieces: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Count the rows of pieces while they are used."""
        for piece in pieces:
            self.rows += len(piece)
            for name, described in self.described.items():
                values = piece[name]
                self.counts[name] = self.counts.get(name, 0) + count_values(values, described)
                if (categories := described["categories"]) is not None:
                    is_new = values.notna() & ~values.isin(categories)
                    self.new[name] = self.new.get(name, 0) + int(is_new.sum())
            yield piece

    def measure_shifts(self) -> list[Shift]:
        """Compare what was counted with the training rows."""
        training = {name: np.array(each["counts"], float) for name, each in self.described.items()}
        return measure_shifts(training, self.counts)


def describe_training(catalog: DataCatalog) -> dict[str, dict[str, Any]]:
    """Describe the training rows of the model, to compare new rows with them."""
    schema = find_schema(catalog, NEW_ROWS)
    if schema is None:
        raise InputError(
            f"--drift: '{NEW_ROWS}' in conf/base/catalog.yml has no {SchemaValidator.__name__} as its "
            "validator, whose schema describes the training rows: add it."
        )
    return read_training(schema)


def predict_rows(
    pipeline: Pipeline, catalog: DataCatalog, model: AbstractDataset[Any, Any], rows: pd.DataFrame
) -> pd.DataFrame:
    """Run a pipeline from `model` and `new_samples` to `predictions`, without recording a run."""
    own: dict[str, Any] = {MODEL: model, NEW_ROWS: MemoryDataset(rows), PREDICTIONS: MemoryDataset()}
    others = {name: catalog[name] for name in pipeline.datasets() - own.keys() if name in catalog}
    memory = DataCatalog({**others, **own})
    SequentialRunner().run(pipeline, memory)
    predictions: pd.DataFrame = memory.load(PREDICTIONS)
    return predictions


def add_types(args: dict[str, Any], dtypes: dict[str, str]) -> dict[str, Any]:
    """Add types of columns to the arguments of pandas, unless they name one type for all columns."""
    dtype = args.get("dtype") or {}
    return args | {"dtype": dtype | dtypes} if isinstance(dtype, dict) else args


def _describe_failure(failure: CheckFailure) -> str:
    column = f"{failure.column}: " if failure.column else ""
    examples = ", ".join(map(str, failure.failure_examples))
    rows = f" — {count(failure.failure_count, 'case')} (e.g. {examples})" if examples else ""
    return f"{column}{failure.check or failure.message}{rows}"


def describe_file(file: Path, formats: dict[str, str], suffix: str) -> dict[str, Any]:
    """Describe a file as a catalog entry."""
    if suffix not in formats:
        raise InputError(f"{file} has an unknown format: name a file that ends in {', '.join(formats)}.")
    return {"type": formats[suffix], "filepath": str(file.absolute())}


def find_arguments(catalog: DataCatalog, name: str, arguments: str, kind: str) -> dict[str, Any] | None:
    """Find the arguments of an entry; None if it has another format."""
    entry = catalog.to_config()[0].get(name, {"type": ""})
    if not entry["type"].endswith(kind.rpartition(".")[2]):
        return None
    given = entry.get(arguments) or {}
    return {name: value for name, value in given.items() if name not in OF_TRAINING}
