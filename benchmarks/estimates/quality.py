"""Compare the test score of the shipped search with skrub's untuned pipeline, table by table."""

from statistics import mean, stdev
from typing import Any

import numpy as np
from kedro_sweep.search import StudyConfiguration, Sweep, run_search
from kedro_sweep.search.study import make_estimator, set_searched
from kedro_sweep.tables import (
    Data,
    find_means,
    prepare_rows,
    select_columns,
    split_rows,
)
from optuna.storages import InMemoryStorage
from skrub import tabular_pipeline

from benchmarks.strength.settings import find_forest, load_parameters
from benchmarks.tables import TABLES, Table

REPEATS = 5


def bench_quality() -> list[dict[str, Any]]:
    """Compare the mean test scores of both on every table; each repetition draws a new table or split."""
    results = []
    for name, table in TABLES.items():
        pairs = [_score_both(table, seed) for seed in range(REPEATS)]
        differences = [ours - theirs for ours, theirs in pairs]
        results.append(
            {
                "table": name,
                "score": "accuracy" if table.task == "classification" else "R²",
                "ours": mean(ours for ours, _ in pairs),
                "theirs": mean(theirs for _, theirs in pairs),
                "difference": mean(differences),
                "standard_error": stdev(differences) / REPEATS**0.5,
            }
        )
    return results


def _score_both(table: Table, seed: int) -> tuple[float, float]:
    parameters = load_parameters("base")
    change = {"y_label": table.target, "split": table.split, "random_seed": seed}
    data = Data.model_validate(parameters["data"] | change | {"drop": []})
    model = find_forest(parameters, table.task)
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
