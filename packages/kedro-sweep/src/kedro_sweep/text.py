"""Numbers, counts and names as text: the same in the log, the report, the figures and the tables."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from itertools import groupby
from math import floor, isfinite, log10
from typing import Any

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
MAX_LISTED = 5
# Integers up to this one are exact as floats.
MAX_WHOLE = 2**53
WORD = re.compile(r"[A-Z]?[^\W_\dA-Z]+|[A-Z]+|\d+|[\W_]+")
METRICS = {
    **{"acc": "accuracy", "balanced_acc": "balanced accuracy"},
    "f1_macro": "F1, mean of the classes",
    **{"log_loss": "log loss", "roc_auc": "area under the ROC curve", "brier": "Brier score"},
    "ece": "expected calibration error",
    **{"r2": "R²", "mae": "mean absolute error", "rmse": "root mean squared error"},
}
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}
REFERENCES = {
    "untuned": "the untuned model",
    "boosting": "untuned gradient boosting",
    "dummy": "a dummy model",
}


def number(
    value: float | None, *, digits: int = 4, width: float | None = None, signed: bool = False
) -> str:
    """Write a number for a reader, such as `0.6127` or `1,235`; a dash if it is None or NaN.

    It has so many significant digits. If it has an interval of some width, it has as many decimals as it
    takes to write the width with two significant digits.
    """
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return MISSING
    size = abs(value)
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    if isinstance(value, int):
        return f"{sign}{size:,}"
    if not isfinite(size) or size >= 1e9 or (not width and 0 < size < 1e-3):
        return f"{sign}{size:.{min(digits, 3)}g}"
    if width and isfinite(width):
        decimals = 1 - floor(log10(width))
    else:
        decimals = digits - 1 - max(floor(log10(size)), -1) if size else digits - 1
    text = f"{size:,.{max(decimals, 0)}f}"
    return f"{sign}{text}" if text.strip("0.,") else text


def interval(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Write the two ends of an interval, such as `0.549 to 0.640`; empty if there is none."""
    if low is None or high is None:
        return ""
    return " to ".join(number(end, width=high - low, signed=signed) for end in (low, high))


def estimate(value: float, low: float | None = None, high: float | None = None) -> str:
    """Write a number with its interval, such as `0.597 (0.549 to 0.640)`, or alone if it has none."""
    if low is None or high is None:
        return number(value)
    return f"{number(value, width=high - low)} ({interval(low, high)})"


def count(number_of: int | None, noun: str = "") -> str:
    """Count things, such as `1 trial` or `1,143 rows`; a dash if unknown."""
    text = MISSING if number_of is None else f"{number_of:,}"
    return f"{text} {noun}{'' if number_of == 1 else 's'}" if noun else text


def share(value: float) -> str:
    """Write a share in percent; only what is exactly 0 or 1 becomes 0% or 100%."""
    return "<1%" if 0 < value < 0.005 else ">99%" if 0.995 <= value < 1 else f"{value:.0%}"


def names(found: Sequence[Any], most: int = MAX_LISTED) -> str:
    """List names as in a sentence, such as `alcohol, pH and 3 more`."""
    shown = [name(each) for each in found[:most]]
    if len(found) > most:
        shown.append(f"{len(found) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def name(found: Any) -> str:
    """Write the name of a column, a class or a category; in quotes if a reader could misread it."""
    text = str(found)
    is_plain = text and text.isprintable() and text == " ".join(text.split())
    return text if is_plain else repr(text)


def shorten_names(found: Sequence[str], width: int) -> list[str]:
    """Cut names to a width so that they stay different; short ones stay as they are.

    Leaves out words that all names with the same first word have, then what is in the middle. Names that
    still are equal get a number.
    """
    families = defaultdict(list)
    for name in dict.fromkeys(found):
        if len(name) > width:
            families[WORD.findall(name)[0][: width // 2]].append(name)
    short: dict[str, str] = {}
    for family in families.values():
        short |= zip(family, _shorten(family, width), strict=True)
    used, kept = set[str](), set(found) - short.keys()
    labels = []
    for name in found:
        label, n = short.get(name, name), 1
        while label in used or (label in kept and label != name):
            n += 1
            mark = f" ({n})"
            label = f"{short.get(name, name)[: max(width - len(mark), 0)]}{mark}"
        used.add(label)
        labels.append(label)
    return labels


def _shorten(family: Sequence[str], width: int) -> list[str]:
    """Shorten names that begin with the same word, which stays if it fits."""
    split = [WORD.findall(name) for name in family]
    common = set.intersection(*map(set, split)) if len(family) > 1 else set()
    for first in (1, 0):
        labels = [_leave_out(words, common, first) for words in split]
        if len({*labels}) == len(labels) and max(map(len, labels)) <= width:
            break
    return [_cut(label, width) for label in labels]


def _leave_out(words: Sequence[str], common: Set[str], first: int) -> str:
    runs = groupby(enumerate(words), lambda word: word[0] >= first and word[1] in common)
    texts = ((left_out, "".join(word for _, word in run)) for left_out, run in runs)
    return "".join("…" if left_out and len(run) > 1 else run for left_out, run in texts)


def _cut(label: str, width: int) -> str:
    head = width // 2
    return label if len(label) <= width else f"{label[:head]}…{label[len(label) - width + head + 1 :]}"


def setting(value: Any, digits: int = 6) -> str:
    """Write the value of a parameter on one line, as in YAML, without quotes; a dash for NaN."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case float():
            if value != value:  # noqa: PLR0124 (NaN)
                return MISSING
            is_whole = value.is_integer() and abs(value) < MAX_WHOLE
            return f"{value:.0f}" if is_whole else f"{value:.{digits}g}"
        case Mapping():
            return f"{{{settings(value, digits)}}}"
        case list() | tuple():
            return f"[{', '.join(setting(item, digits) for item in value)}]"
        case _:
            return str(value) or '""'


def settings(params: Mapping[str, Any], digits: int = 6) -> str:
    """Write parameters with their values on one line, such as `kernel: rbf, gamma: 0.1`."""
    return ", ".join(f"{key}: {setting(value, digits)}" for key, value in params.items())


def shorten(path: str) -> str:
    """Take the last part of an import path; a call, such as `make_scorer(…)`, stays as it is."""
    return path if "(" in path else path.rpartition(".")[2]


def name_score(scoring: str) -> str:
    """Write a score in words: scikit-learn's `neg_log_loss` becomes `negative log loss`."""
    name = shorten(scoring)
    return METRICS.get(name, re.sub("^neg_", "negative ", name).replace("_", " "))
