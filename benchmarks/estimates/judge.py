"""Judge simulated estimates by targets that were set before: bias and two-sided coverage, cell by cell."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from benchmarks.markdown import make_table

# The targets. A cell misses one only if the data show it: chance alone moves the figures of few searches.
MOST_BIAS = 0.01
COVERAGE = (0.92, 0.98)


def judge_cells(outcomes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Judge each cell: its mean error with standard error, and how often the interval holds the truth.

    The searches of a cell use different tables, so they are independent.
    """
    return pd.DataFrame(
        [
            {**dict(zip(by, key, strict=True)), **judge(cell)}
            for key, cell in outcomes.groupby(by, sort=False)
        ]
    )


def judge(searches: pd.DataFrame) -> dict[str, Any]:
    """Judge the searches of one cell."""
    given = searches.dropna(subset="corrected")
    errors = given["corrected"] - given["truth"]
    n, standard_error = len(given), float(errors.std(ddof=1) / sqrt(max(1, len(given))))
    covered = given["truth"].between(given["low"], given["high"])
    # Without a search, any share is possible.
    low, high = binomtest(int(covered.sum()), n).proportion_ci(method="wilson") if n else (0.0, 1.0)
    bias = float(errors.mean())
    return {
        "searches": len(searches),
        "with_interval": n,
        "best_error": float((given["best"] - given["truth"]).mean()),
        "bias": bias,
        "standard_error": standard_error,
        "coverage": float(covered.mean()),
        "coverage_low": low,
        "coverage_high": high,
        "is_biased": abs(bias) > max(MOST_BIAS, 2 * standard_error),
        "is_off": low > COVERAGE[1] or high < COVERAGE[0],
    }


def estimate_share(shares: "pd.Series[float]", n: int) -> tuple[float, float, float]:
    """Estimate a share from those of tables, which have n outcomes together, with its 95% interval (Wilson).

    The outcomes of a table depend on each other, so they count as fewer independent ones.
    """
    share, error = float(shares.mean()), float(shares.std(ddof=1) / sqrt(len(shares)))
    n_independent = min(share * (1 - share) / error**2, n) if error else len(shares)
    square = 1.96**2 / n_independent
    center, spread = share + square / 2, sqrt(square * (share * (1 - share) + square / 4))
    return share, (center - spread) / (1 + square), (center + spread) / (1 + square)


def tabulate_coverage(searches: pd.DataFrame, by: list[str]) -> str:
    """Make a table with the share of the intervals that hold the truth, over all kinds and signals."""
    given = searches.dropna(subset="corrected")
    given = given.assign(is_covered=given["truth"].between(given["low"], given["high"]))
    lines = []
    for key, found in given.groupby(by, sort=False):
        shares = found.groupby(["kind", "signal", "rows", "seed"])["is_covered"].mean()
        share, low, high = estimate_share(shares, len(found))
        lines.append([*map(str, key), f"{len(found):,}", f"{share:.1%} ({low:.1%} to {high:.1%})"])
    return make_table([*by, "intervals", "coverage"], lines)


def show_cell(cell: Mapping[Any, Any]) -> list[str]:
    """Show the bias and the coverage of a cell; bold misses a target."""
    bias = f"{cell['bias']:+.3f} ± {cell['standard_error']:.3f}"
    share = f"{cell['coverage']:.0%} ({cell['coverage_low']:.0%} to {cell['coverage_high']:.0%})"
    return [
        f"**{bias}**" if cell["is_biased"] else bias,
        f"**{share}**" if cell["is_off"] else share,
    ]


def tabulate_cells(cells: pd.DataFrame) -> str:
    """Make a table with a row per score and number of rows, and columns for each signal."""
    signals = [*dict.fromkeys(cells["signal"])]
    header = ["score", "rows"]
    for signal in signals:
        header += [f"{signal}: bias", "coverage"]
    lines = []
    for (score, rows), found in cells.groupby(["score", "rows"], sort=False):
        line = [str(score), f"{rows:,}"]
        for signal in signals:
            [cell] = found[found["signal"] == signal].to_dict("records")
            line += show_cell(cell)
        lines.append(line)
    return make_table(header, lines)


def tabulate_misses(cells: pd.DataFrame, by: str) -> str:
    """Make a table of the cells that miss a target, with a column for each signal."""
    signals = [*dict.fromkeys(cells["signal"])]
    missed = cells[cells["is_biased"] | cells["is_off"]]
    lines = []
    for key, found in cells.groupby(by, sort=False):
        line = [f"{key:,}" if isinstance(key, int) else str(key), f"{len(found) // len(signals)}"]
        for signal in signals:
            here = missed[(missed[by] == key) & (missed["signal"] == signal)]
            line.append("; ".join(map(_show_miss, here.to_dict("records"))) or "none")
        lines.append(line)
    return make_table([by, "cells", *signals], lines)


def _show_miss(cell: Mapping[Any, Any]) -> str:
    shown = [
        f"{cell['bias']:+.3f} ± {cell['standard_error']:.3f}" if cell["is_biased"] else "",
        f"{cell['coverage']:.0%} of the intervals" if cell["is_off"] else "",
    ]
    return f"`{cell['score']}` {', '.join(filter(None, shown))}"


def count_misses(cells: pd.DataFrame) -> str:
    """Make a table of how many cells miss a target: by signal, and which misses most."""
    lines = []
    for signal, found in cells.groupby("signal", sort=False):
        kinds = {
            "too high": (found["is_biased"] & (found["bias"] > 0), "bias"),
            "too low": (found["is_biased"] & (found["bias"] < 0), "bias"),
            "too few intervals hold": (found["is_off"] & (found["coverage"] < COVERAGE[0]), "coverage"),
            "too many intervals hold": (found["is_off"] & (found["coverage"] > COVERAGE[1]), "coverage"),
        }
        for name, (is_missed, column) in kinds.items():
            if not is_missed.any():
                continue
            missed = found[is_missed]
            order = (missed[column] - (column == "coverage")).abs().sort_values(ascending=False)
            most = missed.loc[order.index].to_dict("records")[0]
            value = f"{most['bias']:+.3f}" if column == "bias" else f"{most['coverage']:.0%}"
            worst = f"{value} ({most['score']}, {most['kind']}, {most['rows']:,} rows)"
            lines.append([str(signal), name, f"{len(missed)} of {len(found)}", worst])
    return make_table(["signal", "misses", "cells", "most"], lines)
