"""Read a table from a file, with arguments that a dataset of the catalog reads it with again."""

import csv
import warnings
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pandas.errors import DtypeWarning

from kedro_sweep.errors import InputError
from kedro_sweep.installation import find_install_command

# On a tie the first wins: 1;2,5 has as many commas as semicolons.
DELIMITERS = ("\t", ";", "|", ",")
SAMPLE_ROWS = 200
SAMPLE_BYTES = 200_000
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Rarer ones give the same letters as these, or nonsense that a short text does not show to be any.
ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("mac_roman", "koi8_r", "cp932", "euc_jp", "euc_kr", "big5", "gb18030"),
)
COMMA_NUMBER = r"\s*[+-]?\d*(?:,\d+)?(?:[eE][+-]?\d+)?\s*"
POINT_NUMBER = COMMA_NUMBER.replace(",", r"\.")
# 1,234 may be 1234.
THOUSANDS = r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*"
CODE = r"0\d+"


class TableFile(NamedTuple):
    """A table, and how the catalog reads it.

    Attributes:
        table: The table, one row an observation.
        dataset: Type of the dataset, such as `pandas.CSVDataset`.
        load_args: The arguments that it needs beyond its defaults.
    """

    table: pd.DataFrame
    dataset: str
    load_args: dict[str, Any]


def read_table(path: Path) -> TableFile:
    """Read a file by its suffix: CSV, TSV, TXT, Parquet or Excel (its first sheet).

    A text file may have any encoding, one of the delimiters `,` `;` tab `|`, and a decimal comma. Codes
    with leading zeros, such as 01234, stay text.

    Args:
        path: The file.

    Returns:
        The table, the dataset that reads it, and its arguments.

    Raises:
        InputError: If the file is missing, cannot be read, has no rows, or has columns without a usable
            name or value.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} has an unknown suffix: save it as one of {', '.join(READERS)}.")
    if not path.is_file():
        raise InputError(f"{path} is not a file: check the path.")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty.")
    try:
        read = reader(path)
    except InputError:
        raise
    except Exception as error:  # each format has its own errors, down to those of zip files
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise InputError(
            f"{path} cannot be read: {reason}. Check that it is a whole {path.suffix} file."
        ) from error
    _check_columns(read.table, path)
    return read


def _check_columns(table: pd.DataFrame, path: Path) -> None:
    if table.empty:
        raise InputError(f"{path} has a header and no rows: check that it is the right file.")
    if unnamed := [name for name in table.columns if not isinstance(name, str)]:
        raise InputError(f"{path} has columns whose names are not text: {unnamed}. Rename them.")
    for name in table.columns:
        values = table[name].dropna()
        if values.dtype == object and len(values) and not values.map(pd.api.types.is_hashable).all():
            raise InputError(
                f"The column '{name}' of {path} holds lists or the like, such as {values.iloc[0]}: "
                "give each of their values a column of its own, or remove the column."
            )


def _refuse_repeated(names: list[Any], path: Path) -> None:
    # Pandas would rename the second `a` to `a.1`.
    if repeated := sorted(
        {str(name) for name in names if name not in {"", None} and names.count(name) > 1}
    ):
        raise InputError(f"{path} names columns more than once: {repeated}. Give each its own name.")


def _read_parquet(path: Path) -> TableFile:
    table = pd.read_parquet(path)
    _refuse_repeated(list(table.columns), path)
    return TableFile(table, "pandas.ParquetDataset", {})


def _read_excel(path: Path) -> TableFile:
    try:
        header = pd.read_excel(path, engine="openpyxl", header=None, nrows=1)
    except ImportError as error:
        raise InputError(
            f"Reading {path} needs openpyxl: run `pip install 'kedro-sweep[excel]'`, or here "
            f"`{find_install_command('excel')}`."
        ) from error
    _refuse_repeated(header.dropna(axis="columns").iloc[0].tolist() if len(header) else [], path)
    return TableFile(pd.read_excel(path, engine="openpyxl"), "pandas.ExcelDataset", {})


def _read_text(path: Path) -> TableFile:
    content = path.read_bytes()
    encoding = _find_encoding(content, path)
    text = content.decode(encoding)
    if not text.strip():
        raise InputError(f"{path} is empty.")
    delimiter = max(DELIMITERS, key=lambda candidate: _rate(candidate, text))
    _refuse_repeated(next(_cut(text, delimiter)), path)
    load_args: dict[str, Any] = {}
    if delimiter != ",":
        load_args["sep"] = delimiter
    if not encoding.startswith("utf-8"):
        load_args["encoding"] = encoding
    as_text = pd.read_csv(path, dtype="str", **load_args)
    if not isinstance(as_text.index, pd.RangeIndex):
        raise InputError(
            f"The rows of {path} have more values than its header has names: add the missing name, or "
            "remove the separator at the end of each row."
        )
    if _has_decimal_comma(as_text):
        load_args["decimal"] = ","
    if codes := [name for name in as_text.columns if _holds_codes(as_text[name])]:
        load_args["dtype"] = dict.fromkeys(codes, "str")
    return TableFile(_read_csv(path, load_args), "pandas.CSVDataset", load_args)


def _read_csv(path: Path, load_args: dict[str, Any]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DtypeWarning)
        try:
            table: pd.DataFrame = pd.read_csv(path, **load_args)
        except DtypeWarning:  # pandas reads by chunks, and a column would hold numbers and text
            load_args["low_memory"] = False
            table = pd.read_csv(path, **load_args)
    return table


def _find_encoding(content: bytes, path: Path) -> str:
    if content.startswith(UTF_16_MARKS):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8-sig"
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
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"The encoding of {path} is unknown: save it as UTF-8, or check that it is a text file."
        ) from error
    return encoding


def _cut(text: str, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter) if row)


def _rate(delimiter: str, text: str) -> tuple[float, int]:
    """Rate how well a delimiter cuts all rows into as many values as the header."""
    header, *rows = islice(_cut(text, delimiter), SAMPLE_ROWS)
    if len(header) == 1:
        return 0, delimiter == ","
    return sum(len(row) == len(header) for row in rows) / max(len(rows), 1), len(header)


def _has_decimal_comma(as_text: pd.DataFrame) -> bool:
    """Tell whether a column is written with a decimal comma for certain, and none with a point."""
    columns = [as_text[name].dropna() for name in as_text.columns]
    if any(_is_decimal(column, POINT_NUMBER, r"\.") for column in columns):
        return False
    return any(
        _is_decimal(column, COMMA_NUMBER, ",") and not column.str.fullmatch(THOUSANDS).all()
        for column in columns
    )


def _is_decimal(column: pd.Series, number: str, mark: str) -> bool:
    return bool(column.str.contains(mark).any() and column.str.fullmatch(number).all())


def _holds_codes(column: pd.Series) -> bool:
    """Tell whether numbers would lose leading zeros."""
    values = column.dropna()
    return bool(values.str.fullmatch(r"\d+").all() and values.str.fullmatch(CODE).any())


READERS = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}
