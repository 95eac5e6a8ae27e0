"""Read a table from a file, and find the arguments with which the catalog can read it again."""

import sys
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from fsspec.utils import infer_compression
from pandas.errors import DtypeWarning

from kedro_sweep.errors import InputError, find_install_command
from kedro_sweep.tables.kinds import has_leading_zeros
from kedro_sweep.tables.reading._numbers import get_notation, is_number, show_option
from kedro_sweep.tables.reading._text_layout import (
    COMMENT,
    DELIMITERS,
    choose_notation,
    find_layout,
    has_comments,
    refuse_repeated,
)

Args = dict[str, Any]
Names = Collection[str]

OTHER_NOTATION = {"decimal": ",", "thousands": "."}  # an example
# How much is in memory at once. Linear algebra may treat the last few rows of a table in another way,
# so a piece has a power of two, which leaves the last digits of predictions as they are in one go.
MAX_ROWS, MIN_ROWS, CELLS = 2**17, 2**10, 2**22
# How to split a text file into values, unless `find_format` finds something else.
LAYOUT = {"delimiter", "header", "names", "skiprows", "comment", "quotechar", "compression"}
# What a new file may have in another way.
FOUND = {"sep", "encoding"}
# What `find_format` needs to read all values as text.
AS_TEXT = {
    *LAYOUT,
    *("sep", "encoding", "encoding_errors", "engine", "na_values", "keep_default_na"),
    *("quoting", "doublequote", "escapechar", "skipinitialspace", "lineterminator", "on_bad_lines"),
}
# With one of these, the first line may not be the header.
HEADER = {"header", "names", "skiprows"}


class TableFile(NamedTuple):
    """A table, and how the catalog reads it: the type of its dataset, and arguments of pandas."""

    table: pd.DataFrame
    dataset: str
    load_args: Args
    # Names of the sheets of an Excel file that were not read.
    other_sheets: tuple[str, ...] = ()


def read_table(path: Path, load_args: Args | None = None, chosen: Args | None = None) -> TableFile:
    """Read a file by its suffix: CSV, TSV, TXT, Parquet or Excel (its first sheet).

    A text file may be compressed, and may have any encoding, one of the delimiters `,` `;` tab `|`,
    lines of comments above the header, decimal commas, and a thousands separator. Codes with leading
    zeros, such as 01234, stay text. With `load_args`, the catalog already knows how to read the file.
    """
    reader = READERS.get(find_suffix(path))
    if reader is None:
        raise InputError(f"{path} has an unknown suffix: save it as one of {', '.join(READERS)}.")
    if not path.is_file():
        raise InputError(f"{path} is not a file: check the path.")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty.")
    args = join_arguments(load_args or {}, chosen or {})
    with _name_file(path, dict(args)):
        is_known = reader is _read_text and load_args and not chosen
        read = (_read_as_told if is_known else reader)(path, args)
    _check_columns(read.table, path)
    return read


def join_arguments(first: Args, later: Args) -> Args:
    """Merge arguments of pandas: later values replace earlier ones, mappings by column are merged.

    A later decimal mark replaces an earlier separator of thousands that is the same, and the reverse.
    """
    joined: Args = {}
    for given, value in (*first.items(), *later.items()):
        name = "sep" if given == "delimiter" else given
        known = joined.get(name)
        joined[name] = known | value if isinstance(known, dict) and isinstance(value, dict) else value
    if joined.get("thousands") and joined["thousands"] == joined.get("decimal"):
        if {"decimal", "thousands"} <= later.keys():
            raise InputError(
                f"--load-args: decimal and thousands are both {joined['decimal']!r}: they must differ."
            )
        del joined["thousands" if "decimal" in later else "decimal"]
    return joined


def find_suffix(path: Path) -> str:
    """Find the suffix that tells the format: `.csv` for a compressed `table.csv.gz`."""
    plain = path.with_suffix("") if infer_compression(path.name) else path
    return plain.suffix.lower()


def find_format(
    path: Path,
    expected: Args | None,
    texts: Names = (),
    numbers: Names | None = None,
    chosen: Names = (),
) -> Args:
    """Find how to read a text file whose numbers are written like those of a similar one.

    Without a similar one, the first rows say how numbers are written. Arguments that are `chosen` for
    this file stay.
    """
    args = dict(expected or {})
    usual = args.get("sep", ",") in DELIMITERS
    with _name_file(path):
        # Each file has its own lines of comments.
        found = FOUND | ({"skiprows", "comment"} if has_comments(path) else set())
        found |= {"comment"} if args.get("comment") == COMMENT else set()
        if usual and not (LAYOUT - found) & args.keys():
            others = {name: value for name, value in args.items() if name not in found or name in chosen}
            args = find_layout(path, args.get("encoding")) | others
        # With another delimiter, the default parser warns that it falls back to this one.
        for piece in _read_as_text(path, args if usual else args | {"engine": "python"}):
            names = [
                name for name in piece if name not in texts and (numbers is None or name in numbers)
            ]
            if expected is None:
                args |= choose_notation(piece[names], path, args)
                expected = args
                continue
            for name in names:
                _check_notation(piece[name].dropna(), path, args)
    return args


