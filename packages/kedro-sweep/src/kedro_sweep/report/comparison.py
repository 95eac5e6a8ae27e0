"""Compare all tracked runs: what was changed, and what came of it."""

from html import escape
from textwrap import wrap
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from kedro_sweep.report.message import show_message

TITLE = "Comparison of runs"
SCORED = {"sweep_summary", "test_metrics", "train_metrics"}
LOWER_IS_BETTER = {"mae", "rmse"}
MISSING = "–"  # noqa: RUF001
# More than these could not be read.
MAX_CHANGES = 6
MAX_PARAMETER_AXES = 8
LINE = 44
MAX_LABELS = 15
MAX_LABEL = 22
# Of the columns of the table, as multiples of that of a score.
WIDTHS = {
    "run": 2.3,
    "time (UTC)": 1.2,
    "end": 1.1,
    "commit": 1.6,
    "changed since the run before": 3.2,
    "best parameters": 1.7,
}
# Kedro-Viz puts its own colors on what has none, by day and by night: these can be read on both.
COLORS = ["#4393e4", "#f0c330", "#e4572e"]
HEADER = {"fill": {"color": "#2a4365"}, "font": {"color": "white", "size": 10}, "align": "left"}
CELLS = {"fill": {"color": "#f3f6fa"}, "font": {"color": "#1a202c", "size": 10}, "align": "left"}


class Score(NamedTuple):
    """One number of each run.

    Attributes:
        name: Such as `test acc`.
        values: By run id; missing where a run has none.
        lower_is_better: Whether the best is the lowest.
    """

    name: str
    values: pd.Series
    lower_is_better: bool

    def rank(self) -> pd.Index:
        """Order the run ids, best first and those without a value last."""
        return self.values.sort_values(ascending=self.lower_is_better, kind="stable").index

    def show(self) -> pd.Series:
        """Write the values as text, the best with a star."""
        best = self.values.min() if self.lower_is_better else self.values.max()
        shown = self.values.map("{:.4f}".format)
        starred = shown.mask(self.values == best, "<b>" + shown + "★</b>")
        return starred.mask(self.values.isna(), MISSING)


