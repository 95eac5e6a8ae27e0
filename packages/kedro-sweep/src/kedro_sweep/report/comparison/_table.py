"""The table of a group, cell by cell."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from kedro_sweep import text
from kedro_sweep.report._axis import Axis
from kedro_sweep.report._html import share_weights
from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._changes import describe_changes
from kedro_sweep.report.comparison._choice import WORDS, Choice, rank_runs
from kedro_sweep.report.comparison._groups import CORRECTED, Group, Value, collect_scores, find_summary
from kedro_sweep.text import MISSING

GAIN = "gain over the reference"
REFERENCE = "reference"
MAX_CHANGES = 6  # more would fill the page


class Cell(NamedTuple):
    lines: list[str]
    note: str = ""  # small text after it
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
    def classes(self) -> str:
        """Its classes in CSS: `same` if all runs have the same in it."""
        return self.kind + (" same" if len(set(map(str, self.cells))) == 1 else "")

    @property
    def axis(self) -> Axis | None:
        marks = [cell.mark[1:] for cell in self.cells if cell.mark]
        return Axis.around(number for mark in marks for number in mark) if marks else None


def tabulate_group(group: Group, choice: Choice | None = None) -> tuple[list[Run], list[Column]]:
    """Sort the runs by their corrected values, and fill the columns that have any value."""
    runs = rank_runs(rank_runs(group.runs), lambda run: find_summary(run, CORRECTED))
    reference = choice.reference if choice else group.runs[-1]
    scores = [
        Column(name, "n", [_show_value(name, value) for value in values], lower_first=lower)
        for name, values, lower in collect_scores(Group(runs))
    ]
    first = [column._replace(heading=column.name) for column in scores[:1]]
    test = [column._replace(heading="test") for column in scores[1:] if column.name.startswith("test ")]
    shown = {column.name for column in first + test[:1]}

    def add(heading: str, name: str, kind: str, show: Callable[[Run], Cell]) -> Column:
        return Column(name, kind, [show(run) for run in runs], heading)

    columns = [
        # The ID is written out, to be copied into `--model-version`.
        add("run (UTC)", "run (UTC)", "time", lambda run: Cell([run.time or run.id], run.id)),
        *first,
        add("gain over reference", GAIN, "n gain", lambda run: show_gain(run, choice)),
        *test[:1],
        add(
            "changed", "changed from the reference", "changed", lambda run: list_changes(run, reference)
        ),
        add("trials", "trials", "n", lambda run: _show(run.find("sweep_summary", "n_trials"))),
        add("time", "time", "n", _show_time),
        add("", "model", "text", lambda run: Cell([run.model_name])),
        add("", "best parameters", "wide", _show_best_params),
        add("", "rows", "n", lambda run: _show(run.find("sweep_summary", "rows"))),
        add("", "task", "text", lambda run: _show(run.find("sweep_summary", "task"))),
        add("", "end", "text", lambda run: Cell([run.end])),
        add("", "commit", "text", lambda run: Cell([", ".join(run.commit) or MISSING])),
        *(column for column in scores if column.name not in shown),
    ]
    return runs, [column for column in columns if any(cell.lines != [MISSING] for cell in column.cells)]


def list_changes(run: Run, reference: Run) -> Cell:
    found = [REFERENCE] if run is reference else describe_changes(run, reference)
    more = len(found) - MAX_CHANGES
    return Cell([*found[:MAX_CHANGES], f"and {more} more"] if more > 1 else found)


def show_gain(run: Run, choice: Choice | None) -> Cell:
    if choice and run is choice.reference:
        return Cell([REFERENCE], mark=("unsure", 0, 0, 0))
    if choice is None or run.id not in choice.gains:
        return Cell([MISSING])
    value, low, high = gain = choice.gains[run.id]
    shown = text.number(value, width=high - low, signed=True)
    kind = WORDS[gain.side].replace("chance", "unsure")
    return Cell([shown], text.interval(low, high, signed=True), (kind, *gain), choice.judge(run))


def _show_value(name: str, value: Value | None) -> Cell:
    if value is None:
        return Cell([MISSING])
    kind = CORRECTED if name == CORRECTED else "best"
    return Cell([value.shown], text.interval(*value[1:]), (kind, *value))


def _show(value: Any) -> Cell:
    if isinstance(value, int | float) and value == value // 1:  # a float, if another run has none
        return Cell([text.count(int(value))])
    return Cell([MISSING if value is None else text.setting(value)])


def _show_time(run: Run) -> Cell:
    seconds = run.find("session", "seconds", int | float)
    return Cell([MISSING if seconds is None else str(timedelta(seconds=seconds))])


def _show_best_params(run: Run) -> Cell:
    if run.n_members > 1:
        shares = share_weights(run.find("features", "members"))
        return Cell([", ".join(f"{name} {share:.0%}" for name, share in shares.items())])
    params = run.find("features", "best_params", dict) or {}
    return Cell([text.settings(params, 4) or MISSING])
