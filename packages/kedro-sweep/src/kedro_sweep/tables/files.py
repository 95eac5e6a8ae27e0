"""Read a table from a file, and find the arguments with which the catalog can read it again."""

import csv
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pandas.errors import DtypeWarning

from kedro_sweep.errors import InputError
from kedro_sweep.installation import find_install_command

# In a tie, the first wins: 1;2,5 has as many commas as semicolons.
DELIMITERS = ("\t", ";", "|", ",")
SAMPLE_ROWS = 200
SAMPLE_BYTES = 200_000
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Rarer encodings give the same letters as these, or nonsense that goes unnoticed in a short text.
ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("mac_roman", "koi8_r", "cp932", "euc_jp", "euc_kr", "big5", "gb18030"),
)
COMMA_NUMBER = r"\s*[+-]?\d*(?:,\d+)?(?:[eE][+-]?\d+)?\s*"
POINT_NUMBER = COMMA_NUMBER.replace(",", r"\.")
# 1,234 may mean 1234.
THOUSANDS = r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*"
LEADING_ZERO = r"0\d+"
# How to split a text file into values, unless `find_format` finds something else.
LAYOUT = {"delimiter", "header", "names", "skiprows", "comment", "quotechar", "thousands", "compression"}


class TableFile(NamedTuple):
    """A table, and how the catalog reads it.

    Attributes:
        table: The table, one row per observation.
        dataset: Type of the dataset, such as `pandas.CSVDataset`.
        load_args: The arguments it needs in addition to the defaults.
    """

    table: pd.DataFrame
    dataset: str
    load_args: dict[str, Any]


