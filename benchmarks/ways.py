"""The ways to search: ours, and those that a user has without it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import optuna
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from kedro_sweep.search import (
    Model,
    SearchSpace,
    StudyConfiguration,
    Sweep,
    make_estimator,
    open_journal,
    run_search,
    set_searched,
)
from optuna_integration import OptunaSearchCV
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

SEED = 42
CV = 5


def make_scaled_svc(**params: Any) -> Pipeline:
    """Make a pipeline, whose fits share nothing between trials.

    Args:
        **params: Arguments of the classifier.

    Returns:
        A scaler and a classifier.
    """
    return make_pipeline(StandardScaler(), SVC(**params))


def search_here(
    X: pd.DataFrame,
    y: pd.Series,
    model: Model,
    space: SearchSpace,
    n_trials: int,
    n_jobs: int,
    in_memory: bool = False,
) -> optuna.Study:
    """Search with this project, in a new journal unless in memory.

    Args:
        X: Features.
        y: Target.
        model: The estimator.
        space: What is searched.
        n_trials: Number of trials.
        n_jobs: Cores to use.
        in_memory: Whether the trials are kept in memory only.

    Returns:
        The study, copied to memory.
    """
    sweep = Sweep.model_validate(
        {
            "n_trials": n_trials,
            "cv": CV,
            "scoring": "accuracy",
            "sampler": {"class": "TPESampler"},
            "pruner": {"class": "NopPruner"},
            "n_jobs": n_jobs,
        }
    )
    with TemporaryDirectory() as folder:
        storage: optuna.storages.BaseStorage = (
            optuna.storages.InMemoryStorage()
            if in_memory
            else open_journal(str(Path(folder) / "journal"))
        )
        study = run_search(StudyConfiguration(X, y, model, space, sweep, SEED), storage)
        kept = optuna.create_study(direction="maximize")
        kept.add_trials(study.get_trials(deepcopy=False))
        return kept


def search_with_new_workers(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int, n_jobs: int
) -> optuna.Study:
    """Search with this project, with workers that have to start first, as in a new run.

    Args:
        X: Features.
        y: Target.
        model: The estimator.
        space: What is searched.
        n_trials: Number of trials.
        n_jobs: Number of workers.

    Returns:
        The study, copied to memory.
    """
    get_reusable_executor().shutdown()
    return search_here(X, y, model, space, n_trials, n_jobs)


def search_as_in_tutorial(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int, n_jobs: int
) -> optuna.Study:
    """Search with `cross_val_score` in the objective and the study in memory.

    Args:
        X: Features.
        y: Target.
        model: The estimator.
        space: What is searched.
        n_trials: Number of trials.
        n_jobs: Passed to `cross_val_score`.

    Returns:
        The study.
    """

    def objective(trial: optuna.Trial) -> float:
        estimator = set_searched(make_estimator(model, X, SEED), trial.params)
        return float(cross_val_score(estimator, X, y, cv=CV, scoring="accuracy", n_jobs=n_jobs).mean())

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=SEED))
    for _ in range(n_trials):
        trial = study.ask(space.distributions())
        study.tell(trial, objective(trial))
    return study


def search_with_optuna_search_cv(
    X: pd.DataFrame, y: pd.Series, model: Model, space: SearchSpace, n_trials: int
) -> optuna.Study:
    """Search with Optuna's counterpart of `GridSearchCV`.

    Args:
        X: Features.
        y: Target.
        model: The estimator.
        space: What is searched.
        n_trials: Number of trials.

    Returns:
        The study.
    """
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
