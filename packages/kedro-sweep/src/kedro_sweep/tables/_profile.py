"""Inspect a raw table before it is used: what to predict, what to leave out, what to look at."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from kedro_sweep import text
from kedro_sweep.errors import InputError
from kedro_sweep.tables import _roles as roles
from kedro_sweep.tables._duplicates import find_repeated
from kedro_sweep.tables._roles import ColumnProfile, ColumnType, describe_column
from kedro_sweep.tables.kinds import guess_kind, to_target
from kedro_sweep.tables.reading import Notation, TextNumbers, find_text_numbers

Task = Literal["classification", "regression"]

# Kinds of columns that may give the target away. Dates and free text would only be memorized.
COMPARABLE: set[ColumnType] = {"number", "category", "yes/no"}
# Integers are classes if there are few different ones, with five rows each on average.
MAX_CLASSES = 20
ROWS_PER_CLASS = 5
SHOWN = 20
DEFAULT = Notation()
# Why a column is left out whatever its name is and whatever the other columns are.
USELESS: tuple[tuple[str, Callable[[ColumnProfile], bool]], ...] = (
    ("no value", lambda column: not column.distinct),
    ("mixed or unknown type", lambda column: column.kind == "other"),
    ("one value", lambda column: column.distinct == 1 and not column.gaps),
)


@dataclass(frozen=True)
class Profile:
    """What a table holds, and what a model should not see."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    target: str
    task: Task
    # Whether the target holds integers, which suit both tasks.
    whole: bool
    # The number of rows of each class, most frequent first; empty for regression.
    classes: dict[str, int]
    # Columns that the model should not see, with the reason for each.
    left_out: dict[str, str]
    # Features that alone predict the target on held-out rows. They stay features.
    perfect_features: tuple[str, ...]
    # Text columns that hold numbers, each with what keeps it from being read so.
    numbers_as_text: dict[str, TextNumbers]
    # Columns with values that differ only in case or in spaces around them, and these.
    variants: dict[str, tuple[str, ...]]
    # How many rows equal an earlier one in all columns that are not left out, also by chance.
    copies: int
    coincidences: int
    # A column that names the common source of several rows, and a date by which the rows are ordered.
    group: str | None
    time: str | None


def profile_table(
    table: pd.DataFrame, target: str, task: Task | None = None, notation: Notation = DEFAULT
) -> Profile:
    known, task = _take_target(table, target, task, notation)
    is_classifier = task == "classification"
    columns = {str(name): describe_column(table[name]) for name in table.columns}
    group, left_out = _leave_out(table, known, columns, target, task)
    features = [name for name in columns if name != target and name not in left_out]
    if not features:
        reasons = [f"{name} ({reason})" for name, reason in left_out.items()]
        raise InputError(
            f"No column is left to predict '{target}' from. Left out: {', '.join(reasons) or 'none'}. "
            "Add columns to the table."
        )
    shown = (target, *features)
    comparable = [name for name in features if columns[name].kind in COMPARABLE]
    used = known.drop(columns=list(left_out))
    copies = int(find_repeated(used, unless_chance=False).sum())
    classes = known[target].value_counts().items() if is_classifier else ()
    odd_columns = {name: _find_text_numbers(table[name], notation) for name in shown}
    spelled = [name for name in shown if name == target or columns[name].kind == "category"]
    variants = {name: _find_variants(table[name]) for name in spelled}
    giveaways = roles.find_giveaways(known, comparable, target, is_classifier=is_classifier)
    return Profile(
        rows=len(table),
        columns=tuple(columns.values()),
        target=target,
        task=task,
        whole=_is_whole(known[target]),
        classes={str(name): int(n) for name, n in classes},
        left_out=left_out,
        perfect_features=tuple(giveaways),
        numbers_as_text={name: found for name, found in odd_columns.items() if found},
        variants={name: found for name, found in variants.items() if found},
        copies=copies,
        coincidences=copies - int(find_repeated(used, unless_chance=True).sum()),
        group=group,
        time=roles.find_time(table.drop(columns=target)),
    )


