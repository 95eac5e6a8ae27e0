"""Show what was measured."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


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


def write_page(results: dict[str, Any], path: Path) -> str:
    """Write the page of the documentation.

    Args:
        results: All that was measured.
        path: Where the page goes.

    Returns:
        The tables of the page.
    """
    promises = _table(
        ["what", "against", "ours", "theirs", "result", "target", "met"],
        [
            [
                row["what"],
                row["against"],
                f"{row['ours']:.2f} {row['unit']}",
                f"{row['theirs']:.2f} {row['unit']}",
                f"{row['result']:.2f}",
                row["target"],
                "yes" if row["met"] else "NO",
            ]
            for rows in results["rows"].values()
            for row in rows
        ],
    )
    growth = _table(
        ["rows", "trials", "tutorial", "Kedro Sweep", "times faster"],
        [
            [
                f"{row['rows']:,}",
                f"{row['trials']}",
                f"{row['tutorial']:.1f} s",
                f"{row['ours']:.1f} s",
                f"{row['tutorial'] / row['ours']:.1f}",
            ]
            for row in results["growth"]
        ],
    )
    quality = _table(
        ["table", "score", "ours", "skrub", "difference", "standard error"],
        [
            [
                row["table"],
                row["score"],
                f"{row['ours']:.3f}",
                f"{row['theirs']:.3f}",
                f"{row['difference']:+.3f}",
                f"{row['standard_error']:.3f}",
            ]
            for row in results["quality"]
        ],
    )
    estimates = _table_estimates(results["estimates"]["cases"])
    samplers = _table_estimates(results["estimates"]["samplers"])
    random = results["estimates"]["samplers"][1]
    less = f"{random['less']:.4f} ± {random['less_standard_error']:.4f}"
    nested = _table(
        ["of", "runs", "estimate", "minus the truth", "width", "fits"],
        [
            line
            for row in results["estimates"]["nested"]
            for line in (
                [
                    f"{row['model']}, {row['rows']:,} rows",
                    f"{row['repetitions']}",
                    "corrected",
                    f"{row['error']:+.4f} ± {row['standard_error']:.4f}",
                    f"{row['width']:.3f}",
                    "1",
                ],
                [
                    "",
                    "",
                    "nested",
                    f"{row['nested_error']:+.4f} ± {row['nested_standard_error']:.4f}",
                    f"{row['nested_width']:.3f}",
                    f"{row['cost']:.1f}",
                ],
            )
        ],
    )
    splits = results["splits"]
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    dates = ", ".join(f"{part.replace('_', ' ')} {date}" for part, date in results["measured"].items())
    path.write_text(
        f"""# Benchmarks

`make bench` measures these figures, alternates between the methods, and writes this page. Times are medians. The
tutorial's objective (`cross_val_score`) and ours ran exactly the same trials, which is checked bit for bit;
OptunaSearchCV and two workers draw their own. The time to start the workers is included.

{promises}

![Time to the n-th trial](images/benchmark.png)

How the cost grows with the table, for the same trials (made-up data, two classes, up to 10 trees, one run each):

{growth}

How good a model is: the test score of `kedro run` as it stands (a random forest, 100 trials) against
`skrub.tabular_pipeline` without tuning (histogram gradient boosting), on eight tables of different kinds. Each figure is
the mean of five repetitions with other draws of the table, or other splits of a public one:

{quality}

Whether the number that is reported is the number that is got: searches on made-up tables (300 or 1,000 rows, two or four
classes, with a strong, a weak or no signal; 40 trials with TPE, 5 folds), whose truth is known. It is the accuracy of the
best configuration, refitted on all rows, on 20,000 other rows. Errors are means with their standard errors. The corrected
estimate should hold the truth in its 95% interval at least 93 times of 100, with an interval at most twice as wide as the
binomial one of as many rows, and should not be optimistic beyond its standard error:

{estimates}

Nested cross-validation repeats the whole search in five outer folds. On the same tables, with its bootstrap interval:

{nested}

The correction takes the configurations as given. TPE, however, looks for them near those that were lucky on the same rows,
which leaves some optimism where luck is all there is to find: decision trees on 300 rows without any signal, with TPE and
with a random search of the same tables. Table by table, the random search is less optimistic by {less}:

{samplers}

The same question on the wines, with the shipped search and {splits["seeds"]} seeds of the split: the mean of the best
value is {splits["best"]:.4f}, of the corrected one {splits["corrected"]:.4f}, and on the test rows {splits["test"]:.4f}. The
95% intervals of the last two overlap in {splits["overlap"]} of {splits["seeds"]} splits.

Measured on: {machine}. Each part can be measured alone (`python -m benchmarks --parts text`); the days:
{dates}. All figures are in [benchmarks.json](benchmarks.json).
"""
    )
    return f"{promises}\n\n{growth}\n\n{quality}\n\n{estimates}\n\n{nested}\n\n{samplers}"


def _table_estimates(cases: list[dict[str, Any]]) -> str:
    return _table(
        ["of", "runs", "best - truth", "corrected - truth", "holds the truth", "width", "met"],
        [
            [
                case.get("table") or case.get("sampler") or f"{case['model']}, {case['rows']:,} rows",
                f"{case['repetitions']}",
                f"{case['best_error']:+.4f} ± {case['best_standard_error']:.4f}",
                f"{case['error']:+.4f} ± {case['standard_error']:.4f}",
                f"{case['coverage']:.1%}",
                f"{case['relative_width']:.2f}",
                "yes" if case["met"] else "NO",
            ]
            for case in cases
        ],
    )


def _table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