def read_table(path: Path, load_args: dict[str, Any] | None = None) -> TableFile:
    """Read a file by its suffix: CSV, TSV, TXT, Parquet or Excel (its first sheet).

    A text file may have any encoding, one of the delimiters `,` `;` tab `|`, and a decimal comma. Codes
    with leading zeros, such as 01234, stay text.

    Args:
        path: The file.
        load_args: The arguments that the catalog has for this file. If there are none, they are found.

    Returns:
        The table, the dataset that reads it, and its arguments.

    Raises:
        InputError: If the file is missing, cannot be read, has no rows, has columns without a usable
            name or value, or keeps a column as a named index.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} has an unknown suffix: save it as one of {', '.join(READERS)}.")
    if not path.is_file():
        raise InputError(f"{path} is not a file: check the path.")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty.")
    with _name_file(path, load_args):
        read = reader(path, dict(load_args or {}))
    _check_columns(read.table, path)
    return read


def find_format(path: Path, expected: dict[str, Any], texts: Collection[str] = ()) -> dict[str, Any]:
    """Find how to read a text file that may be written differently from a similar one.

    Args:
        path: The file.
        expected: The arguments of `pandas.read_csv` for the similar file. They apply to everything that
            this file does not show.
        texts: Names of columns that hold text, in which a comma is not a decimal mark.

    Returns:
        The arguments, with the delimiter, the encoding and the decimal mark of this file.

    Raises:
        InputError: If the file is empty or cannot be read, or its encoding is unknown.
    """
    if LAYOUT & expected.keys() or expected.get("sep", ",") not in DELIMITERS:
        return expected
    with _name_file(path):
        cut = _find_cut(path.read_bytes(), path, expected.get("encoding"))
        as_text = pd.read_csv(path, dtype="str", **cut)
    if "index_col" not in expected:
        _refuse_wide(as_text, path)
    decimal = _find_decimal(as_text.drop(columns=list(texts), errors="ignore"))
    others = {name: value for name, value in expected.items() if name not in {"sep", "encoding"}}
    return others | cut | ({"decimal": decimal} if decimal else {})


@contextmanager
def _name_file(path: Path, load_args: dict[str, Any] | None = None) -> Iterator[None]:
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


def _refuse_repeated(names: list[Any], path: Path) -> None:
    # Pandas would rename the second `a` to `a.1`.
    if repeated := sorted(
        {str(name) for name in names if name not in {"", None} and names.count(name) > 1}
    ):
        raise InputError(f"{path} has more than one column named {repeated}. Rename them.")


def _read_parquet(path: Path, load_args: dict[str, Any]) -> TableFile:
    table = pd.read_parquet(path, **load_args)
    _refuse_repeated(list(table.columns), path)
    if index := [name for name in table.index.names if name is not None]:
        raise InputError(
            f"{path} stores {index} as its index, which no model sees: save it after "
            "`reset_index()` to make it a column, or after `rename_axis(None)` if it only labels rows."
        )
    return TableFile(table, "pandas.ParquetDataset", load_args)


def _read_excel(path: Path, load_args: dict[str, Any]) -> TableFile:
    sheet = {"sheet_name": load_args.get("sheet_name", 0)}
    try:
        header = pd.read_excel(path, engine="openpyxl", header=None, nrows=1, **sheet)
    except ImportError as error:
        raise InputError(
            f"Reading {path} needs openpyxl: run `{find_install_command('excel')}`."
        ) from error
    _refuse_repeated(header.dropna(axis="columns").iloc[0].tolist() if len(header) else [], path)
    table: Any = pd.read_excel(path, **{"engine": "openpyxl"} | load_args)
    return TableFile(table, "pandas.ExcelDataset", load_args)


def _refuse_wide(as_text: pd.DataFrame, path: Path) -> None:
    """Raise an error for rows with more values than names: pandas would turn some into labels."""
    if not isinstance(as_text.index, pd.RangeIndex):
        raise InputError(
            f"The rows of {path} have more values than its header has names: add the missing name, or "
            "remove the separator at the end of each row."
        )


def _read_text(path: Path, load_args: dict[str, Any]) -> TableFile:
    if load_args:
        return TableFile(_read_csv(path, load_args), "pandas.CSVDataset", load_args)
    load_args = _find_cut(path.read_bytes(), path)
    as_text = pd.read_csv(path, dtype="str", **load_args)
    _refuse_wide(as_text, path)
    if _find_decimal(as_text) == ",":
        load_args["decimal"] = ","
    if codes := [name for name in as_text.columns if _has_leading_zeros(as_text[name])]:
        load_args["dtype"] = dict.fromkeys(codes, "str")
    return TableFile(_read_csv(path, load_args), "pandas.CSVDataset", load_args)


def _read_csv(path: Path, load_args: dict[str, Any]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DtypeWarning)
        try:
            table: pd.DataFrame = pd.read_csv(path, **load_args)
        except DtypeWarning:  # pandas reads in chunks, so a column could hold both numbers and text
            load_args["low_memory"] = False
            table = pd.read_csv(path, **load_args)
    return table


def _find_cut(content: bytes, path: Path, expected: str | None = None) -> dict[str, Any]:
    """Find the delimiter and the encoding, if they are not the ones that pandas expects."""
    encoding = _find_encoding(content, path, expected)
    text = content.decode(encoding)
    if not text.strip():
        raise InputError(f"{path} is empty.")
    delimiter = max(DELIMITERS, key=lambda candidate: _rate(candidate, text))
    _refuse_repeated(next(_cut(text, delimiter)), path)
    return ({"sep": delimiter} if delimiter != "," else {}) | (
        {"encoding": encoding} if not encoding.startswith("utf-8") else {}
    )


def _find_encoding(content: bytes, path: Path, expected: str | None) -> str:
    if content.startswith(UTF_16_MARKS):
        return "utf-16"
    for encoding in ("utf-8-sig", expected):
        if encoding and _can_decode(content, encoding):
            return encoding
    from charset_normalizer import from_bytes  # noqa: PLC0415

    telling = b"\n".join(line for line in content.splitlines() if not line.isascii())
    found = from_bytes(telling[:SAMPLE_BYTES], cp_isolation=list(ENCODINGS))
    best = found.best()
    names = {
        name
        for match in found
        if best and (match.chaos, match.coherence) == (best.chaos, best.coherence)
        for name in match.could_be_from_charset
    }
    encoding = next((name for name in ENCODINGS if name in names), "utf-8")
    if not _can_decode(content, encoding):
        raise InputError(
            f"The encoding of {path} is unknown: save it as UTF-8, or check that it is a text file."
        )
    return encoding


def _can_decode(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _cut(text: str, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter) if row)


def _rate(delimiter: str, text: str) -> tuple[float, int]:
    """Rate how well a delimiter splits all rows into as many values as the header."""
    header, *rows = islice(_cut(text, delimiter), SAMPLE_ROWS)
    if len(header) == 1:
        return 0, delimiter == ","
    return sum(len(row) == len(header) for row in rows) / max(len(rows), 1), len(header)


def _find_decimal(as_text: pd.DataFrame) -> str | None:
    """Find the decimal mark, if any number has one; a comma may separate thousands instead."""
    columns = [as_text[name].dropna() for name in as_text.columns]
    if any(_is_decimal(column, POINT_NUMBER, r"\.") for column in columns):
        return "."
    has_comma = any(
        _is_decimal(column, COMMA_NUMBER, ",") and not column.str.fullmatch(THOUSANDS).all()
        for column in columns
    )
    return "," if has_comma else None


def _is_decimal(column: pd.Series, number: str, mark: str) -> bool:
    return bool(column.str.contains(mark).any() and column.str.fullmatch(number).all())


def _has_leading_zeros(column: pd.Series) -> bool:
    """Check whether reading a column as integers would drop leading zeros."""
    values = column.dropna()
    return bool(values.str.fullmatch(r"\d+").all() and values.str.fullmatch(LEADING_ZERO).any())


READERS = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}
