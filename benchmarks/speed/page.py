"""The page of the documentation about speed."""

from statistics import median
from typing import Any

from benchmarks.machine import describe_days
from benchmarks.markdown import make_table
from benchmarks.speed.row import TIMES

PAGE = """# Speed

How long a search takes, compared with other ways to get the same scores. `make bench` takes these measurements (about
{minutes} minutes in all) and writes this page. Each figure is the median of several runs, with the smallest and the largest
in parentheses. The runs of the methods alternate, so that a slow minute affects all of them. The slowest methods ran
once.

![Line chart: seconds until each trial is finished. Bar chart: seconds for 100 and for 1,000 trials](../images/benchmark.png)

*A random forest on the wines. Left: the time until each trial was finished, on logarithmic scales. The curves of Kedro
Sweep flatten because later trials reuse trees. Right: the time of a whole search, on linear scales.*

- **Tutorial** is the method of the [2022 tutorial](../explanation/from_the_tutorial.md): `cross_val_score` inside
  Optuna's objective. It ran the same trials as Kedro Sweep, and every score was checked to be equal to the last bit.
- Where all trials would take too long, `cross_val_score` ran every 4th, 10th or 20th trial, and its time was multiplied
  by that number. The time to draw parameters is then not included.
- **OptunaSearchCV** searched the same space with the same number of trials, but drew other parameters.
- The rows with *workers* start the clock when the worker processes are ready.
- The **goal** of a row is what the project aims for.

{rows}

Unless a row says otherwise, the data are the 865 training rows of the wines. The tables of 10,000 and 100,000 rows are
made up: eleven numbers and two classes. *Two texts and a date* is a made-up table of 2,000 rows, which skrub encodes
before the forest sees it. *Pipeline* is a `StandardScaler` followed by an `SVC`. The ratios hold for these models and
tables: [Reuse](../how_to/scaling.md#reuse) says which models gain and why.

[Strength](strength.md) compares the models after a short search. [Simulations](simulations.md) check the estimates.

Each part was measured by itself ({days}), for example with `python -m benchmarks.speed --parts text`. The machine:
{machine}. All runs are in [benchmarks.json](benchmarks.json).
"""


def make_page(results: dict[str, Any], minutes: int) -> str:
    """Make the page.

    Args:
        results: All that was measured.
        minutes: How long all parts take.

    Returns:
        The text of the page.
    """
    return PAGE.format(
        minutes=minutes,
        rows=make_rows(results["rows"]),
        machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()),
        days=describe_days(results["measured"].values()),
    )


def make_rows(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Make the table of all goals.

    Args:
        rows: By part.

    Returns:
        The lines.
    """
    return make_table(
        ["measured", "Kedro Sweep", "compared with", "its figure", "ratio or difference", "goal", "met"],
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
