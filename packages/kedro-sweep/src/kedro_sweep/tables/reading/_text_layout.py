"""Find how a text file is written: encoding, lines of comments, delimiter, marks in numbers."""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO, TextIOWrapper
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any

import pandas as pd
from fsspec.compression import compr
from fsspec.utils import infer_compression

from kedro_sweep.errors import InputError
from kedro_sweep.tables.reading import _numbers as written

# In a tie, the first wins: 1;2,5 has as many commas as semicolons.
DELIMITERS = ("\t", ";", "|", ",")
COMMENT = "#"
SAMPLE_ROWS = 200
SAMPLE_BYTES = 200_000
# Characters that are in memory at once.
HEAD = 10_000_000
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Rarer encodings give the same letters as these, or nonsense that goes unnoticed in a short text.
ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("mac_roman", "koi8_r", "cp932", "euc_jp", "euc_kr", "big5", "gb18030"),
)


def find_layout(path: Path, expected: str | None = None, *, has_header: bool = True) -> dict[str, Any]:
    """Find the delimiter, the encoding and lines of comments, if they are not as pandas expects."""
    encoding = _find_encoding(path, expected)
    with _open(path) as file, TextIOWrapper(file, encoding, newline="") as text:
        head = "".join(text.readlines(HEAD))
        if not head.strip():
            raise InputError(f"{path} is empty.")
        limit = csv.field_size_limit(max(len(head), csv.field_size_limit()))
        try:
            args, head = _find_comments(head, text)
            delimiter = max(DELIMITERS, key=lambda candidate: _rate(candidate, head))
            if has_header:
                refuse_repeated(next(_cut(head, delimiter)), path)
        finally:
            csv.field_size_limit(limit)
    args |= {"sep": delimiter} if delimiter != "," else {}
    return args | ({"encoding": encoding} if not encoding.startswith("utf-8") else {})


def has_comments(path: Path) -> bool:
    """Tell whether a file begins with a line of comments, or with a header like one."""
    with _open(path) as file:
        return bool(file.read(9).removeprefix(codecs.BOM_UTF8).startswith(COMMENT.encode()))


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    with path.open("rb") as stored, compr[infer_compression(path.name)](stored, mode="rb") as file:
        yield file


def _find_comments(head: str, others: Iterable[str]) -> tuple[dict[str, Any], str]:
    """Find lines of comments above the header, and return the rest of the text without them."""
    if not head.lstrip().startswith(COMMENT):
        return {}, head
    lines = head.splitlines(keepends=True)
    count = len([*takewhile(lambda line: line.startswith(COMMENT) or not line.strip(), lines)])
    rest = "".join(lines[count:])
    if not rest:
        return {}, head
    last = max(number for number, line in enumerate(lines[:count]) if line.strip())
    for delimiter in DELIMITERS:  # a header may begin with the same character
        header, first = next(_cut(lines[last], delimiter)), next(_cut(rest, delimiter))
        if len(header) == len(first) > 1:
            return ({"skiprows": last} if last else {}), "".join(lines[last:])
    # Pandas would also cut a cell at the character, here or in a later file.
    marked = [line for line in chain(lines[count:], others) if COMMENT in line]
    are_comments = marked and all(line.startswith(COMMENT) for line in marked)
    return ({"comment": COMMENT} if are_comments else {"skiprows": count}), rest


def _find_encoding(path: Path, expected: str | None) -> str:
    with _open(path) as file:
        if file.read(2) in UTF_16_MARKS:
            return "utf-16"
    for encoding in ("utf-8-sig", expected):
        if encoding and _can_decode(path, encoding):
            return encoding
    from charset_normalizer import from_bytes  # noqa: PLC0415

    telling = b""
    with _open(path) as file:
        for line in file:
            telling += b"" if line.isascii() else line
            if len(telling) >= SAMPLE_BYTES:
                break
    found = from_bytes(telling[:SAMPLE_BYTES], cp_isolation=list(ENCODINGS))
    best = found.best()
    rating = best and (best.chaos, best.coherence)
    alike = [match for match in found if (match.chaos, match.coherence) == rating]
    names = {name for match in alike for name in match.could_be_from_charset}
    encoding = next((name for name in ENCODINGS if name in names), "utf-8")
    if not _can_decode(path, encoding):
        raise InputError(
            f"The encoding of {path} is unknown: save it as UTF-8, or check that it is a text file."
        )
    return encoding


def _can_decode(path: Path, encoding: str) -> bool:
    try:
        with _open(path) as file, TextIOWrapper(file, encoding) as text:
            while text.read(HEAD):
                pass
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


def refuse_repeated(names: list[Any], path: Path) -> None:
    """Raise an error for two columns of one name: pandas would rename the second `a` to `a.1`."""
    if repeated := sorted({str(name) for name in names if name and names.count(name) > 1}):
        raise InputError(f"{path} has more than one column named {repeated}. Rename them.")


def choose_notation(as_text: pd.DataFrame, path: Path, load_args: dict[str, Any]) -> dict[str, Any]:
    """Choose the notation that reads most columns of numbers."""
    numbers: dict[str, list[str]] = {}
    affixed: dict[str, list[str]] = {}
    usual = set()
    for name in as_text.columns:
        values = written.Values(as_text[name])
        if values.is_column_of_numbers():
            cells = [text.strip() for text in values.numbers]
            numbers[name] = list(filter(written.has_separators, cells))
            # Where commas separate the columns, and each number has a point, it is a decimal point.
            if load_args.get("sep", ",") == "," and all("." in cell for cell in cells):
                usual.add(name)
        elif values.share(values.affixed) >= written.HALF:
            bodies = [match["body"] for match in values.affixed.values()]
            affixed[name] = list(filter(written.has_separators, bodies))
    # Separators of each column: the only thing that notations read differently.
    found = {name: written.find_separators(cells) for name, cells in numbers.items() if cells}
    if not found:
        return {}
    notations = written.list_notations(set().union(*found.values()), load_args)
    fits = {
        notation: {name for name, own in (affixed | numbers).items() if own and notation.reads(own)}
        for notation in notations
    }
    most = max(map(len, fits.values()))
    chosen, *others = (notation for notation in notations if len(fits[notation]) == most)
    for other in others:
        for name, marks in found.items():
            same = chosen.find_roles(marks) == other.find_roles(marks)
            if name in (fits[chosen] & fits[other]) - usual and not same:
                raise _refuse(path, name, numbers[name][0], [chosen, other], load_args)
    roles = [chosen.find_roles(found[name]) for name in found.keys() & fits[chosen]]
    args = {}
    if chosen.thousands == "." or any(decimal == "," for decimal, _ in roles):
        args["decimal"] = chosen.decimal
    if chosen.thousands and any(thousands for _, thousands in roles):
        args["thousands"] = chosen.thousands
        if not chosen.thousands.isascii():  # only this parser of pandas reads such a separator
            args["engine"] = "python"
    return args


def _refuse(
    path: Path, name: str, cell: str, readings: list[written.Notation], load_args: dict[str, Any]
) -> InputError:
    lines = []
    for decimal, thousands in readings:
        number = cell.replace(thousands or "\n", "").replace(decimal, ".")
        args = {"thousands": thousands} if thousands else {}
        args |= {"decimal": decimal} if not thousands or decimal != "." else {}
        lines.append(f"  {number} with load_args: {json.dumps(load_args | args)}")
    return InputError(
        f"{path} can be read in two ways. '{cell}' in the column '{name}' is\n"
        + "\n".join(lines)
        + "\nRepeat the command with the one that you mean, for example "
        f"{written.show_option(load_args | args)}."
    )
