"""How often does `kedro sweep predict --drift` warn of a shift where there is none, and where there is one?"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.tables.schema._drift import BINS, Shift, count_values, describe_values, measure_shifts
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

from benchmarks.estimates.collect import collect, find_searches

KEY = ["rows", "columns", "shift", "seed"]
SIZES, WIDTHS = (20, 50, 200, 1_000, 10_000), (5, 20, 100)
TRAINING = (200, 1_000, 5_000)  # in turn
# The goal, fixed in advance: of files without a shift, so many have a feature beyond its limit.
GOAL = (0.03, 0.07)
# Standard deviations by which the first feature, a normal number, is shifted; -1 stands for the shift
# that the file is said to show in 80% of the cases.
NONE, HALF, DETECTABLE = 0.0, 0.5, -1.0
FILES = {5: 400, 20: 400, 100: 60}
FIRST_SHIFTED, SHIFTED_FILES, SHIFTED_WIDTH = 80, 80, 20
WORDS = np.array([f"word{number:04}" for number in range(1_000)])
MOST_APART = 5.0  # standard deviations
RARE = 0.8 ** np.arange(40)

Random = np.random.Generator
# Distributions that no constant of the method was chosen on.
FEATURES: dict[str, Callable[[Random, int], Any]] = {
    "normal": lambda random, n: random.normal(size=n),
    "heavy tails": lambda random, n: random.standard_t(2, n),
    "counts": lambda random, n: random.poisson(3, n),
    "zeros": lambda random, n: np.where(random.random(n) < 0.85, 0, random.lognormal(size=n)),
    "rare categories": lambda random, n: random.choice(WORDS[:40], n, p=RARE / RARE.sum()),
    "categories": lambda random, n: random.choice(WORDS[:12], n),
    "rare event": lambda random, n: random.random(n) < 0.02,
    "gaps": lambda random, n: np.where(random.random(n) < 0.1, np.nan, random.gamma(2, size=n)),
    "dates": lambda random, n: np.datetime64("2024-01-01") + random.integers(500, size=n),
    "words": lambda random, n: random.choice(WORDS, n),
}


def simulate_drift() -> dict[str, Any]:
    """Count the files with a warning, and save every file."""
    cases = [
        (rows, columns, NONE, seed)
        for columns, files in FILES.items()
        for seed in range(files)
        for rows in SIZES
    ]
    cases += [
        (rows, SHIFTED_WIDTH, shift, seed)
        for shift in (HALF, DETECTABLE)
        for seed in range(FIRST_SHIFTED, FIRST_SHIFTED + SHIFTED_FILES)
        for rows in SIZES
    ]
    cells = collect("drift", simulate, cases, KEY).groupby(["shift", "columns", "rows"])
    counted = pd.DataFrame(
        [_count(cell) | dict(zip(cells.keys, key, strict=True)) for key, cell in cells]
    )
    counted.to_csv(find_searches("drift").with_name("drift_cells.csv"), index=False)
    alarms = counted[counted["shift"] == NONE]
    is_missed = (alarms["any_high"] < GOAL[0]) | (alarms["any_low"] > GOAL[1])
    return {"cells": len(alarms), "missed": alarms[is_missed].to_dict("records")}


def _count(files: pd.DataFrame) -> dict[str, Any]:
    counts: dict[str, Any] = {"files": len(files)}
    for name in ("any", "warned", "found", "clear"):
        share = binomtest(int(files[name].sum()), len(files))
        low, high = share.proportion_ci(method="wilson")
        counts |= {name: share.statistic, f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}
    return counts


def simulate(case: tuple[int, int, float, int]) -> list[dict[str, Any]]:
    """Draw training rows and a file, and compare them."""
    n_rows, n_columns, shift, seed = case
    random = np.random.default_rng([2_026, n_rows, n_columns, round(10 * shift) + 10, seed])
    n_training = TRAINING[seed % len(TRAINING)]
    kinds = ["normal", *np.roll([*FEATURES], seed).tolist() * (n_columns // len(FEATURES) + 1)][
        :n_columns
    ]
    described: dict[str, dict[str, Any]] = {}
    counted = {}
    for number, kind in enumerate(kinds):
        name, before = f"x{number}", pd.Series(FEATURES[kind](random, n_training))
        described[name] = json.loads(describe_values(before) or "{}")
        counted[name] = count_values(pd.Series(FEATURES[kind](random, n_rows)), described[name])
    training = {name: np.array(each["counts"], dtype=float) for name, each in described.items()}
    shifts = measure_shifts(training, counted)
    distance = shift
    if shift:
        if shift == DETECTABLE:
            distance = find_distance(_find(shifts).detectable)
        after = pd.Series(random.normal(distance, size=n_rows))
        shifts = measure_shifts(training, counted | {"x0": count_values(after, described["x0"])})
    first = _find(shifts)
    result = {"training": n_training, "distance": distance, "index": first.index, "limit": first.limit}
    result |= {
        "any": sum(each.index > each.limit for each in shifts) > 0,
        "warned": any(each.is_clear for each in shifts),
        "found": first.index > first.limit,
        "clear": first.is_clear,
    }
    return [dict(zip(KEY, case, strict=True)) | result]


def _find(shifts: list[Shift]) -> Shift:
    return next(each for each in shifts if each.feature == "x0")


def find_distance(index: float) -> float:
    """Find how many standard deviations apart two normal distributions with this index are."""
    edges = norm.ppf(np.arange(1, BINS) / BINS)

    def measure(distance: float) -> float:
        q = np.diff(norm.cdf(edges - distance), prepend=0, append=1)
        return float(((1 / BINS - q) * np.log(1 / BINS / q)).sum())

    return float(brentq(lambda x: measure(x) - min(index, measure(MOST_APART)), 0, MOST_APART))
