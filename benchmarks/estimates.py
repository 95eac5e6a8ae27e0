"""Simulate searches whose true score is known: is the corrected estimate right, and its interval?"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
import pandas as pd
from kedro_sweep.evaluation.correction import Correction, correct_selection
from kedro_sweep.evaluation.intervals import estimate_metrics
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.search import Model, SearchSpace, StudyConfiguration, Sweep, run_search
from optuna.storages import InMemoryStorage
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold

N_TRIALS = 60
N_FOLDS = 5
TEST_ROWS = 20_000  # practically infinite: the standard error of the true accuracy is at most 0.0035

DEPTH = {"type": "int", "low": 1, "high": 20, "log": True}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "decision tree": (
        "sklearn.tree.DecisionTreeClassifier",
        {
            "max_depth": DEPTH,
            "min_samples_leaf": {"type": "int", "low": 1, "high": 50, "log": True},
        },
    ),
    "random forest": (
        "sklearn.ensemble.RandomForestClassifier",
        {"n_estimators": {"type": "int", "low": 2, "high": 30}, "max_depth": DEPTH},
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


@dataclass
class Errors:
    """What the repetitions of one case gave, an entry for each.

    Attributes:
        best: The value of the best trial minus the true score.
        corrected: The corrected estimate minus the true score.
        covers: Whether the interval of the corrected estimate holds the true score.
        width: Width of that interval.
        relative_width: That, relative to the binomial interval of as many rows.
        nested: The estimate of nested cross-validation minus the true score.
        nested_width: Width of its interval.
        nested_cost: Fits of the nested cross-validation per fit of the search.
    """

    best: list[float] = field(default_factory=list)
    corrected: list[float] = field(default_factory=list)
    covers: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    relative_width: list[float] = field(default_factory=list)
    nested: list[float] = field(default_factory=list)
    nested_width: list[float] = field(default_factory=list)
    nested_cost: list[float] = field(default_factory=list)


def simulate(table: str, model: str, n_rows: int, repeats: int, nested_repeats: int) -> Errors:
    """Search made-up tables, again and again, and compare the estimates with the truth.

    The truth is the accuracy of the best configuration, refitted on all rows, on 20,000 other rows of
    the same distribution. Each repetition draws another distribution.

    Args:
        table: Name of the kind of table.
        model: Name of the model.
        n_rows: Number of rows to search on.
        repeats: How often.
        nested_repeats: How many of them do nested cross-validation, too.

    Returns:
        The errors of the estimates.
    """
    errors = Errors()
    for seed in range(repeats):
        X, y, X_test, y_test = make_rows(table, n_rows, seed)
        found = search(X, y, model, seed)
        truth = float(found.refit().score(X_test, y_test))
        estimate = correct(found, seed).estimate
        assert estimate is not None
        binomial = 2 * 1.96 * (estimate.value * (1 - estimate.value) / n_rows) ** 0.5
        errors.best.append(found.study.best_value - truth)
        errors.corrected.append(estimate.value - truth)
        errors.covers.append(estimate.low <= truth <= estimate.high)
        errors.width.append(estimate.high - estimate.low)
        errors.relative_width.append((estimate.high - estimate.low) / binomial)
        if seed < nested_repeats:
            nested, width, n_fits = validate_nested(X, y, model, seed)
            errors.nested.append(nested - truth)
            errors.nested_width.append(width)
            errors.nested_cost.append(n_fits / found.n_fits)
    return errors


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


def validate_nested(X: pd.DataFrame, y: pd.Series, model: str, seed: int) -> tuple[float, float, int]:
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
