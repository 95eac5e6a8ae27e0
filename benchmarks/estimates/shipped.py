"""Simulate the shipped search, boosting with its rounds, and a contest, as `simulation` does."""

import warnings
from collections.abc import Mapping
from itertools import product
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation import choose_members, correct_studies, make_model, search_and_keep
from kedro_sweep.evaluation.ensemble import blend, take_best
from kedro_sweep.evaluation.predictions import Predictions, Truth
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from kedro_sweep.search.recommended import RECOMMENDED, take_candidate
from kedro_sweep.search.settings import choose_candidates, find_scorer
from kedro_sweep.tables import Data
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from benchmarks.estimates.collect import collect
from benchmarks.estimates.populations import SIGNALS, draw_rows
from benchmarks.estimates.simulation import NEW_ROWS
from benchmarks.strength.request import Task
from benchmarks.strength.settings import find_forest, load_parameters

N_ROWS = 300
REPEATS = {"shipped": 20, "contest": 8, "rounds": 8}
N_TRIALS_OF_BOOSTING = 10
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
ENSEMBLES = {"shipped": Ensemble(), "contest": Ensemble(size=25), "rounds": Ensemble()}


def simulate_shipped() -> pd.DataFrame:
    """Simulate all cases; a row per search. If it is stopped, all cells have about the same share."""
    cases = [
        (name, kind, signal, seed, scoring)
        for name, n_repeats in REPEATS.items()
        for seed in range(n_repeats)
        for kind, scorings in SCORES.items()
        for scoring, signal in product(scorings, SIGNALS)
    ]
    cases.sort(key=lambda case: case[3] / REPEATS[case[0]])
    return collect("shipped", simulate, cases, ["search", "kind", "signal", "seed", "score"])


def simulate(case: tuple[str, str, str, int, str]) -> list[dict[str, Any]]:
    """Search as `kedro run` does, and compare the estimate with the score of the delivered model."""
    name, kind, signal, seed, scoring = case
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
        kept = {
            (found.candidate, found.trial.number): found.predictions
            for found in take_best(studies, store, ensemble.trials)
        }
        predictions = [kept[member["candidate"], member["trial"]] for member in members]
        delivered = blend(store.truth, predictions, [member["weight"] for member in members])
    estimate = correction.estimate or (None, None, None)
    found = {"search": name, "kind": kind, "signal": signal, "rows": N_ROWS, "seed": seed}
    found |= {"score": scoring, "truth": truth, "uncorrected": correction.uncorrected}
    found |= {"best": max(study.best_value for study in studies.values())}
    found |= dict(zip(("corrected", "low", "high"), estimate, strict=True))
    return [found | {"plain_error": find_plain_error(scoring, store.truth, delivered)}]


def find_plain_error(scoring: str, truth: Truth, delivered: Predictions) -> float | None:
    """Half of the plain 95% interval of a mean over rows, as if no model shared training rows."""
    if scoring == "accuracy":
        of_rows = truth.y == delivered.labels
    elif scoring == "neg_mean_absolute_error":
        of_rows = np.abs(truth.y - delivered.labels)
    else:
        return None
    return float(1.96 * of_rows.std(ddof=1) / np.sqrt(len(of_rows)))


def make_sweep(name: str, task: Task, scoring: str) -> Sweep:
    """The shipped settings; a linear model as a second candidate of the contest, or only boosting."""
    shipped = load_parameters("base")["sweep"] | {"scoring": scoring, "n_jobs": 1}
    forest = find_forest(load_parameters("base"), task)
    models: Mapping[str, Any] = {}
    if name == "rounds":
        kind = "two classes" if task == "classification" else "number"
        path, params, space = take_candidate(RECOMMENDED[kind])
        models = {name: {"class": path, "params": params, "search_space": space}}
        shipped["n_trials"] = N_TRIALS_OF_BOOSTING
    if name == "contest":
        models = {
            "forest": dict(forest) | {"search_space": shipped["search_space"]},
            "linear": LINEAR[task] | {"search_space": STRENGTH[task]},
        }
    return Sweep.model_validate(shipped | {"model": forest, "models": models})
