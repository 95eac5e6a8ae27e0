"""The page of the documentation about speed."""

from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from benchmarks.markdown import make_table
from benchmarks.speed.row import TIMES

PAGE = """# Benchmarks

`make bench` measures these figures in about {minutes} minutes, and writes this page. A figure is the median of runs that
alternate with those of the other method, with the least and the greatest in parentheses; the slowest methods are run once.
*Tutorial* is `cross_val_score` in Optuna's objective. It ran exactly the same trials, which is checked bit for bit; where
it would take hours, it scored a part of them, and its time is scaled. Worker processes are started before the clock.

{rows}

![Time to the n-th trial](../images/benchmark.png)

How strong the models are after a short search is on [another page](strength.md), and whether the estimates are right on
[a third](simulations.md).

Measured on: {machine}. Each part can be measured alone (`python -m benchmarks.speed --parts text`); the days: {days}.
All runs are in [benchmarks.json](benchmarks.json).
"""


def draw_chart(curves: dict[str, list[float]], path: Path) -> None:
    """Draw trials against seconds, a line for each way.

    Args:
        curves: For each way, the seconds after which each trial was finished.
        path: Where the PNG goes.
    """
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, seconds in curves.items():
        axes.loglog(range(1, len(seconds) + 1), seconds, label=name)
    axes.set(xlabel="trials", ylabel="seconds", title="Time to the n-th trial, wine data")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


def make_page(results: dict[str, Any], minutes: int) -> str:
    """Make the page.

    Args:
        results: All that was measured.
        minutes: How long it takes.

    Returns:
        The text of the page.
    """
    return PAGE.format(
        minutes=minutes,
        rows=make_rows(results["rows"]),
        machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()),
        days=", ".join(f"{part} {day}" for part, day in results["measured"].items()),
    )


def make_rows(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Make the table of all promises.

    Args:
        rows: By part.

    Returns:
        The lines.
    """
    return make_table(
        ["what", "ours", "against", "theirs", "result", "target", "met"],
        [
            [
                row["what"],
                _say(row["ours"], row["unit"]),
                row["against"],
                _say(row["theirs"], row["unit"]),
                _say_result(row["result"], row["result_unit"]),
                row["target"],
                "yes" if row["met"] else "**no**",
            ]
            for of_part in rows.values()
            for row in of_part
        ],
    )


def _say(runs: list[float], unit: str) -> str:
    spread = f"{_round(min(runs))} to {_round(max(runs))}" if len(runs) > 1 else "one run"
    return f"{_round(median(runs))} {unit} ({spread})"


def _say_result(result: float, unit: str) -> str:
    return f"{result:.3g}{unit}" if unit == TIMES else f"{_round(result)} {unit}"


def _round(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
