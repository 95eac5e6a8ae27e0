"""Other estimates of the same searches: nested cross-validation, and the plain interval of a mean."""

import numpy as np
import pandas as pd

from benchmarks.estimates.judge import judge
from benchmarks.markdown import make_table

NAMES = {"nested": "corrected", "nested_low": "low", "nested_high": "high"}
SCORES_OF_ROWS = ("accuracy", "neg_mean_absolute_error")


def compare_with_nested(searches: pd.DataFrame) -> str:
    """Compare the corrected accuracy with that of nested cross-validation."""
    found = searches[searches["nested"].notna()]
    plain = 1.96 * np.sqrt(found["best"] * (1 - found["best"]) / found["rows"])
    nested = found.drop(columns=["corrected", "low", "high"]).rename(columns=NAMES)
    around_best = found.assign(
        corrected=found["best"], low=found["best"] - plain, high=found["best"] + plain
    )
    return _tabulate(
        {"corrected": found, "nested": nested, "best, plain": around_best}, ["rows", "signal"]
    )


def compare_with_plain(searches: pd.DataFrame) -> str:
    """Compare the interval of a mean over rows with the plain one, around either value."""
    found = searches[searches["score"].isin(SCORES_OF_ROWS) & searches["corrected"].notna()]
    ways = {"corrected": found}
    for name, column in (("corrected, plain", "corrected"), ("best, plain", "uncorrected")):
        value, error = found[column], found["plain_error"]
        ways[name] = found.assign(corrected=value, low=value - error, high=value + error)
    return _tabulate(ways, ["search", "score", "signal"])


def _tabulate(ways: dict[str, pd.DataFrame], by: list[str]) -> str:
    """Make a table with a line per cell, and for each way its bias, error, coverage and mean width."""
    header, lines = [*by], []
    for name in ways:
        header += [f"{name}: bias", "RMSE", "coverage", "width"]
    groups = {name: dict(list(found.groupby(by, sort=False))) for name, found in ways.items()}
    for key in next(iter(groups.values())):
        line = [str(part) for part in key]
        for cells in groups.values():
            cell = cells[key]
            judged, errors = judge(cell), cell["corrected"] - cell["truth"]
            line += [
                f"{judged['bias']:+.3f} ± {judged['standard_error']:.3f}",
                f"{np.sqrt((errors**2).mean()):.3f}",
                f"{judged['coverage']:.0%} ({judged['coverage_low']:.0%} to {judged['coverage_high']:.0%})",
                f"{(cell['high'] - cell['low']).mean():.3f}",
            ]
        lines.append(line)
    return make_table(header, lines)
