"""The ways to search: ours, and those that a user has without this project."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import optuna
import pandas as pd
from kedro_sweep.search import Model, SearchSpace, StudyConfiguration, Sweep, open_journal, run_search
from kedro_sweep.search.study import find_untuned, make_estimator, set_searched
from optuna_integration import OptunaSearchCV
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

# The names and sizes that the measurements and the chart share.
FEW, MANY = 100, 1000
TUTORIAL = "tutorial, all cores"
ONE, TWO = "Kedro Sweep, 1 core", "Kedro Sweep, 2 cores"
SEED = 42
CV = 5
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier"}
FOREST_SPACE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}


def make_scaled_svc(**params: Any) -> Pipeline:
    """Make a pipeline, whose fits share nothing between trials."""
    return make_pipeline(StandardScaler(), SVC(**params))


def configure(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int, n_jobs: int = 1
) -> StudyConfiguration:
    """Configure a search of this project."""
    sweep = Sweep.model_validate(
        {
            "model": model,
            "search_space": space,
            "n_trials": n_trials,
            "cv": CV,
            "scoring": "accuracy",
            "sampler": {"class": "TPESampler"},
            "pruner": {"class": "NopPruner"},
            "n_jobs": n_jobs,
        }
    )
    return StudyConfiguration(X, y, model, space, sweep, SEED)


def search_here(
    X: pd.DataFrame,
    y: pd.Series,
    model: Model,
    space: SearchSpace,
    n_trials: int,
    n_jobs: int,
    in_memory: bool = False,
) -> optuna.Study:
    """Search with this project, in a new journal or in memory."""
    configuration = configure(X, y, model, space, n_trials, n_jobs)
    with TemporaryDirectory() as folder:
        storage: optuna.storages.BaseStorage = (
            optuna.storages.InMemoryStorage()
            if in_memory
            else open_journal(str(Path(folder) / "journal"))
        )
        study = run_search(configuration, storage)
        kept = optuna.create_study(direction="maximize")
        kept.add_trials(study.get_trials(deepcopy=False))
        return kept


def search_as_in_tutorial(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int, n_jobs: int
) -> optuna.Study:
    """Search with `cross_val_score` in the objective and the study in memory."""
    # Our search starts with the defaults, if they are in the space, and draws the others after that.
    defaults = find_untuned(configure(X, y, model, space, n_trials))
    sampler = optuna.samplers.TPESampler(seed=SEED + (defaults is not None))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    if defaults:
        study.enqueue_trial(defaults)
    for _ in range(n_trials):
        trial = study.ask(space.distributions())
        study.tell(trial, _cross_validate(X, y, model, trial.params, n_jobs))
    return study


def estimate_tutorial(
    study: optuna.Study, X: pd.DataFrame, y: pd.Series, model: Model, n_jobs: int, step: int
) -> float:
    """Score some trials of a study with `cross_val_score`, and scale the time to all of them.

    They are evenly spaced by number of trees, so that small and large forests are represented.
    """
    trials = sorted(study.get_trials(deepcopy=False), key=lambda trial: trial.params["n_estimators"])
    some = trials[step // 2 :: step]
    start = perf_counter()
    values = [_cross_validate(X, y, model, trial.params, n_jobs) for trial in some]
    seconds = perf_counter() - start
    if values != [trial.value for trial in some]:
        raise AssertionError("the ways that are compared did not run the same trials")
    return seconds * len(trials) / len(some)


def check_same_trials(left: optuna.Study, right: optuna.Study) -> None:
    """Check that two ways ran exactly the same trials."""
    pairs = zip(left.get_trials(), right.get_trials(), strict=True)
    if any((a.params, a.value) != (b.params, b.value) for a, b in pairs):
        raise AssertionError("the ways that are compared did not run the same trials")


def _cross_validate(
    X: pd.DataFrame, y: pd.Series, model: Model, params: dict[str, Any], n_jobs: int
) -> float:
    estimator = set_searched(make_estimator(model, X, SEED), params)
    return float(cross_val_score(estimator, X, y, cv=CV, scoring="accuracy", n_jobs=n_jobs).mean())


def search_with_optuna_search_cv(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int
) -> optuna.Study:
    """Search with Optuna's counterpart of `GridSearchCV`."""
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=SEED))
    OptunaSearchCV(
        make_estimator(model, X, SEED),
        space.distributions(),
        cv=CV,
        scoring="accuracy",
        n_trials=n_trials,
        timeout=None,
        study=study,
        refit=False,
        random_state=SEED,
        verbose=0,
    ).fit(X, y)
    return study
