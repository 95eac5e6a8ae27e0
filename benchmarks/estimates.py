"""Simulate searches whose true score is known: is the corrected estimate right, and its interval?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import optuna
import pandas as pd
from kedro_sweep.evaluation.correction import Correction, correct_selection
from kedro_sweep.evaluation.intervals import estimate_metrics
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.search import Model, SearchSpace, StudyConfiguration, Sweep, run_search
from numpy.typing import NDArray
from optuna.storages import InMemoryStorage
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold

N_TRIALS = 40
N_FOLDS = 5
ROWS = [300, 1_000]
TEST_ROWS = 20_000  # practically infinite: the standard error of the true accuracy is at most 0.0035

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "decision tree": (
        "sklearn.tree.DecisionTreeClassifier",
        {
            "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
            "min_samples_leaf": {"type": "int", "low": 1, "high": 50, "log": True},
        },
    ),
    "random forest": (
        "sklearn.ensemble.RandomForestClassifier",
        {
            "n_estimators": {"type": "int", "low": 2, "high": 15},
            "max_depth": {"type": "int", "low": 1, "high": 10, "log": True},
        },
    ),
}
# Arguments of make_classification; flip_y replaces the class of so many rows by a random one.
TABLES: dict[str, dict[str, Any]] = {
    "no signal": {"flip_y": 1.0},
    "weak": {"class_sep": 0.5, "flip_y": 0.3},
    "strong": {"class_sep": 1.5, "flip_y": 0.05},
    "four classes": {"class_sep": 1.0, "flip_y": 0.1, "n_classes": 4},
}


@dataclass
class Search:
    """A finished study with the predictions of its trials.

    Attributes:
        configuration: What was searched.
        study: The study.
        candidates: The out-of-fold predictions of each distinct configuration.
    """

    configuration: StudyConfiguration
    study: optuna.Study
    candidates: list[Predictions]

    @property
    def n_fits(self) -> int:
        """How many models a search from scratch fits."""
        return len(self.candidates) * N_FOLDS

    def refit(self) -> Any:
        """Fit the best configuration on all rows."""
        best = self.configuration.build(self.study.best_params)
        return best.fit(self.configuration.X, self.configuration.y)


@dataclass(frozen=True)
class Outcome:
    """What one repetition gave.

    Attributes:
        table: Name of the kind of table.
        model: Name of the model.
        n_rows: Number of rows searched on.
        truth: Accuracy of the best configuration, refitted on all rows, on many new rows.
        best: Value of the best trial.
        corrected: The corrected estimate.
        low: Lower end of its interval.
        high: Upper end.
        nested: Estimate of nested cross-validation; None if it was not done.
        nested_width: Width of its interval.
        nested_cost: Its fits per fit of the search.
    """

    table: str
    model: str
    n_rows: int
    truth: float
    best: float
    corrected: float
    low: float
    high: float
    nested: float | None = None
    nested_width: float | None = None
    nested_cost: float | None = None


def simulate(table: str, model: str, n_rows: int, seed: int, *, is_nested: bool) -> Outcome:
    """Search a made-up table, and compare the estimates with the truth.

    Args:
        table: Name of the kind of table.
        model: Name of the model.
        n_rows: Number of rows to search on.
        seed: Seed of the distribution, its rows, the model, the search and the bootstrap.
        is_nested: Whether to do nested cross-validation, too.

    Returns:
        The estimates and the truth.
    """
    X, y, X_test, y_test = make_rows(table, n_rows, seed)
    found = search(X, y, model, seed)
    truth = float(found.refit().score(X_test, y_test))
    estimate = correct(found, seed).estimate
    assert estimate is not None
    outcome = Outcome(table, model, n_rows, truth, found.study.best_value, *estimate)
    if not is_nested:
        return outcome
    nested, width, n_fits = validate_nested(X, y, model, seed)
    return replace(outcome, nested=nested, nested_width=width, nested_cost=n_fits / found.n_fits)


def simulate_all(repeats: int = 200, nested_repeats: int = 20) -> list[Outcome]:
    """Simulate every model with few and many rows, taking the kinds of table in turn.

    Args:
        repeats: Repetitions of each model and number of rows.
        nested_repeats: How many of those with few rows do nested cross-validation, too.

    Returns:
        All outcomes.
    """
    kinds = list(TABLES)
    return [
        simulate(
            kinds[seed % len(kinds)],
            model,
            n_rows,
            seed,
            is_nested=seed < nested_repeats and n_rows == ROWS[0],
        )
        for seed in range(repeats)
        for model in MODELS
        for n_rows in ROWS
    ]


def summarize(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Compare the estimates of many repetitions with the truth.

    Args:
        outcomes: The repetitions.

    Returns:
        Mean errors with their standard errors, the coverage of the interval, and its width relative to
        the binomial interval; the same of nested cross-validation, if there is any.
    """
    table = pd.DataFrame(outcomes)
    width = table["high"] - table["low"]
    p = table["corrected"]
    binomial = 2 * 1.96 * (p * (1 - p) / table["n_rows"]) ** 0.5
    best_error, error = table["best"] - table["truth"], p - table["truth"]
    summary = {
        "repetitions": len(table),
        "best_error": float(best_error.mean()),
        "best_standard_error": float(best_error.sem()),
        "error": float(error.mean()),
        "standard_error": float(error.sem()),
        "coverage": float(table["truth"].between(table["low"], table["high"]).mean()),
        "relative_width": float((width / binomial).mean()),
    }
    summary["met"] = bool(
        summary["coverage"] >= 0.93
        and summary["relative_width"] <= 2
        and summary["error"] <= summary["standard_error"]
    )
    nested = table.dropna(subset="nested")
    if len(nested):
        nested_error = nested["nested"] - nested["truth"]
        of_same = nested["corrected"] - nested["truth"]
        summary["nested"] = {
            "repetitions": len(nested),
            "error": float(nested_error.mean()),
            "standard_error": float(nested_error.sem()),
            "width": float(nested["nested_width"].mean()),
            "cost": float(nested["nested_cost"].mean()),
            "corrected_error": float(of_same.mean()),
            "corrected_standard_error": float(of_same.sem()),
            "corrected_width": float(width[nested.index].mean()),
        }
    return summary


