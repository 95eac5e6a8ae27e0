"""The table of a group, cell by cell."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from kedro_sweep import text
from kedro_sweep.report._axis import Axis
from kedro_sweep.report._html import share_weights
from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._changes import describe_changes
from kedro_sweep.report.comparison._choice import Choice, find_word, rank_runs
from kedro_sweep.report.comparison._groups import (
    CORRECTED,
    Group,
    Score,
    Value,
    collect_scores,
    find_summary,
)
from kedro_sweep.text import MISSING

GAIN = "gain over the reference"
CHANGED = "changed from the reference"
REFERENCE = "reference"
# More drawings would make the page slow, and more changes would fill it.
MAX_DRAWN = 30
MAX_CHANGES = 6


class Cell(NamedTuple):
    lines: list[str]
    note: str = ""  # small text after it
    key: float | None = None  # to sort by, if it is a number
    mark: tuple[str, float, float | None, float | None] | None = None  # drawn: kind, value, low, high
    word: str = ""  # whether a gain may be chance

    def __str__(self) -> str:
        return ", ".join(self.lines) + (f" ({self.note})" if self.note else "")


class Column(NamedTuple):
    name: str
    kind: str  # `time`, `text`, `wide` text, `changed`, `n` for numbers, `n gain`
    cells: list[Cell]
    heading: str = ""  # on the page; columns without one are shown on demand
    lower_first: bool = False  # the first click sorts the lowest value to the top

    @property
    def is_same(self) -> bool:
        """Whether all runs have the same in it."""
        return len(set(map(str, self.cells))) == 1

    @property
    def axis(self) -> Axis | None:
        marks = [cell.mark[1:] for cell in self.cells if cell.mark]
        return Axis.around(number for mark in marks for number in mark) if marks else None


def tabulate_group(group: Group, choice: Choice | None = None) -> tuple[list[Run], list[Column]]:
    """Sort the runs by their corrected values, and fill the columns that have any value."""
    runs = rank_runs(rank_runs(group.runs), lambda run: find_summary(run, CORRECTED))
    reference = choice.reference if choice else group.runs[-1]
    drawn = {run.id for run in (reference, *group.runs[:MAX_DRAWN])}
    scores = collect_scores(Group(runs))
    tested = [score for score in scores[1:] if score.name.startswith("test ")][:1]
    others = [score for score in scores[1:] if score not in tested]

    def add(heading: str, name: str, kind: str, show: Callable[[Run], Cell]) -> Column:
        return Column(name, kind, [show(run) for run in runs], heading)

    def add_score(score: Score, heading: str = "") -> Column:
        cells = list(map(_show_value, score.values))
        return Column(score.name, "n", cells, heading, score.lower_is_better)

    def draw(score: Score) -> Column:
        column, kind = add_score(score, score.name), CORRECTED if score.name == CORRECTED else "best"
        cells = [
            cell._replace(mark=(kind, *value)) if value and run.id in drawn else cell
            for run, cell, value in zip(runs, column.cells, score.values, strict=True)
        ]
        return column._replace(cells=cells)

    columns = [
        # The ID is written out, to be copied into `--model-version`.
        add("run (UTC)", "run (UTC)", "time", lambda run: Cell([run.time or run.id], run.id)),
        *map(draw, scores[:1]),
        add("gain over reference", GAIN, "n gain", lambda run: show_gain(run, choice)),
        *(add_score(score, "test") for score in tested),
        add("changed", CHANGED, "changed", lambda run: list_changes(run, reference)),
        add("trials", "trials", "n", lambda run: _show(run.find("sweep_summary", "n_trials"))),
        add("time", "time", "n", _show_time),
        *(add_score(score) for score in others if not score.name.startswith("train ")),
        add("", "model", "text", lambda run: Cell([run.model_name])),
        add("", "best parameters", "wide", _show_best_params),
        add("", "rows", "n", lambda run: _show(run.find("sweep_summary", "rows"))),
        add("", "task", "text", lambda run: _show(run.find("sweep_summary", "task"))),
        add("", "end", "text", lambda run: Cell([run.end])),
        add("", "commit", "text", lambda run: Cell([", ".join(run.commit) or MISSING])),
        *(add_score(score) for score in others if score.name.startswith("train ")),
    ]
    return runs, [column for column in columns if any(cell.lines != [MISSING] for cell in column.cells)]


def list_changes(run: Run, reference: Run) -> Cell:
    found = [REFERENCE] if run is reference else describe_changes(run, reference)
    more = len(found) - MAX_CHANGES
    return Cell([*found[:MAX_CHANGES], f"and {more} more"] if more > 1 else found)


def show_gain(run: Run, choice: Choice | None) -> Cell:
    if choice and run is choice.reference:
        return Cell([REFERENCE], key=0.0, mark=("gain", 0, 0, 0))
    if choice is None or run.id not in choice.gains:
        return Cell([MISSING])
    value, low, high = gain = choice.gains[run.id]
    shown = text.number(value, width=high - low, signed=True)
    interval = text.interval(low, high, signed=True)
    return Cell([shown], interval, value, ("gain", *gain), find_word(gain))


def _show_value(value: Value | None) -> Cell:
    return Cell([value.shown], text.interval(*value[1:]), value.value) if value else Cell([MISSING])


def _show(value: Any) -> Cell:
    if isinstance(value, int | float) and value == value // 1:  # a float, if another run has none
        return Cell([text.count(int(value))], key=value)
    return Cell([MISSING if value is None else text.setting(value)])


def _show_time(run: Run) -> Cell:
    seconds = run.find("session", "seconds", int | float)
    return Cell([MISSING] if seconds is None else [str(timedelta(seconds=seconds))], key=seconds)


def _show_best_params(run: Run) -> Cell:
    if run.n_members > 1:
        shares = share_weights(run.find("features", "members"))
        return Cell([", ".join(f"{name} {share:.0%}" for name, share in shares.items())])
    params = run.find("features", "best_params", dict) or {}
    return Cell([text.settings(params, 4) or MISSING])
