"""Compare the test score of the shipped search with skrub's untuned pipeline, table by table."""

from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np
import yaml
from kedro_sweep.search import (
    StudyConfiguration,
    Sweep,
    make_estimator,
    run_search,
    set_searched,
)
from kedro_sweep.tables import (
    Data,
    find_means,
    prepare_rows,
    select_columns,
    split_rows,
)
from optuna.storages import InMemoryStorage
from skrub import tabular_pipeline

from benchmarks.tables import TABLES, Table
from benchmarks.wines import ROOT

CONF = ROOT / "conf/base"
MODELS = {
    "classification": "sklearn.ensemble.RandomForestClassifier",
    "regression": "sklearn.ensemble.RandomForestRegressor",
}
REPEATS = 5


@dataclass(frozen=True)
class Comparison:
    """The test scores (accuracy, or R²) of both on one table, a pair per repetition.

    Attributes:
        ours: Scores of the search with the parameters in conf/base.
        theirs: Scores of `skrub.tabular_pipeline`, untuned.
    """

    ours: list[float]
    theirs: list[float]

    @property
    def differences(self) -> list[float]:
        """How much better ours is, pair by pair."""
        return [ours - theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def mean(self) -> float:
        """The mean difference."""
        return mean(self.differences)

    @property
    def standard_error(self) -> float:
        """The standard error of the mean difference."""
        return float(stdev(self.differences) / len(self.differences) ** 0.5)


def compare_with_skrub(table: Table, repeats: int = REPEATS) -> Comparison:
    """Search, refit and score on the test rows; each repetition draws a new table or split.

    Args:
        table: The table.
        repeats: How often.

    Returns:
        The scores of both.
    """
    pairs = [_score_both(table, seed) for seed in range(repeats)]
    return Comparison([ours for ours, _ in pairs], [theirs for _, theirs in pairs])


def bench_quality() -> list[dict[str, Any]]:
    """Compare test scores with skrub's untuned pipeline on every table.

    Returns:
        For each table, the mean scores of both, their difference and its standard error.
    """
    results = []
    for name, table in TABLES.items():
        scores = compare_with_skrub(table)
        results.append(
            {
                "table": name,
                "score": "accuracy" if table.task == "classification" else "R²",
                "ours": mean(scores.ours),
                "theirs": mean(scores.theirs),
                "difference": scores.mean,
                "standard_error": scores.standard_error,
            }
        )
    return results


def load_parameters() -> dict[str, Any]:
    """Load the parameters of the project, unchanged.

    Returns:
        All parameters by name.
    """
    parameters: dict[str, Any] = {}
    for file in CONF.glob("parameters*.yml"):
        parameters |= yaml.safe_load(file.read_text())
    return parameters


def _score_both(table: Table, seed: int) -> tuple[float, float]:
    parameters = load_parameters()
    change = {"y_label": table.target, "split": table.split, "random_seed": seed}
    data = Data.model_validate(parameters["data"] | change | {"drop": []})
    model = parameters["sweep"]["model"] | {"class": MODELS[table.task]}
    sweep = Sweep.model_validate(parameters["sweep"] | {"model": model})
    rows = select_columns(table.make(np.random.default_rng(seed)), data)
    train, test = split_rows(rows, data, is_classifier=sweep.is_classifier)
    preparation = prepare_rows(train, find_means(train, data), data)
    configuration = StudyConfiguration.from_table(train, preparation, data, sweep)
    best = run_search(configuration, InMemoryStorage()).best_params
    X, y = configuration.X, configuration.y
    ours = set_searched(make_estimator(sweep.model, X, seed), best).fit(X, y)
    as_read = prepare_rows(train, {}, data)
    theirs = tabular_pipeline(table.task).fit(as_read.transform(train), y)
    y_test = test[table.target]
    return (
        ours.score(preparation.transform(test), y_test),
        theirs.score(as_read.transform(test), y_test),
    )