def choose_rows(n_columns: int) -> int:
    """Choose how many rows are in memory at once."""
    return int(min(MAX_ROWS, max(MIN_ROWS, 1 << (CELLS // max(n_columns, 1)).bit_length() - 1)))


def _read_as_text(path: Path, args: Args, *, whole: bool = False) -> Iterator[pd.DataFrame]:
    reading = {name: value for name, value in args.items() if name in AS_TEXT}
    if reading.get("engine") == "pyarrow":  # which reads no parts of a file
        del reading["engine"]
    if args.get("index_col") is False:  # rows end in a delimiter
        reading["index_col"] = False
    header: pd.DataFrame = pd.read_csv(path, nrows=0, **reading)
    rows = sys.maxsize if whole else choose_rows(header.shape[1])
    with pd.read_csv(path, dtype="str", chunksize=rows, **reading) as pieces:
        for piece in pieces:
            # Pandas turns values beyond the names of the header into labels of the rows.
            if "index_col" not in args and not isinstance(piece.index, pd.RangeIndex):
                raise InputError(
                    f"The rows of {path} have more values than its header has names: add the missing "
                    "name, or remove the separator at the end of each row."
                )
            yield piece


def _check_notation(column: pd.Series, path: Path, args: Args) -> None:
    """Raise an error for a number in another notation, which pandas could read as another number."""
    notation = get_notation(args)
    if notation.reads(column.str.strip().tolist()):
        return
    for row, text in column.items():
        cell = text.strip()
        if not notation.reads([cell]) and (is_number(cell) or notation.is_read_by_pandas(cell)):
            between = repr(notation.thousands) if notation.thousands else "nothing"
            raise InputError(
                f"{path} writes numbers differently from the training file, or from its own first rows: "
                f"row {row} of the column '{column.name}' holds '{cell}', but {notation.decimal!r} is "
                f"the decimal mark, and {between} stands between thousands. Write all numbers in that "
                "way, or say how to read them, for example "
                f"{show_option(OTHER_NOTATION)}."
            )


@contextmanager
def _name_file(path: Path, load_args: Args | None = None) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # each format raises its own errors, including those of zip files
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        check = f"that it is a complete {path.suffix} file"
        if load_args:
            check += f", and that raw.load_args in conf/base/catalog.yml suit it: {load_args}"
        raise InputError(f"{path} cannot be read: {reason}. Check {check}.") from error


def _check_columns(table: pd.DataFrame, path: Path) -> None:
    if table.empty:
        raise InputError(f"{path} has a header but no rows: check that it is the right file.")
    if unnamed := [name for name in table.columns if not isinstance(name, str)]:
        raise InputError(f"{path} has columns whose names are not text: {unnamed}. Rename them.")
    for name in table.columns:
        values = table[name].dropna()
        if values.dtype == object and len(values) and not values.map(pd.api.types.is_hashable).all():
            raise InputError(
                f"The column '{name}' of {path} holds lists or similar, such as {values.iloc[0]}: "
                "put each of their values in its own column, or remove the column."
            )


def _read_parquet(path: Path, args: Args) -> TableFile:
    table = pd.read_parquet(path, **args)
    refuse_repeated(list(table.columns), path)
    if index := [name for name in table.index.names if name is not None]:
        raise InputError(
            f"{path} stores {index} as its index, which no model sees: save it after "
            "`reset_index()` to make it a column, or after `rename_axis(None)` if it only labels rows."
        )
    return TableFile(table, "pandas.ParquetDataset", args)


def _read_excel(path: Path, args: Args) -> TableFile:
    sheet = args.get("sheet_name", 0)
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            names = [str(name) for name in book.sheet_names]
            if sheet not in (*names, *range(len(names))):
                raise InputError(f"{path} has no sheet '{sheet}'. It has: {', '.join(names)}.")
            header: Any = pd.read_excel(book, sheet_name=sheet, header=None, nrows=1)
    except ImportError as error:
        command = find_install_command("excel")
        raise InputError(f"Reading {path} needs openpyxl: run `{command}`.") from error
    if len(header) and not HEADER & args.keys():
        refuse_repeated(header.dropna(axis="columns").iloc[0].tolist(), path)
    reading: Args = {"engine": "openpyxl"} | args
    table: Any = pd.read_excel(path, **reading)
    others = [name for name in names if name != (names[sheet] if isinstance(sheet, int) else sheet)]
    return TableFile(table, "pandas.ExcelDataset", args, tuple(others))


def _read_text(path: Path, chosen: Args) -> TableFile:
    args = chosen
    if "sep" not in chosen:
        has_header = not HEADER & chosen.keys()
        args = find_layout(path, chosen.get("encoding"), has_header=has_header) | chosen
    [as_text] = _read_as_text(path, args, whole=True)
    args |= choose_notation(as_text, path, args)
    texts = [name for name in as_text if has_leading_zeros(as_text[name])]
    texts += [name for name in as_text if name not in texts and _is_swallowed(as_text[name], args)]
    if texts and isinstance(dtype := args.get("dtype", {}), dict):
        args["dtype"] = dict.fromkeys(texts, "str") | dtype
    return _read_as_told(path, args)


def _is_swallowed(column: pd.Series, args: Args) -> bool:
    """Check whether pandas takes texts for numbers: 31.12.2024 for 31122024, if points are thousands."""
    notation = get_notation(args)
    if notation.thousands is None:
        return False
    texts = [text.strip() for text in column.dropna().unique()]
    return not notation.reads(texts) and all(map(notation.is_read_by_pandas, texts))


def _read_as_told(path: Path, args: Args) -> TableFile:
    with warnings.catch_warnings(action="error", category=DtypeWarning):
        try:
            table: Any = pd.read_csv(path, **args)
        except DtypeWarning:  # pandas reads in chunks, so a column could hold both numbers and text
            args["low_memory"] = False
            table = pd.read_csv(path, **args)
    return TableFile(table, "pandas.CSVDataset", args)


READERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), _read_text),
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}
