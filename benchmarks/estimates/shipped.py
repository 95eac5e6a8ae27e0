"""Simulate the shipped search, and a contest with an ensemble, as `simulation` does with faster searches."""

import warnings
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation import choose_members, correct_studies, make_model, search_and_keep
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates, find_scorer
from kedro_sweep.tables import Data
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from benchmarks.estimates.populations import SIGNALS, draw_rows
from benchmarks.estimates.simulation import NEW_ROWS
from benchmarks.strength.settings import Task, find_forest, load_parameters

N_ROWS = 300
REPEATS = {"shipped": 6, "contest": 2}
SCORES = {
    "balanced": ("accuracy", "roc_auc", "neg_log_loss", "f1_macro"),
    "rare": ("average_precision",),
    "numbers": ("r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"),
}
LINEAR: dict[str, dict[str, Any]] = {
    "classification": {"class": "sklearn.linear_model.LogisticRegression", "params": {"max_iter": 500}},
    "regression": {"class": "sklearn.linear_model.ElasticNet"},
}
STRENGTH: dict[str, dict[str, Any]] = {
    "classification": {"C": {"type": "float", "low": 0.001, "high": 100, "log": True}},
    "regression": {"alpha": {"type": "float", "low": 0.001, "high": 10, "log": True}},
}
ENSEMBLES = {"shipped": Ensemble(size=0), "contest": Ensemble(size=25)}


def simulate_shipped() -> pd.DataFrame:
    """Simulate all cases on all cores; a row per search."""
    cases = [
        (name, kind, scoring, signal, seed)
        for name, n_repeats in REPEATS.items()
        for seed in range(n_repeats)
        for kind, scorings in SCORES.items()
        for scoring, signal in product(scorings, SIGNALS)
    ]
    with ProcessPoolExecutor() as pool:
        return pd.DataFrame(pool.map(simulate, cases))


def simulate(case: tuple[str, str, str, str, int]) -> dict[str, Any]:
    """Search as `kedro run` does, and compare the estimate with the score of the delivered model."""
    name, kind, scoring, signal, seed = case
    random = np.random.default_rng([seed, [*SIGNALS].index(signal), [*SCORES].index(kind), 77])
    rows = draw_rows("published", kind, signal, N_ROWS + NEW_ROWS, random)
    table = pd.DataFrame(rows.X).rename(columns="x{}".format).assign(y=rows.y)
    X, y = table[:N_ROWS].drop(columns="y"), table["y"][:N_ROWS]
    task: Task = "classification" if rows.has_classes else "regression"
    sweep, ensemble = make_sweep(name, task, scoring), ENSEMBLES[name]
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        configurations = {
            name: StudyConfiguration(X, y, candidate, candidate.search_space, sweep, seed)
            for name, candidate in choose_candidates(sweep).items()
        }
        studies, store = search_and_keep(
            configurations, InMemoryStorage(), FileSystemArtifactStore(folder)
        )
        members = choose_members(studies, configurations, store, ensemble)
        correction = correct_studies(studies, configurations, store, ensemble)
        model = make_model(members, X, Data(y_label="y", random_seed=seed), sweep).fit(X, y)
        new = table[N_ROWS:]
        truth = find_scorer(scoring)(model, new.drop(columns="y"), new["y"])
    return {
        **{"search": name, "kind": kind, "signal": signal, "rows": N_ROWS, "seed": seed},
        **{"score": scoring, "truth": truth},
        "best": max(study.best_value for study in studies.values()),
        "uncorrected": correction.uncorrected,
        **dict(zip(("corrected", "low", "high"), correction.estimate or (), strict=False)),
    }


def make_sweep(name: str, task: Task, scoring: str) -> Sweep:
    """The shipped settings, with a linear model as a second candidate of the contest."""
    shipped = load_parameters("base")["sweep"] | {"scoring": scoring, "n_jobs": 1}
    forest = find_forest(load_parameters("base"), task)
    models: Mapping[str, Any] = {}
    if name == "contest":
        models = {
            "forest": dict(forest) | {"search_space": shipped["search_space"]},
            "linear": LINEAR[task] | {"search_space": STRENGTH[task]},
        }
    return Sweep.model_validate(shipped | {"model": forest, "models": models})
