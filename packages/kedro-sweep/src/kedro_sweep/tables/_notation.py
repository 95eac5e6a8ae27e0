"""How numbers are written: decimal mark and thousands separator."""

import json
import re
import shlex
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

SPACES = " \u00a0\u2007\u2009\u202f"
SEPARATORS = frozenset(f",.'\u2019{SPACES}")


class Notation(NamedTuple):
    """How numbers are written: the decimal mark, and what separates groups of three digits, if any."""

    decimal: str = "."
    thousands: str | None = None

    def reads(self, texts: Collection[str]) -> bool:
        """Check whether all texts are numbers in this notation."""
        lines = "".join(f"{text}\n" for text in texts)
        return lines.count("\n") == len(texts) and bool(_compile(self).fullmatch(lines))

    def is_read_by_pandas(self, text: str) -> bool:
        """Check whether pandas reads a number, even if its thousands are separated in wrong places."""
        return self.reads([text.strip().replace(self.thousands or "\n", "")])

    def find_roles(self, separators: set[str]) -> tuple[str | None, str | None]:
        """Find the decimal mark and the thousands separator among separators."""
        thousands = self.thousands if self.thousands in separators else None
        return self.decimal if self.decimal in separators else None, thousands


def get_notation(load_args: dict[str, Any]) -> Notation:
    """Return the notation that pandas reads with these arguments."""
    return Notation(load_args.get("decimal", "."), load_args.get("thousands"))


@cache
def _compile(notation: Notation) -> re.Pattern[str]:
    """Compile the pattern of lines. Possessive quantifiers keep it from trying any digit twice."""
    mark, thousands = re.escape(notation.decimal), re.escape(notation.thousands or "")
    grouped = rf"[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})++(?![0-9])|" if thousands else ""
    number = rf"(?:(?:{grouped}[0-9]++)(?:{mark}[0-9]*+)?|{mark}[0-9]++)(?:[eE][+-]?[0-9]++)?"
    return re.compile(rf"(?:[+-]?{number}\n)*+")


def find_separators(texts: Iterable[str]) -> set[str]:
    """Find the decimal marks and thousands separators in texts."""
    return set().union(*texts) & SEPARATORS


def list_notations(separators: set[str], load_args: dict[str, Any] | None = None) -> list[Notation]:
    """List the notations that differ in the use of these separators, the most usual first."""
    known = load_args or {}
    decimals = [known["decimal"]] if "decimal" in known else [".", ","]
    groups = [known["thousands"]] if "thousands" in known else [None, *sorted(separators)]
    return [Notation(mark, group) for group in groups for mark in decimals if mark != group]


def show_option(load_args: dict[str, Any]) -> str:
    """Show how to read a table with certain arguments."""
    return f"--load-args {shlex.quote(json.dumps(load_args, ensure_ascii=False))}"


def is_number(text: str) -> bool:
    """Check whether a text is a number in any notation."""
    return any(notation.reads([text]) for notation in list_notations(find_separators([text])))