def plot_runs_comparison(tracked_runs: pd.DataFrame, *this_run: Any) -> Any:
    """Draw each run as a line through its changed parameters and scores, over a table to be sorted.

    Args:
        tracked_runs: One row per run, newest first, indexed by run id. Its columns have two levels, the
            dataset (`run_parameters`, `sweep_summary`, `features`, `test_metrics`, `train_metrics`
            and, of the run itself, `session`) and the key in it.
        *this_run: What the current run tracks. Only that it is saved before `tracked_runs` is loaded
            matters here.

    Returns:
        The Plotly figure, or one that says why there is none.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415

    runs = tracked_runs
    n_scored = _count_scored(runs)
    if n_scored < 2:
        found = "only one run with a score" if n_scored else "no run with a score"
        return show_message(
            TITLE, f"There is {found} so far, nothing to compare:<br>change a parameter and run again."
        )
    scores, parameters = collect_scores(runs), _select(runs, "run_parameters")
    cells = _describe_runs(runs, parameters).assign(**{score.name: score.show() for score in scores})
    orders = {f"{score.name}, best first": score.rank() for score in scores} | {
        "time, newest first": cells.index
    }
    figure = Figure(
        [_draw_lines(parameters, scores), _draw_table(cells.loc[next(iter(orders.values()))])],
        layout={"title": f"{TITLE}: {len(cells)} runs", "margin": {"t": 80, "b": 20, "l": 140}},
    )
    return figure.update_layout(
        updatemenus=[
            {
                "buttons": [
                    {
                        "label": f"sorted by {label}",
                        "method": "restyle",
                        "args": [{"cells.values": [_columns(cells.loc[order])]}, [1]],
                    }
                    for label, order in orders.items()
                ],
                "x": 0,
                "xanchor": "left",
                "y": 0.52,
                "yanchor": "bottom",
            }
        ]
    )


def collect_scores(runs: pd.DataFrame) -> list[Score]:
    """Collect what the runs can be ranked by.

    Args:
        runs: The tracked runs.

    Returns:
        The best cross-validated value, a score for each measure that was searched by, since values
        of different measures cannot be compared; then the test and the training metrics.
    """
    summary = _select(runs, "sweep_summary").reindex(columns=["scoring", "direction", "best_value"])
    searched_by = summary.drop_duplicates("scoring").dropna(subset=["scoring"])
    searches = [
        Score(
            f"CV {scoring}",
            pd.to_numeric(summary["best_value"].where(summary["scoring"] == scoring)),
            direction == "minimize",
        )
        for scoring, direction in zip(searched_by["scoring"], searched_by["direction"], strict=True)
    ]
    metrics = [
        Score(f"{part} {name}", pd.to_numeric(values, errors="coerce"), name in LOWER_IS_BETTER)
        for part in ("test", "train")
        for name, values in _select(runs, f"{part}_metrics").items()
    ]
    return searches + metrics


def describe_changes(parameters: pd.DataFrame) -> pd.Series:
    """Say for each run what was changed since the run before.

    Args:
        parameters: One row per run, newest first.

    Returns:
        Lines of text by run id.
    """
    known = parameters.dropna(how="all")
    shown = known.map(_show)
    changes = pd.Series("not recorded", index=parameters.index, dtype=object)
    for run, before in zip(known.index[:-1], known.index[1:], strict=True):
        names = shown.columns[shown.loc[run] != shown.loc[before]]
        lines = [
            _describe_change(name, known.loc[before, name], known.loc[run, name])
            for name in names[:MAX_CHANGES]
        ]
        if len(names) > MAX_CHANGES:
            lines.append(f"and {len(names) - MAX_CHANGES} more")
        # Plotly does not break lines in a cell that has line breaks.
        changes[run] = (
            "<br>".join(part for line in lines for part in wrap(line, LINE, break_long_words=False))
            or "nothing"
        )
    changes[known.index[-1:]] = "first run"
    return changes


def _describe_change(name: str, before: Any, now: Any) -> str:
    if isinstance(before, list) and isinstance(now, list):
        removed = [f"− {value}" for value in before if value not in now]  # noqa: RUF001
        added = [f"+ {value}" for value in now if value not in before]
        return escape(f"{name}: {', '.join(removed + added) or 'another order'}")
    return escape(f"{name}: {_show(before)} → {_show(now)}")


def _show(value: Any) -> str:
    if isinstance(value, float):  # a missing key is NaN, and makes whole numbers of its column floats
        return MISSING if pd.isna(value) else f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _count_scored(runs: pd.DataFrame) -> int:
    """Count the runs that came to a score; others failed, were stopped, or only split the table."""
    scored = runs[[column for column in runs.columns if column[0] in SCORED]]
    return len(scored.dropna(how="all"))


def describe_ends(runs: pd.DataFrame) -> pd.Series:
    """Say for each run how it ended.

    Args:
        runs: The tracked runs.

    Returns:
        `finished`, `failed` with the kind of error, or `stopped`, by run id.
    """
    session = _select(runs, "session").reindex(columns=["finished", "exception"])
    errors = session["exception"].map(
        lambda error: error["type"].rpartition(".")[2] if isinstance(error, dict) else ""
    )
    ends = pd.Series("stopped", index=runs.index, dtype=object)
    # Runs of earlier releases did not record that they had finished.
    has_metrics = _select(runs, "test_metrics").notna().any(axis="columns")
    is_finished = session["finished"].where(session["finished"].notna(), has_metrics)
    ends[is_finished.eq(True)] = "finished"
    failed = errors[(errors != "") & (errors != "KeyboardInterrupt")]
    ends[failed.index] = "failed: " + failed
    return ends


def _select(runs: pd.DataFrame, dataset: str) -> pd.DataFrame:
    if dataset not in runs.columns:
        return pd.DataFrame(index=runs.index)
    return pd.DataFrame(runs[dataset])


def _describe_runs(runs: pd.DataFrame, parameters: pd.DataFrame) -> pd.DataFrame:
    """Make the cells of the table that are not scores."""
    times = pd.to_datetime(runs.index, format="%Y-%m-%dT%H.%M.%S.%fZ", errors="coerce")
    commits = _select(runs, "session").get("git", pd.Series(index=runs.index, dtype=object))
    best_params = _select(runs, "features").get("best_params", pd.Series(index=runs.index, dtype=object))
    return pd.DataFrame(
        {
            "run": runs.index,
            "time (UTC)": times.strftime("%Y-%m-%d %H:%M").fillna(MISSING),
            "end": describe_ends(runs),
            "commit": commits.map(_show_commit),
            "changed since the run before": describe_changes(parameters),
            "best parameters": best_params.map(_show_best_params),
        },
        index=runs.index,
    )


def _show_commit(git: Any) -> str:
    if not isinstance(git, dict):
        return MISSING
    edited = "edited since" if git.get("dirty") else ""
    parts = filter(None, [git.get("commit_sha"), git.get("branch"), edited])
    return "<br>".join(escape(str(part)) for part in parts)


def _show_best_params(params: Any) -> str:
    if not isinstance(params, dict):
        return MISSING
    return "<br>".join(escape(f"{name}: {_show(value)}") for name, value in params.items())


def _columns(cells: pd.DataFrame) -> list[list[str]]:
    return [cells[name].tolist() for name in cells]


def _draw_table(cells: pd.DataFrame) -> dict[str, Any]:
    return {
        "type": "table",
        "domain": {"y": [0, 0.5]},
        "columnwidth": [WIDTHS.get(str(name), 1) for name in cells],
        # A narrow column breaks its name between words only.
        "header": {"values": [f"<b>{str(name).replace('_', ' ')}</b>" for name in cells], **HEADER},
        "cells": {"values": _columns(cells), "height": 18, **CELLS},
    }


def _draw_lines(parameters: pd.DataFrame, scores: list[Score]) -> dict[str, Any]:
    """Draw every run that has the first test score, which gives its line the color."""
    color = next((score for score in scores if score.name.startswith("test ")), scores[0])
    drawn = color.values.dropna().index
    shown = parameters.loc[drawn].map(_show)
    changed = shown.columns[shown.nunique() > 1][:MAX_PARAMETER_AXES]
    first_scores = {score.name.split()[0]: score for score in reversed(scores)}
    return {
        "type": "parcoords",
        "domain": {"y": [0.62, 0.93]},
        "line": {
            "color": color.values[drawn],
            "colorscale": COLORS,
            "reversescale": color.lower_is_better,
            "showscale": True,
            "colorbar": {"title": {"text": color.name}, "y": 0.79, "len": 0.4},
        },
        "dimensions": [
            *(_draw_parameter_axis(name, parameters.loc[drawn, name]) for name in changed),
            *(
                {"label": score.name, "values": score.values[drawn]}
                for kind in ("CV", "test", "train")
                if (score := first_scores.get(kind)) and score.values[drawn].notna().all()
            ),
        ],
    }


def _draw_parameter_axis(name: str, values: pd.Series) -> dict[str, Any]:
    """Give numbers a scale, and anything else a mark for each different value."""
    if is_numeric_dtype(values) and not is_bool_dtype(values) and values.notna().all():
        return {"label": name, "values": values}
    codes, labels = pd.factorize(values.map(_show), sort=True)
    if len(labels) > MAX_LABELS:
        return {"label": f"{name}, {len(labels)} kinds", "values": codes, "tickvals": []}
    return {
        "label": name,
        "values": codes,
        "tickvals": list(range(len(labels))),
        "ticktext": [label if len(label) <= MAX_LABEL else f"…{label[-MAX_LABEL:]}" for label in labels],
    }