def _take_target(
    table: pd.DataFrame, target: str, task: Task | None, notation: Notation
) -> tuple[pd.DataFrame, Task]:
    """Take the rows with a target that a model can predict, and choose the task."""
    if target not in table.columns:
        near = difflib.get_close_matches(target, table.columns, cutoff=0.5)
        listed = text.names([*map(repr, near or table.columns)], SHOWN)
        hint = f"Did you mean {listed}?" if near else f"It has {listed}."
        raise InputError(f"The table has no column '{target}' to predict. {hint}")
    known = table[table[target].notna()]
    if known.empty:
        raise InputError(f"The target '{target}' has no value in any row: choose another column.")
    odd, distinct = _find_text_numbers(table[target], notation), describe_column(table[target]).distinct
    if odd and (task == "regression" or (task is None and distinct > MAX_CLASSES)):
        problem = f"{odd.describe()} {odd.suggest(target)}"
        raise InputError(f"The target '{target}' is read as text: {problem}")
    known[target] = to_target(known[target], had_gaps=len(known) < len(table))
    return known, _choose_task(known[target], task)


def _leave_out(
    table: pd.DataFrame, known: pd.DataFrame, columns: dict[str, ColumnProfile], target: str, task: Task
) -> tuple[str | None, dict[str, str]]:
    """Find the column of the groups, and the columns that the model should not see, with the reasons."""
    reasons = {
        name: next((reason for reason, fits in USELESS if fits(column)), "")
        for name, column in columns.items()
        if name != target
    }
    is_classifier = task == "classification"
    names = [name for name, reason in reasons.items() if not reason]
    reasons |= dict.fromkeys(roles.find_identifiers(table[names]), "identifier")
    group = roles.find_group(table[[name for name in names if not reasons[name]]])
    # Words, such as the subjects of a school, may say something about new rows.
    if group is not None and table[group].astype(str).str.contains(r"\d").all():
        reasons[group] = "looks like a group ID"
    for name in names:
        if not reasons[name] and roles.is_same(known[name], known[target], is_classifier=is_classifier):
            reasons[name] = f"same as {target}"
    return group, {name: reason for name, reason in reasons.items() if reason}


def _is_whole(values: pd.Series) -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values) and bool((values % 1 == 0).all())


def _choose_task(target: pd.Series, task: Task | None) -> Task:
    """Choose or check the task for a target without missing values."""
    distinct, example = target.nunique(), target.iloc[0]
    if distinct < 2:
        raise InputError(f"The target '{target.name}' is {example} in every row: choose another.")
    numeric, whole = is_numeric_dtype(target) and not is_bool_dtype(target), _is_whole(target)
    if task == "regression" and not numeric:
        raise InputError(
            f"The target '{target.name}' holds values such as '{example}', but regression predicts "
            "numbers: use --task classification, or another target."
        )
    if task == "classification" and numeric and not whole:
        raise InputError(
            f"The target '{target.name}' holds {distinct} different numbers with decimals, but "
            "classification predicts classes: use --task regression, or another target."
        )
    few = distinct == 2 or (distinct <= MAX_CLASSES and distinct * ROWS_PER_CLASS <= len(target))
    task = task or ("classification" if not numeric or (whole and few) else "regression")
    if task == "classification" and distinct == len(target):
        raise InputError(
            f"The target '{target.name}' has a different value in every row, so it has no classes: "
            "choose another column."
        )
    return task


def _find_text_numbers(column: pd.Series, notation: Notation) -> TextNumbers | None:
    # Columns of an Excel file may mix numbers and texts.
    has_text = roles.is_text(column) or (column.dtype == object and guess_kind(column) is None)
    return find_text_numbers(column, notation) if has_text and not roles.is_date(column) else None


def _find_variants(column: pd.Series) -> tuple[str, ...]:
    """Find values that differ only in case or in spaces around them."""
    if not roles.is_text(column):
        return ()
    texts = pd.Series(column.dropna().astype(str).unique(), dtype="str")
    return tuple(texts[texts.str.strip().str.casefold().duplicated(keep=False)])
