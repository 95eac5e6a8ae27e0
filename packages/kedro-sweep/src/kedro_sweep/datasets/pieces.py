"""Read a file in pieces, so that it may be larger than memory, with the labels and types of all rows."""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
from kedro.io import DataCatalog, DatasetError
from pandas.api import types

from kedro_sweep.errors import InputError
from kedro_sweep.tables import choose_rows

NEW_ROWS = "new_samples"
CSV, PARQUET, EXCEL = "pandas.CSVDataset", "pandas.ParquetDataset", "pandas.ExcelDataset"
# Arguments with which pandas reads a piece in another way than as a part of all rows, or not at all.
IN_ONE_GO = {"parse_dates", "skipfooter", "iterator", "chunksize", "filters", "dtype_backend"}


def read_pieces(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    """Read what a catalog entry describes in pieces, if its format and arguments allow it."""
    args, reader = entry["load_args"], {CSV: _read_text, PARQUET: _read_parquet}.get(entry["type"])
    if reader is None or IN_ONE_GO & args.keys() or args.get("engine") in {"pyarrow", "fastparquet"}:
        yield _load(entry)
    else:
        yield from reader(entry)


def _load(entry: dict[str, Any], **load_args: Any) -> Any:
    """Load what an entry describes, or part of it, without checking it."""
    described = {key: entry[key] for key in ("type", "filepath")}
    described["load_args"] = entry["load_args"] | load_args
    try:
        return DataCatalog.from_config({NEW_ROWS: described}).load(NEW_ROWS)
    except DatasetError as error:
        cause: BaseException | None = error
        while isinstance(cause, DatasetError):
            cause = cause.__cause__
        if type(cause) not in (ValueError, TypeError):  # pandas raises these for its arguments
            raise
        raise _refuse(entry, cause) from error


def _refuse(entry: dict[str, Any], cause: object) -> InputError:
    return InputError(
        f"{entry['filepath']} cannot be read with load_args {entry['load_args']}: "
        f"{cause}. Correct the file, or say how to read it with --load-args."
    )


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
    args = entry["load_args"]
    sep = args.get("sep", ",")
    how: dict[str, Any] = {}
    if "engine" not in args:
        # Only the fast parser reads a column bit by bit, which may give it two types. It takes one
        # byte as the separator, or any white space.
        is_fast = sep is not None and (len(sep.encode()) == 1 or sep == r"\s+")
        how = {"low_memory": False} if is_fast else {"engine": "python"}
    with _load(entry, chunksize=size, **how) as pieces:
        try:
            yield from pieces
        except (ValueError, TypeError) as error:  # such as a gap in a column of integers
            raise _refuse(entry, error) from error


def _find_type(column: pd.Series) -> str:
    return "empty" if column.isna().all() else types.infer_dtype(column, skipna=True)


def _read_parquet(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415

    with ParquetFile(entry["filepath"]) as file:
        size = choose_rows(file.metadata.num_columns)
        if file.metadata.num_rows <= size:
            yield _load(entry)
            return
        labels, start = file.read(columns=[]).to_pandas().index, 0  # unless a column holds them
        columns = entry["load_args"].get("columns")
        batches = file.iter_batches(size, columns=columns, use_pandas_metadata=True)
        for table in _gather(batches, size):
            piece = table.to_pandas()
            stop = start + len(piece)
            if isinstance(piece.index, pd.RangeIndex):
                piece.index = labels[start:stop]
            start = stop
            yield piece


def _gather(batches: Iterable[Any], size: int) -> Iterator[Any]:
    """Join the batches of a Parquet file to tables of one size."""
    import pyarrow as pa  # noqa: PLC0415

    waiting = pa.table({})
    for batch in batches:
        table = pa.Table.from_batches([batch])
        waiting = pa.concat_tables([waiting, table]) if len(waiting) else table
        while len(waiting) >= size:
            yield waiting[:size]
            waiting = waiting[size:]
    if len(waiting):
        yield waiting


def add_types(args: dict[str, Any], dtypes: dict[str, str]) -> dict[str, Any]:
    """Add types of columns to the arguments of pandas, unless they name one type for all columns."""
    dtype = args.get("dtype") or {}
    return args | {"dtype": dtype | dtypes} if isinstance(dtype, dict) else args
