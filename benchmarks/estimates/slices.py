"""How often is a slice clearly worse where no slice is, and where one is?"""

from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.slices import compare
from scipy.stats import binomtest

from benchmarks.estimates.test_intervals import (
    GROUP_SIZE,
    OF_CLASSES,
    OF_NUMBERS,
    Draw,
    _draw_classes,
    _draw_groups,
    _draw_numbers,
)
from benchmarks.wines import ROOT

CELLS = ROOT / "docs/reference/simulations/slices.csv"
REPETITIONS = 200
# The numbers of rows, and whether a slice is worse.
SIZES = ((300, False), (1_000, False), (1_000, True))
# The goal, fixed in advance: the greatest share of tables without a difference that have a finding.
MOST = 0.05
REGIONS = {"a": 0.4, "b": 0.15, "c": 0.25, "d": 0.12, "e": 0.08}
WORSE, SPOILED = "b", 0.3  # the share of its rows that get the prediction of another row
CASES: dict[str, tuple[str, Draw]] = {
    **{
        f"{score}, {name}": (score, _draw_classes(*OF_CLASSES[name]))
        for score, name in (
            ("accuracy", "weak"),
            ("accuracy", "very strong"),
            ("balanced_accuracy", "strong"),
            ("f1_macro", "strong"),
            ("neg_log_loss", "strong"),
            ("roc_auc", "rare"),
        )
    },
    **{
        f"{score}, heavy": (score, _draw_numbers(*OF_NUMBERS["heavy, strong"]))
        for score in ("neg_mean_absolute_error", "neg_root_mean_squared_error")
    },
    "accuracy, groups": ("accuracy", _draw_groups(OF_CLASSES["strong"][0])),
}


def simulate_slices(repetitions: int = REPETITIONS) -> dict[str, Any]:
    """Count the tables on which a slice is clearly worse, and save the counts in a file."""
    cells: list[dict[str, Any]] = []
    for case, (score, draw) in CASES.items():
        for n_rows, differs in SIZES:
            found = [find(score, draw, n_rows, seed, differs=differs) for seed in range(repetitions)]
            n_found, n_right = sum(map(bool, found)), sum(("region", WORSE) in worse for worse in found)
            low, high = binomtest(n_found, repetitions).proportion_ci(method="wilson")
            cell = {"case": case, "rows": n_rows, "differs": differs, "tables": repetitions}
            cell |= {"found": n_found, "right": n_right, "low": round(low, 3), "high": round(high, 3)}
            cells.append(cell)
            pd.DataFrame(cells).to_csv(CELLS, index=False)
    missed = [cell for cell in cells if not cell["differs"] and cell["low"] > MOST]
    return {"cells": len(cells), "missed": missed}


def find(score: str, draw: Draw, n_rows: int, seed: int, *, differs: bool) -> set[tuple[str, str]]:
    """Name the slices of a simulated table that are clearly worse."""
    random = np.random.default_rng([seed, n_rows])
    is_grouped = draw is CASES["accuracy, groups"][1]
    truth, predictions = draw(random, n_rows // GROUP_SIZE if is_grouped else n_rows)
    regions = random.choice([*REGIONS], truth.units.max() + 1, p=[*REGIONS.values()])[truth.units]
    columns = pd.DataFrame(
        {
            "region": regions,
            "sex": random.choice(["f", "m"], n_rows),
            "age": random.normal(50, 15, n_rows).round(),
        }
    )
    if differs:
        spoiled = np.flatnonzero((regions == WORSE) & (random.random(n_rows) < SPOILED))
        rows = np.arange(n_rows)
        rows[spoiled] = random.integers(n_rows, size=len(spoiled))
        predictions = predictions.take(rows)
    found = compare(truth, predictions, columns, score, 1, seed)["slices"]
    return {(each["column"], each["slice"]) for each in found if each["worse"]}
