"""Simulate searches with a known true score: are the corrected estimate and its interval right?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
import pandas as pd
from kedro_sweep.evaluation import PredictionStore, choose_members, correct_studies, make_model
from kedro_sweep.evaluation.ensemble import blend, score
from kedro_sweep.evaluation.estimates import correct_selection, estimate_metrics
from kedro_sweep.evaluation.predictions import Predictions, Truth, align, describe_truth
from kedro_sweep.search import Candidate, Ensemble, StudyConfiguration, Sweep, run_search
from kedro_sweep.tables import Data
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold

N_TRIALS = 40
N_FOLDS = 5
ENSEMBLE = Ensemble(size=25)
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
# Arguments of make_classification; flip_y is the share of rows that get a random class.
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
        truth: The values to compare the predictions with.
        candidates: The out-of-fold predictions of each distinct configuration.
    """

    configuration: StudyConfiguration
    study: optuna.Study
    truth: Truth
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
    """The result of one repetition.

    Attributes:
        table: Name of the kind of table.
        model: Name of the model.
        n_rows: Number of rows searched on.
        truth: Accuracy of the best configuration on many new rows, after refitting on all rows.
        best: Value of the best trial.
        corrected: The corrected estimate.
        low: Lower end of its interval.
        high: Upper end.
        nested: Estimate of nested cross-validation; None if it was not done.
        nested_width: Width of its interval.
        nested_cost: Its number of fits per fit of the search.
        sampler: The Optuna class that chose the parameters.
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
    sampler: str = "TPESampler"


def simulate(
    table: str,
    model: str,
    n_rows: int,
    seed: int,
    *,
    is_nested: bool = False,
    sampler: str = "TPESampler",
) -> Outcome:
    """Search a simulated table, and compare the estimates with the truth."""
    X, y, X_test, y_test = make_rows(table, n_rows, seed)
    found = search(X, y, model, seed, sampler)
    truth = float(found.refit().score(X_test, y_test))
    correction = correct_selection(
        found.truth, found.candidates, "accuracy", "maximize", random_seed=seed
    )
    estimate = correction.estimate
    assert estimate is not None
    outcome = Outcome(table, model, n_rows, truth, found.study.best_value, *estimate, sampler=sampler)
    if not is_nested:
        return outcome
    nested, width, n_fits = validate_nested(X, y, model, seed)
    return replace(outcome, nested=nested, nested_width=width, nested_cost=n_fits / found.n_fits)


def simulate_ensemble(table: str, n_rows: int, seed: int) -> Outcome:
    """Select an ensemble of the trials of all models, and compare the estimates with the truth."""
    X, y, X_test, y_test = make_rows(table, n_rows, seed)
    configurations = {name: configure(X, y, name, seed) for name in MODELS}
    truth = describe_truth(configurations["decision tree"])
    with TemporaryDirectory() as folder:
        store = PredictionStore(FileSystemArtifactStore(folder), truth)
        studies = {
            name: run_search(configuration, InMemoryStorage(), on_scored=store.keep)
            for name, configuration in configurations.items()
        }
        members = choose_members(studies, configurations, store, ENSEMBLE)
        kept = {name: store.load(study) for name, study in studies.items()}
        estimate = correct_studies(studies, configurations, store, ENSEMBLE).estimate
    blended = blend(
        truth,
        [kept[member["candidate"]][member["trial"]] for member in members],
        [member["weight"] for member in members],
    )
    models = {
        name: Candidate.model_validate({"class": path, "search_space": space})
        for name, (path, space) in MODELS.items()
    }
    sweep = configurations["decision tree"].sweep.model_copy(update={"models": models})
    model = make_model(members, X, Data(y_label="y", random_seed=seed), sweep).fit(X, y)
    assert estimate is not None
    return Outcome(
        table,
        "ensemble",
        n_rows,
        float(model.score(X_test, y_test)),
        score("accuracy", truth, blended),
        *estimate,
    )


def simulate_all(
    repeats: int = 200, nested_repeats: int = 20, ensemble_repeats: int = 40
) -> list[Outcome]:
    """Simulate every model with few and many rows, taking the kinds of table in turn."""
    kinds = list(TABLES)
    outcomes = [
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
    outcomes += [
        simulate_ensemble(kinds[seed % len(kinds)], ROWS[0], seed) for seed in range(ensemble_repeats)
    ]
    return outcomes


def simulate_samplers(repeats: int = 200) -> list[Outcome]:
    """Simulate trees on few rows without any signal, where any difference is luck.

    The correction takes the configurations as given. TPE looks for others near those that were lucky on
    the same rows, but a random search does not.
    """
    return [
        simulate("no signal", "decision tree", ROWS[0], seed, sampler=sampler)
        for seed in range(repeats)
        for sampler in ("TPESampler", "RandomSampler")
    ]


def compare(
    outcomes: Sequence[Outcome], of_samplers: Sequence[Outcome]
) -> dict[str, list[dict[str, Any]]]:
    """Compare the estimates with the truth, case by case."""
    table = pd.DataFrame(outcomes)
    searches = table.groupby(["model", "n_rows"], sort=False)
    cases = [{"model": model, "rows": rows, **judge(found)} for (model, rows), found in searches]
    cases += [{"table": name, **judge(found)} for name, found in table.groupby("table", sort=False)]
    nested = [
        {"model": model, "rows": rows, **judge_nested(found)}
        for (model, rows), found in table.dropna(subset="nested").groupby(
            ["model", "n_rows"], sort=False
        )
    ]
    by_sampler = dict(list(pd.DataFrame(of_samplers).groupby("sampler", sort=False)))
    samplers = [{"sampler": sampler, **judge(found)} for sampler, found in by_sampler.items()]
    errors = {
        sampler: (found["corrected"] - found["truth"]).reset_index(drop=True)
        for sampler, found in by_sampler.items()
    }
    first = errors[samplers[0]["sampler"]]
    for case in samplers[1:]:
        less = first - errors[case["sampler"]]
        case |= {"less": float(less.mean()), "less_standard_error": _find_standard_error(less)}
    return {"cases": cases, "nested": nested, "samplers": samplers}


def judge(table: pd.DataFrame) -> dict[str, Any]:
    """Judge the corrected estimate over many repetitions.

    It is right if the interval contains the truth in 93 of 100 cases and is at most twice as wide as a
    binomial interval of as many rows, and the estimate is not optimistic beyond its standard error.
    """
    best_error, error = table["best"] - table["truth"], table["corrected"] - table["truth"]
    binomial = 2 * 1.96 * (table["corrected"] * (1 - table["corrected"]) / table["n_rows"]) ** 0.5
    width = table["high"] - table["low"]
    coverage = float(table["truth"].between(table["low"], table["high"]).mean())
    relative_width = float((width / binomial).mean())
    return {
        "repetitions": len(table),
        "best_error": float(best_error.mean()),
        "best_standard_error": _find_standard_error(best_error),
        "error": float(error.mean()),
        "standard_error": _find_standard_error(error),
        "coverage": coverage,
        "relative_width": relative_width,
        "met": bool(
            coverage >= 0.93 and relative_width <= 2 and error.mean() <= _find_standard_error(error)
        ),
    }


def _find_standard_error(errors: pd.Series) -> float:
    return float(errors.to_numpy().std(ddof=1) / len(errors) ** 0.5)


def judge_nested(table: pd.DataFrame) -> dict[str, Any]:
    """Compare nested cross-validation with the correction of one search on the same tables."""
    nested_error, error = table["nested"] - table["truth"], table["corrected"] - table["truth"]
    return {
        "repetitions": len(table),
        "nested_error": float(nested_error.mean()),
        "nested_standard_error": _find_standard_error(nested_error),
        "nested_width": float(table["nested_width"].mean()),
        "error": float(error.mean()),
        "standard_error": _find_standard_error(error),
        "width": float((table["high"] - table["low"]).mean()),
        "cost": float(table["nested_cost"].mean()),
    }


def make_rows(
    table: str, n_rows: int, seed: int
) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, pd.Series]:
    """Draw rows to search on, and many more to compute the truth from."""
    features, target = make_classification(
        n_rows + TEST_ROWS, 10, n_informative=5, random_state=seed, **TABLES[table]
    )
    X, y = pd.DataFrame(features).rename(columns="x{}".format), pd.Series(target, name="y")
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


def configure(
    X: pd.DataFrame, y: pd.Series, model: str, seed: int, sampler: str = "TPESampler"
) -> StudyConfiguration:
    """Configure the search of a model."""
    path, space = MODELS[model]
    sweep = Sweep.model_validate(
        {
            "model": {"class": path},
            "search_space": space,
            "n_trials": N_TRIALS,
            "cv": N_FOLDS,
            "scoring": "accuracy",
            "sampler": {"class": sampler},
            "pruner": {"class": "NopPruner"},
        }
    )
    return StudyConfiguration(X, y, sweep.model, sweep.search_space, sweep, seed)


def search(X: pd.DataFrame, y: pd.Series, model: str, seed: int, sampler: str = "TPESampler") -> Search:
    """Run a search as `kedro run` does, and keep the predictions of its trials."""
    configuration = configure(X, y, model, seed, sampler)
    truth = describe_truth(configuration)
    candidates: list[Predictions] = []
    study = run_search(
        configuration,
        InMemoryStorage(),
        on_scored=lambda _, folds: candidates.append(align(folds, truth)),
    )
    return Search(configuration, study, truth, candidates)


def validate_nested(X: pd.DataFrame, y: pd.Series, model: str, seed: int) -> tuple[float, float, int]:
    """Search in each training part of an outer cross-validation, and score on its test part."""
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
    estimates, _ = estimate_metrics(truth, Predictions(labels, None), ["accuracy"], seed)
    estimate = estimates["accuracy"]
    return estimate.value, estimate.high - estimate.low, n_fits
