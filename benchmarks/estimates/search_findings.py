"""Simulate how often findings about a search appear where nothing matters, and where they should."""

from collections import Counter
from typing import Any

import pandas as pd
from kedro_sweep.evaluation._delivered import describe_delivered
from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.estimates import correct_selection
from kedro_sweep.evaluation.findings._evidence import Evidence, find
from kedro_sweep.evaluation.findings._prediction_rules import folds_disagree
from kedro_sweep.evaluation.findings._search_rules import best_at_edge, still_improving
from kedro_sweep.evaluation.predictions import Predictions, align, describe_truth, list_configurations
from kedro_sweep.search import StudyConfiguration, Sweep, run_search
from optuna.storages import InMemoryStorage
from scipy.stats import binomtest
from sklearn.datasets import make_classification

from benchmarks.wines import ROOT

CELLS = ROOT / "docs/reference/simulations/search_findings.csv"
ROWS, TRIALS = 300, 100
MODEL = "sklearn.tree.DecisionTreeClassifier"
SPACE: dict[str, dict[str, Any]] = {
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
    "min_samples_leaf": {"type": "int", "low": 1, "high": 50, "log": True},
    "max_features": {"type": "float", "low": 0.1, "high": 1.0},
}
# The best values of a parameter are outside its range.
LARGE_LEAVES = SPACE | {"min_samples_leaf": {"type": "int", "low": 50, "high": 120}}
FEW_LEVELS = SPACE | {"max_depth": {"type": "int", "low": 1, "high": 2}}
# Arguments of make_classification; flip_y is the share of rows that get a random class.
TABLES: dict[str, dict[str, Any]] = {
    "no signal": {"flip_y": 1.0},
    "weak": {"class_sep": 0.5, "flip_y": 0.3},
    "strong": {"class_sep": 1.5, "flip_y": 0.05},
}
TEST_ROWS = 20_000
# The table, the search space, and the number of searches.
CASES: dict[str, tuple[str, dict[str, Any], int]] = {
    "none": ("no signal", SPACE, 60),
    "weak": ("weak", SPACE, 60),
    "strong": ("strong", SPACE, 60),
    "strong, leaves too large": ("strong", LARGE_LEAVES, 30),
    "strong, trees too flat": ("strong", FEW_LEVELS, 30),
}


def simulate() -> dict[str, str]:
    """Count the searches with each finding, and save the counts with their 95% intervals in a file."""
    cells = []
    for case, (table, space, n_searches) in CASES.items():
        counts = Counter[str]()
        for seed in range(n_searches):
            counts.update(name_findings(search(table, space, seed)))
        for name in ("best_at_edge", "still_improving", "either", "folds_disagree"):
            low, high = binomtest(counts[name], n_searches).proportion_ci(method="wilson")
            cell = {"signal": case, "finding": name, "searches": n_searches, "found": counts[name]}
            cells.append(cell | {"low": round(low, 3), "high": round(high, 3)})
    pd.DataFrame(cells).to_csv(CELLS, index=False)
    return {"cells": CELLS.name}


def make_rows(
    table: str, n_rows: int, seed: int
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, pd.Series]:
    """Draw rows to search on, and rows to test."""
    features, target = make_classification(
        n_rows + TEST_ROWS, 10, n_informative=5, random_state=seed, **TABLES[table]
    )
    X, y = pd.DataFrame(features).rename(columns="x{}".format), pd.Series(target, name="y")
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


def name_findings(evidence: Evidence) -> set[str]:
    """Name the findings about a search, and whether there is one of the two that ask for more trials."""
    names = {found.name for rule in (best_at_edge, still_improving) for found in find(rule, evidence)}
    names |= {"either"} if names else set()
    return names | {found.name for found in find(folds_disagree, evidence)}


def search(table: str, space: dict[str, Any], seed: int, model: str = MODEL) -> Evidence:
    """Search a simulated table with TPE, and gather what the findings are based on."""
    X, y, X_test, y_test = make_rows(table, ROWS, seed)
    settings: dict[str, Any] = {"model": {"class": model}, "search_space": space, "n_trials": TRIALS}
    settings |= {"sampler": {"class": "TPESampler"}, "pruner": {"class": "NopPruner"}}
    sweep = Sweep.model_validate(settings | {"cv": 5, "scoring": "accuracy"})
    configuration = StudyConfiguration(X, y, sweep.model, sweep.search_space, sweep, seed)
    truth, kept = describe_truth(configuration), list[Predictions]()
    study = run_search(
        configuration,
        InMemoryStorage(),
        on_scored=lambda _, folds: kept.append(align(folds, truth)),
    )
    numbers = [found.number for found in list_configurations(study)]
    best = kept[numbers.index(study.best_trial.number)]
    corrected = correct_selection(truth, kept, "accuracy", "maximize", random_seed=seed).estimate
    return Evidence(
        study=study,
        configuration=configuration,
        summary=SweepSummary(
            scoring="accuracy",
            corrected=corrected,
            delivered=describe_delivered(truth, best, ordered=False),
        ),
        train=X.assign(y=y),
        test=X_test.assign(y=y_test),
        features=[*X],
        y_label="y",
        test_details={},
    )
