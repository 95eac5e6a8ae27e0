"""How numbers are written: marks and separators, units and currencies, and texts among them."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

SPACES = " \u00a0\u2007\u2009\u202f"
SEPARATORS = frozenset(f",.'\u2019{SPACES}")
# A longer cell is no number with a unit. The limit also bounds the time that the pattern takes.
MAX_LENGTH = 60
SYMBOLS = "$€£¥₩₪₫₱₴₹₺₽฿"
WITH_AFFIX = re.compile(
    rf"(?P<bracket>\()?\s*(?P<sign>[+\u2212-])?\s*(?P<prefix>[A-Z]{{0,3}}[{SYMBOLS}]|[A-Z]{{3}}\s)?\s*"
    rf"[+\u2212-]?\s*(?P<body>[.,]?[0-9](?:[0-9,.'\u2019{SPACES}]*[0-9])?)\s*"
    rf"(?P<unit>(?:[^\W\d_]|[%‰°{SYMBOLS}])[^\d\s()]{{0,9}}[23]?)?\s*-?\s*(?(bracket)\))"
)
BRACKETS = "brackets"
LEADING_ZERO = re.compile(r"\s*0[0-9]+\s*")
# What stands for a missing value, even if most of a column is missing.
MARKS = {
    *("", "?", "??", ".", "..", "-", "--", "—", "*", "x", "na", "n.a.", "n/a", "nil", "none", "missing"),
    *("unknown", "unk", "not available", "not known"),
}
# More different texts in a column of numbers are hardly all marks of missing values.
MAX_MARKS = 5
MANY = 10_000
SAME_DIGIT = str.maketrans("23456789", "11111111")
MAX_UNITS = 3
MOSTLY = 0.9
HALF = 0.5


class Notation(NamedTuple):
    """How numbers are written: the decimal mark, and what separates groups of three digits, if any."""

    decimal: str = "."
    thousands: str | None = None

    def reads(self, texts: Collection[str]) -> bool:
        lines = "".join(f"{text}\n" for text in texts)
        return lines.count("\n") == len(texts) and bool(_compile(self).fullmatch(lines))

    def is_read_by_pandas(self, text: str) -> bool:
        """Check whether pandas reads a number, even if its thousands are separated in wrong places."""
        return self.reads([text.strip().replace(self.thousands or "\n", "")])

    def find_roles(self, separators: set[str]) -> tuple[str | None, str | None]:
        thousands = self.thousands if self.thousands in separators else None
        return self.decimal if self.decimal in separators else None, thousands


def get_notation(load_args: dict[str, Any]) -> Notation:
    return Notation(load_args.get("decimal", "."), load_args.get("thousands"))


@cache
def _compile(notation: Notation) -> re.Pattern[str]:
    """Compile the pattern of lines. Possessive quantifiers keep it from trying any digit twice."""
    mark, thousands = re.escape(notation.decimal), re.escape(notation.thousands or "")
    grouped = rf"[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})++(?![0-9])|" if thousands else ""
    number = rf"(?:(?:{grouped}[0-9]++)(?:{mark}[0-9]*+)?|{mark}[0-9]++)(?:[eE][+-]?[0-9]++)?"
    return re.compile(rf"(?:[+-]?{number}\n)*+")


def find_separators(texts: Iterable[str]) -> set[str]:
    return set().union(*texts) & SEPARATORS


def has_separators(text: str) -> bool:
    return not SEPARATORS.isdisjoint(text)


def list_notations(separators: set[str], load_args: dict[str, Any] | None = None) -> list[Notation]:
    """List the notations that differ in the use of these separators, the most usual first."""
    known = load_args or {}
    decimals = [known["decimal"]] if "decimal" in known else [".", ","]
    groups = [known["thousands"]] if "thousands" in known else [None, *sorted(separators)]
    return [Notation(mark, group) for group in groups for mark in decimals if mark != group]


def show_option(load_args: dict[str, Any]) -> str:
    return f"--load-args {shlex.quote(json.dumps(load_args, ensure_ascii=False))}"


def is_number(text: str) -> bool:
    """Check whether a text is a number in any notation."""
    return any(notation.reads([text]) for notation in list_notations(find_separators([text])))


@dataclass(frozen=True)
class TextNumbers:
    """What keeps the numbers of a text column from being read as numbers."""

    example: str
    # What stands before or behind the numbers, such as `$` or `kg`, and `brackets`.
    affixes: tuple[str, ...] = ()
    # Texts that may stand for missing values; empty if there are other texts, too.
    marks: tuple[str, ...] = ()
    # Whether all values are numbers, but not in the notation of the file.
    notation: bool = False

    def describe(self) -> str:
        if self.affixes:
            return f"numbers are written with {self._list_affixes()}, such as '{self.example}'."
        if self.notation:
            return f"numbers such as '{self.example}' are not written like those of other columns."
        return f"most values are numbers, but '{self.example}' is not."

    def suggest(self, name: str) -> str:
        if self.affixes:
            negative = ", and (5) as -5" if BRACKETS in self.affixes else ""
            return f"Write the bare numbers in the file, without {self._list_affixes()}{negative}."
        if self.notation:
            return "Write all numbers of the file with the same marks, or name the marks in load_args."
        if self.marks:
            option = show_option({"na_values": {name: self.marks}})
            return f"If it stands for a missing value, add {option}."
        return "Correct such values in the file."

    def _list_affixes(self) -> str:
        return " and ".join(BRACKETS if affix == BRACKETS else f"'{affix}'" for affix in self.affixes)


def find_text_numbers(column: pd.Series, notation: Notation) -> TextNumbers | None:
    """Find out why a column of numbers is text."""
    values = Values(column)
    if affixes := values.find_affixes():
        return TextNumbers(next(iter(values.affixed)), affixes)
    if not values.is_column_of_numbers():
        return None
    if odd := [*values.affixed, *values.others]:
        are_marks = values.has_only_marks() and not values.affixed
        return TextNumbers(odd[0], marks=tuple(odd) if are_marks else ())
    wrong = [text for text in values.numbers if not notation.reads([text.strip()])]
    return TextNumbers(wrong[0], notation=True) if wrong else None


class Values:
    """The different values of a column: numbers, numbers with something around them, and other texts.

    Of very many, one stands for all that differ only in digits other than 0.
    """

    def __init__(self, column: pd.Series) -> None:
        self._rows = Counter(column.dropna().astype("str").tolist())
        if len(self._rows) > MANY:
            first: dict[str, str] = {}  # the first text of each form
            forms: Counter[str] = Counter()
            for text, n in self._rows.items():
                forms[first.setdefault(text.translate(SAME_DIGIT), text)] += n
            self._rows = forms
        self.numbers: list[str] = []
        self.affixed: dict[str, re.Match[str]] = {}
        self.others: list[str] = []
        cells = {text: text.strip() for text in self._rows}
        if Notation().reads(cells.values()):
            self.numbers = [*cells]
            return
        for text, cell in cells.items():
            match = WITH_AFFIX.fullmatch(cell) if len(cell) <= MAX_LENGTH else None
            if is_number(cell):
                self.numbers.append(text)
            elif match and is_number(match["body"]):
                self.affixed[text] = match
            else:
                self.others.append(text)

    def share(self, texts: Collection[str]) -> float:
        return sum(self._rows[text] for text in texts) / max(self._rows.total(), 1)

    def has_only_marks(self) -> bool:
        """Check whether all that is not a number may stand for missing values."""
        return len(self.others) <= MAX_MARKS and not any(map(str.isdigit, "".join(self.others)))

    def is_column_of_numbers(self) -> bool:
        if not self.numbers or any(map(LEADING_ZERO.fullmatch, self.numbers)):
            return False
        share = self.share(self.numbers)
        known = len(self.numbers) > 1 and {text.strip().lower() for text in self.others} <= MARKS
        marked = self.has_only_marks() and not self.affixed and (known or share >= HALF)
        return share >= MOSTLY or marked

    def find_affixes(self) -> tuple[str, ...]:
        """Find what stands around most values; empty if that differs from value to value."""
        marks = self.others if self.has_only_marks() else []
        known = self.share([*self.numbers, *self.affixed, *marks])
        if known < MOSTLY or self.share(self.affixed) <= 1 - MOSTLY:
            return ()
        units: Counter[str] = Counter()
        for text, match in self.affixed.items():
            affix = f"{match['prefix'] or ''}{match['unit'] or ''}".strip()
            units[affix] += self._rows[text]
        usual = units.most_common(MAX_UNITS)
        # A letter behind a number may be part of a code, such as the grade 3a.
        is_code = len(units) > MAX_UNITS or any(len(unit) == 1 and unit.isalpha() for unit in units)
        if usual[0][1] < MOSTLY * units.total() and is_code:
            return ()
        brackets = [BRACKETS] if any(match["bracket"] for match in self.affixed.values()) else []
        return tuple([unit for unit, _ in usual if unit] + brackets) or ("-",)


def holds_numbers(column: pd.Series) -> bool:
    """Check whether values of a column are numbers, in any notation, or all have the same unit."""
    values = Values(column)
    return bool(values.numbers or values.find_affixes())
