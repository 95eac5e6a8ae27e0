"""Other estimates of the same searches: nested cross-validation, and the plain interval of a mean."""

import numpy as np
import pandas as pd

from benchmarks.estimates.judge import judge
from benchmarks.markdown import make_table

NAMES = {"nested": "corrected", "nested_low": "low", "nested_high": "high"}
FACTORS = (0.8, 0.9, 1.0, 1.25)  # from a scale of 1 to one of 0.8, and back
SCORES_OF_ROWS = ("accuracy", "neg_mean_absolute_error")


def compare_widths(searches: pd.DataFrame) -> str:
    """Show how many intervals of each score would hold the truth if they were narrower or wider."""
    given = searches.dropna(subset="corrected")
    below, above = given["corrected"] - given["low"], given["high"] - given["corrected"]
    error = given["truth"] - given["corrected"]
    held = {
        f"{factor} times": error.between(-factor * below, factor * above).groupby(given["score"]).mean()
        for factor in FACTORS
    }
    lines = [
        [score, *(f"{shares[score]:.1%}" for shares in held.values())]
        for score in given["score"].unique()
    ]
    return make_table(["score", *held], lines)


def compare_with_nested(searches: pd.DataFrame) -> str:
    """Compare the corrected accuracy with that of nested cross-validation."""
    found = searches[searches["nested"].notna()]
    plain = 1.96 * np.sqrt(found["best"] * (1 - found["best"]) / found["rows"])
    nested = found.drop(columns=["corrected", "low", "high"]).rename(columns=NAMES)
    around_best = found.assign(
        corrected=found["best"], low=found["best"] - plain, high=found["best"] + plain
    )
    return _tabulate(
        {"corrected": found, "nested": nested, "best": around_best},
        ["rows", "signal"],
        ("bias", "RMSE", "coverage", "width"),
    )


def compare_with_plain(searches: pd.DataFrame) -> str:
    """Compare the interval of a mean over rows with the plain one, around either value."""
    found = searches[searches["score"].isin(SCORES_OF_ROWS) & searches["corrected"].notna()]
    ways = {"corrected": found}
    for name, column in (("plain", "corrected"), ("plain, best", "uncorrected")):
        value, error = found[column], found["plain_error"]
        ways[name] = found.assign(corrected=value, low=value - error, high=value + error)
    return _tabulate(ways, ["search", "score", "signal"], ("coverage", "width"))


def _tabulate(ways: dict[str, pd.DataFrame], by: list[str], columns: tuple[str, ...]) -> str:
    """Make a table with a line per cell, and some columns for each way to estimate the score."""
    groups = {name: dict(list(found.groupby(by, sort=False))) for name, found in ways.items()}
    lines = []
    for key in next(iter(groups.values())):
        figures = [_measure(cells[key]) for cells in groups.values()]
        lines.append([*map(str, key), *(found[column] for found in figures for column in columns)])
    return make_table([*by, *(f"{name}: {column}" for name in ways for column in columns)], lines)


def _measure(searches: pd.DataFrame) -> dict[str, str]:
    judged, errors = judge(searches), searches["corrected"] - searches["truth"]
    low, high = judged["coverage_low"], judged["coverage_high"]
    return {
        "bias": f"{judged['bias']:+.3f} ± {judged['standard_error']:.3f}",
        "RMSE": f"{np.sqrt((errors**2).mean()):.3f}",
        "coverage": f"{judged['coverage']:.0%} ({low:.0%} to {high:.0%})",
        "width": f"{(searches['high'] - searches['low']).mean():.3f}",
    }
