"""The table of a group, cell by cell."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kedro_sweep import text
from kedro_sweep.report._html import share_weights
from kedro_sweep.report._runs import Run, describe_changes
from kedro_sweep.report.comparison._choice import Choice, rank_runs
from kedro_sweep.report.comparison._groups import Group, Score, collect_scores
from kedro_sweep.text import MISSING

MAX_FIRST_SCORES = 3
# Longer text is cut off and can be expanded.
MAX_LINES = 2
MAX_LENGTH = 90


class Cell(NamedTuple):
    lines: list[str]
    note: str = ""  # small text below
    full: str = ""  # shown on hover, if something is left out
    key: float | None = None  # to sort by, if it is a number
    is_best: bool = False  # has a star

    def __str__(self) -> str:
        return ", ".join(self.lines) + (f" ({self.note})" if self.note else "")

    @property
    def is_long(self) -> bool:
        return len(self.lines) > MAX_LINES or len(" ".join(self.lines)) > MAX_LENGTH


class Column(NamedTuple):
    name: str
    # `text`, `wide` text, `time`, `n` for numbers, `n muted` for those that no search optimizes
    kind: str
    cells: list[Cell]
    lower_first: bool = False  # the first click sorts the lowest value to the top


def tabulate_group(group: Group, choice: Choice | None = None) -> list[Column]:
    runs, scores = group.runs, collect_scores(group)
    time, end = _describe_runs(runs, None if choice is None else choice.best)
    tested = [_make_score_column(score) for score in scores if not score.name.startswith("train ")]
    # The columns that tell runs apart come first, so that they fit on a small screen.
    columns = [
        time,
        *tested[:1],
        Column("gain over the reference", "n", [_show_gain(run, choice) for run in runs]),
        *tested[1:MAX_FIRST_SCORES],
        Column("model", "text", list(map(_show_model, runs))),
        Column("changed since the previous run", "wide", list(map(Cell, describe_changes(runs)))),
        *tested[MAX_FIRST_SCORES:],
        Column("best parameters", "wide", list(map(_show_best_params, runs))),
        Column("trials", "n", [_count(run.find("sweep_summary", "n_trials")) for run in runs]),
        Column("rows", "n", [_count(run.find("sweep_summary", "rows")) for run in runs]),
        Column("task", "text", [_show(run.find("sweep_summary", "task")) for run in runs]),
        end,
        Column("commit", "text", list(map(_show_commit, runs))),
        *(_make_score_column(score) for score in scores if score.name.startswith("train ")),
    ]
    order, shown = [runs.index(run) for run in rank_runs(runs)], _drop_empty(columns)
    return [column._replace(cells=[column.cells[row] for row in order]) for column in shown]


def tabulate_unsearched(runs: Sequence[Run]) -> list[Column]:
    columns = [
        *_describe_runs(runs),
        Column("error", "wide", [_show(run.error.get("value") or None) for run in runs]),
        Column("command", "wide", [Cell([run.command or MISSING]) for run in runs]),
        Column("model", "text", list(map(_show_model, runs))),
        Column("commit", "text", list(map(_show_commit, runs))),
    ]
    return _drop_empty(columns)


def _drop_empty(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if any(cell.lines != [MISSING] for cell in column.cells)]


def _describe_runs(runs: Sequence[Run], best: Run | None = None) -> list[Column]:
    return [
        # The ID is written out, to be copied into `--model-version`.
        Column(
            "run (UTC)",
            "time",
            [Cell([run.time or run.id], run.id, is_best=run is best) for run in runs],
        ),
        Column("end", "text", [Cell([run.end]) for run in runs]),
    ]


def _make_score_column(score: Score) -> Column:
    cells = [
        Cell([found.shown], text.interval(found.low, found.high), str(found.value), found.value)
        if found
        else Cell([MISSING])
        for found in score.values
    ]
    return Column(score.name, "n muted" if score.is_muted else "n", cells, score.lower_is_better)


def _show_gain(run: Run, choice: Choice | None) -> Cell:
    if choice and run is choice.reference:
        return Cell(["reference"], key=0.0)
    if choice is None or run.id not in choice.gains:
        return Cell([MISSING])
    value, low, high = choice.gains[run.id]
    shown = text.number(value, width=high - low, signed=True)
    return Cell([shown], text.interval(low, high, signed=True), str(value), value)


def _show(value: Any) -> Cell:
    return Cell([MISSING if value is None else text.setting(value)])


def _count(value: Any) -> Cell:
    return Cell([text.count(value)], key=value) if isinstance(value, int) else _show(value)


def _show_model(run: Run) -> Cell:
    path = str(run.model or MISSING)
    return Cell([run.model_name], full=f"best candidate: {path}" if run.n_members > 1 else path)


def _show_best_params(run: Run) -> Cell:
    if run.n_members > 1:
        shares = share_weights(run.find("features", "members"))
        return Cell([", ".join(f"{name} {share:.0%}" for name, share in shares.items())])
    params = run.find("features", "best_params", dict) or {}
    return Cell([text.settings(params, 4) or MISSING])


def _show_commit(run: Run) -> Cell:
    commit, *more = run.commit or [MISSING]
    return Cell([commit], ", ".join(more))