def make_rows(
    table: str, n_rows: int, seed: int
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, pd.Series]:
    """Draw rows to search on, and many more to know the truth from.

    Args:
        table: Name of the kind of table.
        n_rows: Number of rows to search on.
        seed: Seed of the distribution and the rows.

    Returns:
        Features and target of both.
    """
    features, target = make_classification(
        n_rows + TEST_ROWS, 10, n_informative=5, random_state=seed, **TABLES[table]
    )
    X, y = pd.DataFrame(features).rename(columns="x{}".format), pd.Series(target, name="y")
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


def search(X: pd.DataFrame, y: pd.Series, model: str, seed: int) -> Search:
    """Run a search as `kedro run` does, and keep the predictions of its trials.

    Args:
        X: Features.
        y: Target, class numbers from 0.
        model: Name of the model.
        seed: Seed of the model and the sampler.

    Returns:
        The finished search.
    """
    path, space = MODELS[model]
    sweep = {"n_trials": N_TRIALS, "cv": N_FOLDS, "scoring": "accuracy"}
    parts = {"sampler": {"class": "TPESampler"}, "pruner": {"class": "NopPruner"}}
    configuration = StudyConfiguration(
        X,
        y,
        Model.model_validate({"class": path}),
        SearchSpace.model_validate(space),
        Sweep.model_validate(sweep | parts),
        seed,
    )
    candidates: list[Predictions] = []

    def keep(_: optuna.Trial, folds: list[Any]) -> None:
        candidates.append(Predictions(np.concatenate([fold.labels for fold in folds]), None))

    study = run_search(configuration, InMemoryStorage(), on_scored=keep)
    return Search(configuration, study, candidates)


def correct(found: Search, seed: int) -> Correction:
    """Correct the score of a search.

    Args:
        found: The search.
        seed: Seed of the bootstrap.

    Returns:
        The correction.
    """
    folds = found.configuration.folds
    truth = Truth(
        np.concatenate([fold.y_test for fold in folds]),
        np.unique(found.configuration.y),
        np.repeat(np.arange(len(folds)), [len(fold.y_test) for fold in folds]),
        np.concatenate([fold.test for fold in folds]),
    )
    return correct_selection(truth, found.candidates, "accuracy", "maximize", random_seed=seed)


def validate_nested(
    X: pd.DataFrame, y: pd.Series, model: str, seed: int
) -> tuple[float, float, int]:
    """Search in each training part of an outer cross-validation, and score on its test part.

    Args:
        X: Features.
        y: Target.
        model: Name of the model.
        seed: Seed of the searches.

    Returns:
        The mean accuracy over the outer folds, the width of its bootstrap interval, and the number of
        fits.
    """
    labels = np.empty(len(y), dtype=int)
    folds = np.empty(len(y), dtype=int)
    n_fits = 0
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    for number, (train, test) in enumerate(splitter.split(X, y)):
        found = search(X.iloc[train], y.iloc[train], model, seed)
        labels[test] = found.refit().predict(X.iloc[test])
        folds[test] = number
        n_fits += found.n_fits + 1
    truth = Truth(y.to_numpy(), np.unique(y), folds, np.arange(len(y)))
    estimate = estimate_metrics(truth, Predictions(labels, None), ["accuracy"], seed)["accuracy"]
    return estimate.value, estimate.high - estimate.low, n_fits
