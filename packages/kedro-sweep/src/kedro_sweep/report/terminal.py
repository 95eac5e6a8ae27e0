"""The contents of a new table, and the studies in a storage, for the terminal."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unicodedata import name as find_name

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kedro_sweep import text
from kedro_sweep.report._html import describe_dimension
from kedro_sweep.search.storage import StudySummary
from kedro_sweep.tables import LARGE, Profile, Shift, TableFile, TextNumbers, show_option
from kedro_sweep.text import shorten

MAX_COLUMNS = MAX_WIDTH = 40
MAX_LISTED = 6
MAX_SHIFTS = 10
FEWEST_ROWS = 20  # that shifts are told for: the simulations have none with fewer
TARGET = "← target"
DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars"}
MARK = "▸ "
EMPTY_ONLY = {"keep_default_na": False, "na_values": [""]}


def show_profile(
    file: TableFile,
    profile: Profile,
    folds: int,
    splits: list[tuple[str, str]],
    decisions: list[tuple[str, str]],
    option: str | None,
) -> RenderableType:
    """Show the columns of a table, and what to check before training a model on it."""
    notes = [*_list_notes(file, profile, folds), *_list_text_numbers(profile)]
    if option:
        notes.append(
            "If texts among numbers stand for missing values, repeat the command with the option below. "
            f"Otherwise, correct them in the file.\n{option}"
        )
    parts: list[RenderableType] = [_show_head(file, profile), "", _show_columns(profile)]
    if notes:
        parts += ["", Text("Worth a look", "bold"), _list(("•", note) for note in notes)]
    if splits:
        parts += ["", Text("Check data.split in conf/base/parameters.yml", "bold")]
    for case, line in splits:
        parts += _suggest(f"{case}, replace the line `split:` under data with", line)
    if decisions:
        rarest = min(profile.classes, key=lambda name: profile.classes[name])
        parts += ["", Text(f"{_quote(rarest)} is rare: decide what counts", "bold")]
    for case, line in decisions:
        parts += _suggest(f"{case}, set", line)
    return Group("", *parts)


def show_changes(changes: dict[str, list[str]], command: str) -> RenderableType:
    """Show what was changed, and what to do next."""
    lines = ((file, "\n".join(changed)) for file, changed in changes.items())
    return Group("", Text("Written", "bold"), _list(lines), "", Text(f"Next: {command}", "bold"))


def _suggest(case: str, line: str) -> list[RenderableType]:
    """Show a line of YAML below the case that it is for."""
    return [Padding(Text(case), (0, 0, 0, 2)), Text(f"  {line}", no_wrap=True, overflow="ignore")]


def _show_head(file: TableFile, profile: Profile) -> Text:
    args = file.load_args
    how = [
        f"separated by {DELIMITERS.get(sep, repr(sep))}" if (sep := args.get("sep", ",")) != "," else "",
        "decimal commas" if args.get("decimal") == "," else "",
        f"{find_name(args['thousands']).lower()} between thousands" if args.get("thousands") else "",
        f"sheet {args['sheet_name']}" if "sheet_name" in args else "",
        args.get("encoding", ""),
    ]
    found = ", ".join(filter(None, how))
    return Text.assemble(
        (f"{profile.rows} rows, {len(profile.columns)} columns", "bold"),
        f"; {found}" if found else "",
        "\n",
        (text.name(profile.target), "bold"),
        f": {_describe_task(profile)}",
    )


def _describe_task(profile: Profile) -> str:
    target = next(column for column in profile.columns if column.name == profile.target)
    if profile.task == "regression":
        other = " (--task classification takes them as classes)" if profile.whole else ""
        return f"regression, {target.distinct} different numbers{other}"
    other = "\n(--task regression takes them as numbers)" if profile.whole else ""
    classes = [f"{_quote(name)} ({count})" for name, count in profile.classes.items()]
    return f"classification, {len(classes)} classes: {_join(classes)}{other}"


def _show_columns(profile: Profile) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("column", overflow="ellipsis", no_wrap=True, max_width=MAX_WIDTH)
    table.add_column("type")
    table.add_column("distinct", justify="right")
    table.add_column("gaps", justify="right")
    table.add_column("", overflow="fold")
    roles = {name: f"left out: {reason}" for name, reason in profile.left_out.items()}
    roles[profile.target] = TARGET
    columns = profile.columns[:MAX_COLUMNS]
    shown = text.shorten_names([_quote(column.name) for column in columns], MAX_WIDTH)
    for column, label in zip(columns, shown, strict=True):
        role = roles.get(column.name, "")
        style = "bold" if role == TARGET else "dim" if role else ""
        cells = (Text(label), column.kind, str(column.distinct), str(column.gaps or ""))
        table.add_row(*cells, Text(role), style=style)
    hidden = [column.name for column in profile.columns[MAX_COLUMNS:]]
    if not hidden:
        return table
    left_out = _join(name for name in hidden if name in profile.left_out)
    note = f"… and {len(hidden)} more columns" + (f"; left out: {left_out}" if left_out else "")
    return Group(table, Text(note, "dim"))


def _list_notes(file: TableFile, profile: Profile, folds: int) -> Iterator[str]:
    target = profile.target
    if gaps := next(column.gaps for column in profile.columns if column.name == target):
        words = ""
        if profile.classes and "Parquet" not in file.dataset and EMPTY_ONLY.keys() - file.load_args:
            words = (
                " Words such as None and NA are read as missing values in every column. If one of them "
                f"is a class, repeat the command with {show_option(EMPTY_ONLY)}."
            )
        yield f"Missing values in {target}: {gaps}. Those rows are left out.{words}"
    if rare := [f"{_quote(name)} ({n})" for name, n in profile.classes.items() if n < folds]:
        yield (
            f"Classes with fewer rows than the {folds} folds: {_join(rare)}. A class with one row "
            "cannot be split: merge it with another, or remove the row."
        )
    if profile.copies:
        yield (
            f"Rows equal to an earlier one: {profile.copies}; chance explains "
            f"{profile.coincidences or 'none'} of them. data.duplicates in conf/base/parameters.yml "
            "says which are dropped."
        )
    for name in profile.perfect_features[:MAX_LISTED]:
        yield (
            f"{name} alone predicts {target} without error: if it is known only after {target}, add it "
            "to data.drop in conf/base/parameters.yml."
        )
    for name, variants in profile.variants.items():
        yield (
            f"Values of {name} differ only in case or spaces: {_join(map(repr, variants))}. They count "
            "as different values: correct the file if they mean the same."
        )


def _list_text_numbers(profile: Profile) -> Iterator[str]:
    """Name together the columns whose numbers are text for the same reason."""
    same: dict[TextNumbers, list[str]] = {}
    for name, odd in profile.numbers_as_text.items():
        same.setdefault(replace(odd, example=""), []).append(name)
    for columns in same.values():
        odd, are = profile.numbers_as_text[columns[0]], "is" if len(columns) == 1 else "are"
        remedy = "" if odd.marks else f" {odd.suggest(columns[0])}"
        yield f"{_join(columns)} {are} read as text: {odd.describe()}{remedy}"


def _list(lines: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in lines:
        table.add_row(*map(Text, line))
    return Padding(table, (0, 0, 0, 2))


def _join(items: Iterable[str]) -> str:
    shown = [*items]
    more = f" and {len(shown) - MAX_LISTED} more" if len(shown) > MAX_LISTED else ""
    return ", ".join(shown[:MAX_LISTED]) + more


def _quote(name: str) -> str:
    """Quote a name that cannot be told from the text around it."""
    return f"'{name}'" if "," in name else text.name(name)


def show_drift(
    shifts: Sequence[Shift], rows: int, new: Mapping[str, int], metrics: Mapping[str, Any]
) -> RenderableType:
    """Show which features have shifted and what that means, or else which shifts may be missed."""
    if rows < FEWEST_ROWS:
        few = f"{text.count(rows, 'row')} cannot be compared with the training rows"
        return Text(f"{few}: at least {FEWEST_ROWS} are needed.", "yellow")
    clear = [shift for shift in shifts if shift.is_clear]
    least = max(shift.detectable for shift in shifts)
    apart = f"as of normal numbers about {math.sqrt(least):.1f} standard deviations apart,"
    if not clear and least > LARGE:
        few = f"No shift is clear, but {text.count(rows, 'row')} can only show a large one: such files"
        return Text(
            f"{few} can hide even one with a PSI of {least:.2f}, {apart} in a feature.", "yellow"
        )
    if not clear:
        passed = f"No feature of these {rows:,} rows has clearly shifted from the training rows."
        size = f"a shift with a PSI of {least:.2f}, {apart}"
        return Text(f"{passed} About 4 of 5 such files would show {size} if it were there.")
    value, *ends = (metrics.get(f"corrected_{name}") for name in ("value", "low", "high"))
    scoring = metrics.get("scoring")
    score = "test score" if value is None else f"{scoring} of {text.estimate(value, *ends)}"
    warning = (
        f"WARNING  Features that have clearly shifted: {len(clear)} of {len(shifts)}. The {score} was "
        "measured on rows like those of training; it need not hold for these."
    )
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("feature", overflow="ellipsis", no_wrap=True, max_width=MAX_WIDTH // 2)
    for name in ("PSI", "by chance", "missing", "new categories"):
        table.add_column(name, justify="right")
    table.add_column("")
    for shift in shifts[:MAX_SHIFTS]:
        missing = f"{shift.missing_before:.0%} → {shift.missing_now:.0%}"
        table.add_row(
            Text(text.name(shift.feature)),
            f"{shift.index:.2f}",
            f"< {shift.limit:.2f}",
            "" if missing == "0% → 0%" else missing,
            f"{new[shift.feature] / rows:.0%}" if new.get(shift.feature) else "",
            ("large" if shift.excess >= LARGE else "moderate") if shift.is_clear else "",
        )
    return Group(Text(warning, "yellow"), "", table)


def show_studies(studies: Sequence[StudySummary], current: Collection[str]) -> Table:
    """Make a table with a row per study."""
    caption = f"{MARK}study of the newest run" if any(s.name in current for s in studies) else None
    table = Table(box=None, padding=(0, 2, 1, 0), caption=caption, caption_justify="left")
    # --remove needs the complete name.
    table.add_column("study", min_width=max((len(MARK + study.name) for study in studies), default=0))
    for name in ("trials", "best"):
        table.add_column(name, justify="right", no_wrap=True)
    for study in studies:
        name = (MARK if study.name in current else "") + study.name
        states = [
            f"{count} {'failed' if state == 'fail' else state}" for state, count in study.states.items()
        ]
        table.add_row(
            Text.assemble((name, "bold"), "\n", (describe_configuration(study.configuration), "dim")),
            "\n".join(states) or "none",
            text.number(study.best_value),
        )
    return table


def describe_configuration(configuration: dict[str, Any]) -> str:
    """Describe in two lines what a study searches, and on which data."""
    if not configuration:
        return "configuration not recorded (an earlier release)"
    space = configuration["search_space"].items()
    varied = [f"{name} {describe_dimension(dimension)}" for name, dimension in space]
    fixed = [f"{name}={text.setting(value)}" for name, value in configuration["fixed_params"].items()]
    data = [
        f"{_describe_folds(configuration)} {configuration['scoring']}",
        text.count(configuration["rows"], "row"),
        text.count(len(configuration["features"]), "feature"),
        f"target {configuration['target']}",
        f"seed {configuration['random_seed']}",
    ]
    return "\n".join(", ".join(line) for line in (varied + fixed, data))


def _describe_folds(configuration: dict[str, Any]) -> str:
    cv = configuration["cv"]
    folds = f"{cv}-fold"
    if isinstance(cv, dict):
        params = ", ".join(f"{name}={value}" for name, value in cv["params"].items())
        folds = f"{shorten(cv['class'])}({params})"
    if configuration.get("groups"):
        return f"grouped {folds}"
    return f"time-ordered {folds}" if configuration.get("ordered") else folds
