"""The table of a group, cell by cell."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kedro_sweep.report.comparison.cells import Cell, Column
from kedro_sweep.report.comparison.changes import describe_changes
from kedro_sweep.report.comparison.groups import Group
from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.scores import Score, collect_scores, rank_runs
from kedro_sweep.report.comparison.text import MISSING, show_score, show_value
from kedro_sweep.report.members import share_weights

MAX_FIRST_SCORES = 3


def tabulate_group(group: Group) -> list[Column]:
    """Make the table of comparable runs."""
    scores = collect_scores(group)
    time, *rest = _describe_runs(group.runs)
    tested = [score for score in scores if not score.name.startswith("train ")]
    # The columns that tell runs apart come first, so that they fit on a small screen.
    columns = [
        time,
        *map(_make_score_column, tested[:MAX_FIRST_SCORES]),
        _make_column("model", group.runs, _show_model),
        Column("changed since the previous run", "wide", list(map(Cell, describe_changes(group.runs)))),
        *map(_make_score_column, tested[MAX_FIRST_SCORES:]),
        _make_column("best parameters", group.runs, _show_best_params, "wide"),
        _make_column("trials", group.runs, _show_count("n_trials"), "n"),
        _make_column("rows", group.runs, _show_count("rows"), "n"),
        _make_column("task", group.runs, lambda run: _show(run.find("sweep_summary", "task"))),
        *rest,
        _make_column("commit", group.runs, _show_commit),
        *(_make_score_column(score) for score in scores if score.name.startswith("train ")),
    ]
    order = rank_runs(group, scores)
    return [
        column._replace(cells=[column.cells[row] for row in order])
        for column in columns
        if not column.is_empty
    ]


def tabulate_unsearched(runs: Sequence[Run]) -> list[Column]:
    """Make the table of runs without a cross-validated value."""
    columns = [
        *_describe_runs(runs),
        _make_column("error", runs, lambda run: _show(run.error.get("value") or None), "wide"),
        _make_column("command", runs, _show_command, "wide"),
        _make_column("model", runs, _show_model),
        _make_column("commit", runs, _show_commit),
    ]
    return [column for column in columns if not column.is_empty]


def _describe_runs(runs: Sequence[Run]) -> list[Column]:
    return [
        _make_column("run (UTC)", runs, _show_run, "time"),
        _make_column("end", runs, lambda run: Cell([run.end])),
    ]


def _make_column(
    name: str, runs: Iterable[Run], show: Callable[[Run], Cell], kind: str = "text"
) -> Column:
    return Column(name, kind, [show(run) for run in runs])


def _make_score_column(score: Score) -> Column:
    best = score.find_best()
    cells = [
        Cell(
            [show_score(value.value)],
            value.show_interval(),
            str(value.value),
            value.value,
            position in best,
        )
        if value
        else Cell([MISSING])
        for position, value in enumerate(score.values)
    ]
    return Column(score.name, "n" if score.is_ranked else "n muted", cells, score.lower_is_better)


def _show_run(run: Run) -> Cell:
    # The ID is written out, to be copied into `--model-version`.
    return Cell([run.label], note=run.id if run.id != run.label else "")


def _show(value: Any) -> Cell:
    return Cell([MISSING if value is None else show_value(value)])


def _show_count(key: str) -> Callable[[Run], Cell]:
    def show(run: Run) -> Cell:
        count = run.find("sweep_summary", key)
        return Cell([MISSING]) if count is None else Cell([show_value(count)], key=count)

    return show


def _show_model(run: Run) -> Cell:
    path = str(run.model or MISSING)
    return Cell([run.model_name], full=f"best candidate: {path}" if run.n_members > 1 else path)


def _show_best_params(run: Run) -> Cell:
    params = run.find("features", "best_params")
    if run.n_members > 1:
        shares = share_weights(run.find("features", "members"))
        return Cell([", ".join(f"{name} {share:.0%}" for name, share in shares.items())])
    if not isinstance(params, dict) or not params:
        return Cell([MISSING])
    return Cell([", ".join(f"{name} {show_value(value, digits=4)}" for name, value in params.items())])


def _show_commit(run: Run) -> Cell:
    git = run.find("session", "git")
    if not isinstance(git, dict):
        return Cell([MISSING])
    parts = (git.get("branch"), "edited since" if git.get("dirty") else None)
    return Cell([str(git.get("commit_sha") or MISSING)], ", ".join(str(part) for part in parts if part))


def _show_command(run: Run) -> Cell:
    return _show((run.find("session", "cli", dict) or {}).get("command_path"))
