"""Simulate prediction intervals, prediction sets and corrected probabilities where the truth is known.

In each repetition, the best of several models is chosen by cross-validation, as a search does, and
trained on all rows. Its intervals come from its predictions out of fold, and are judged on new rows.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.decisions import (
    Decision,
    apply_calibrator,
    decide,
    fit_calibrator,
    measure_coverage,
)
from kedro_sweep.evaluation.metrics import make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from scipy.special import softmax
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from benchmarks.markdown import make_table
from benchmarks.wines import ROOT

LEVEL = 0.9
TARGET = (0.88, 0.92)
NEW_ROWS = 5_000
N_FEATURES = 6
REPEATS = 8
FOLDER = ROOT / "docs/reference/decisions"
SCORES = ["brier_score", "log_loss"]
COVERAGE, CALIBRATION = FOLDER / "coverage.csv", FOLDER / "calibration.csv"

Random = np.random.Generator
# What is added to the true mean of a target, given the features and that mean.
ERRORS: dict[str, Callable[[Random, Array, Array], Array]] = {
    "equal": lambda random, X, mean: random.normal(size=len(X)),
    "growing": lambda random, X, mean: random.normal(size=len(X)) * np.logaddexp(0, mean) / 2,
    "of a feature": lambda random, X, mean: random.normal(size=len(X)) * (0.3 + np.abs(X[:, 5])),
    "heavy tails": lambda random, X, mean: random.standard_t(3, len(X)),
    "skewed": lambda random, X, mean: random.lognormal(0, 1, len(X)),
}
N_ROWS = (80, 150, 400, 1_000)
REGRESSORS = (
    Ridge(),
    KNeighborsRegressor(5),
    KNeighborsRegressor(20),
    DecisionTreeRegressor(max_depth=3, random_state=0),
    DecisionTreeRegressor(max_depth=6, random_state=0),
    RandomForestRegressor(30, random_state=0),
    RandomForestRegressor(30, min_samples_leaf=5, random_state=0),
)
# The strength of the signal, and the logarithm of how much rarer each class is than the one before.
CLASSES: dict[str, tuple[int, float, float]] = {
    "2, weak": (2, 0.5, 0.0),
    "2, rare": (2, 1.0, 2.0),
    "3": (3, 0.7, 0.0),
    "3, rare": (3, 1.0, 1.0),
    "6": (6, 1.0, 0.3),
}
N_ROWS_OF_CLASSES = (200, 1_000)
CLASSIFIERS = {
    "forest": RandomForestClassifier(50, random_state=0),
    "boosting": HistGradientBoostingClassifier(max_iter=50, random_state=0),
    "logistic": LogisticRegression(),
    "naive Bayes": GaussianNB(),
}
CANDIDATES = (
    *CLASSIFIERS.values(),
    KNeighborsClassifier(20),
    RandomForestClassifier(50, max_depth=4, random_state=0),
)
# Boosting takes too long to be chosen by in each repetition.
CHOSEN_FROM = tuple(each for each in CANDIDATES if each is not CLASSIFIERS["boosting"])
METHODS = ("sigmoid", "temperature", "isotonic")
# Boosting of more classes takes too long for many repetitions.
CALIBRATED, REPEATS_OF_CALIBRATION = ("2, weak", "2, rare", "3"), 4


def draw_numbers(errors: str, n_rows: int, random: Random) -> tuple[Array, Array]:
    """Draw features and a number."""
    X = random.normal(size=(n_rows, N_FEATURES))
    mean = 2 * X[:, 0] + X[:, 1] * X[:, 2] + np.abs(X[:, 3])
    return X, mean + ERRORS[errors](random, X, mean)


def draw_classes(kind: str, n_rows: int, random: Random) -> tuple[Array, Array]:
    """Draw features and a class."""
    n_classes, signal, rarer = CLASSES[kind]
    X = random.normal(size=(n_rows, N_FEATURES))
    X[:, 5] = X[:, 4] + 0.3 * X[:, 5]  # naive Bayes takes both for evidence of their own
    weights = signal * np.random.default_rng(n_classes).normal(size=(N_FEATURES, n_classes))
    shares = softmax(X @ weights - rarer * np.arange(n_classes), axis=1)
    return X, (random.random((n_rows, 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)


def describe(y: Array, predicted: Array, *, is_class: bool) -> tuple[Truth, Predictions]:
    """Describe predictions of a model: numbers, or probabilities."""
    truth = Truth(
        y,
        np.arange(predicted.shape[1]) if is_class else None,
        np.zeros(len(y), dtype=int),
        np.arange(len(y)),
    )
    return truth, Predictions(predicted.argmax(axis=1), predicted) if is_class else Predictions(
        predicted, None
    )


def predict(model: Any, X: Array, n_classes: int) -> Array:
    """Predict numbers, or probabilities in the columns of all classes."""
    if not n_classes:
        numbers: Array = model.predict(X)
        return numbers
    probabilities = np.zeros((len(X), n_classes))
    probabilities[:, model.classes_] = model.predict_proba(X)
    return probabilities


def predict_out_of_fold(model: Any, X: Array, y: Array, n_classes: int, seed: int) -> Array:
    """Predict each row by a model of the other folds."""
    splitter = (StratifiedKFold if n_classes else KFold)(5, shuffle=True, random_state=seed)
    found = np.zeros((len(y), n_classes) if n_classes else len(y))
    for train, test in splitter.split(X, y):
        found[test] = predict(clone(model).fit(X[train], y[train]), X[test], n_classes)
    return found


def choose(models: Sequence[Any], X: Array, y: Array, n_classes: int, seed: int) -> tuple[Any, Array]:
    """Choose the model with the least squared error out of fold."""
    targets = np.eye(n_classes)[y] if n_classes else y
    found = [predict_out_of_fold(model, X, y, n_classes, seed) for model in models]
    best = int(np.argmin([np.square(targets - each).sum() for each in found]))
    return clone(models[best]).fit(X, y), found[best]


def simulate_coverage(repeats: int = REPEATS) -> pd.DataFrame:
    """Simulate the share of new rows whose target is in the interval or set; a row per repetition."""
    return pd.DataFrame(_cover_all(repeats))


def _cover_all(repeats: int) -> Iterator[dict[str, Any]]:
    of_numbers = (("interval", *cell) for cell in product(ERRORS, N_ROWS))
    of_classes = (("set", *cell) for cell in product(CLASSES, N_ROWS_OF_CLASSES))
    cells = (*of_numbers, *of_classes)
    for seed, (kind, table, n_rows) in product(range(repeats), cells):
        draw, models = (draw_numbers, REGRESSORS) if kind == "interval" else (draw_classes, CHOSEN_FROM)
        n_classes = 0 if kind == "interval" else CLASSES[table][0]
        random = np.random.default_rng([seed, n_rows])
        X, y = draw(table, n_rows, random)
        model, found = choose(models, X, y, n_classes, seed)
        known = describe(y, found, is_class=bool(n_classes))
        record = decide(None, *known, Decision(interval=LEVEL), random_seed=seed)[0]["interval"]
        X, y = draw(table, NEW_ROWS, random)
        new = describe(y, predict(model, X, n_classes), is_class=bool(n_classes))
        coverage = measure_coverage(record, *new)
        size = coverage.get("mean_width", coverage.get("mean_size"))
        yield (
            {"kind": kind, "table": table, "rows": n_rows, "seed": seed, "model": str(model)}
            | {"covered": coverage["covered"], "size": size, "grows": bool(record.get("knots"))}
        )


def simulate_calibration(repeats: int = REPEATS_OF_CALIBRATION) -> pd.DataFrame:
    """Simulate the Brier score and log loss of new rows by method; a row per repetition and method."""
    return pd.DataFrame(_calibrate_all(repeats))


def _calibrate_all(repeats: int) -> Iterator[dict[str, Any]]:
    for table, n_rows, name in product(CALIBRATED, N_ROWS_OF_CLASSES, CLASSIFIERS):
        n_classes = CLASSES[table][0]
        for seed in range(repeats):
            random = np.random.default_rng([seed, n_rows])
            X, y = draw_classes(table, n_rows, random)
            found = predict_out_of_fold(CLASSIFIERS[name], X, y, n_classes, seed)
            model = clone(CLASSIFIERS[name]).fit(X, y)
            X, y_new = draw_classes(table, NEW_ROWS, random)
            probabilities = predict(model, X, n_classes)
            known = describe(y, found, is_class=True)
            decided, _ = decide(None, *known, Decision(calibrate="auto"), random_seed=seed)
            calibrators = {method: fit_calibrator(method, y, found) for method in METHODS}
            for method, calibrator in (
                {"none": None, "auto": decided["calibration"]["calibrator"]} | calibrators
            ).items():
                corrected = apply_calibrator(calibrator, probabilities) if calibrator else probabilities
                new = describe(y_new, corrected, is_class=True)
                scores = {
                    score: -float(make_metric(f"neg_{score}")(*new, np.ones((1, NEW_ROWS)))[0])
                    for score in ("brier_score", "log_loss")
                }
                yield {
                    "table": table,
                    "rows": n_rows,
                    "model": name,
                    "seed": seed,
                    "method": method,
                } | scores


def simulate_intervals() -> None:
    """Simulate everything that has no file yet, and write the repetitions to files."""
    if COVERAGE.exists() and CALIBRATION.exists():
        return
    warnings.filterwarnings("ignore", "X does not have valid feature names")
    coverage, calibration = simulate_coverage(), simulate_calibration()
    FOLDER.mkdir(parents=True, exist_ok=True)
    coverage.round(4).to_csv(COVERAGE, index=False)
    calibration.round(5).to_csv(CALIBRATION, index=False)


def tabulate() -> list[str]:
    """Show the simulated coverage, and what calibration does to the scores of new rows."""
    coverage = pd.read_csv(COVERAGE)
    covered = []
    for (kind, rows), found in coverage.groupby(["kind", "rows"]):
        shares = found.groupby("table")["covered"].mean()
        covered.append([str(kind), str(rows), f"{shares.min():.1%} to {shares.max():.1%}"])
    scores = []
    for method, found in pd.read_csv(CALIBRATION).groupby("method", sort=False):
        means = found.groupby("rows")[SCORES].mean().to_numpy().ravel()
        scores.append([str(method), *(f"{mean:.4f}" for mean in means)])
    header = [f"{name}, {rows} rows" for rows in (200, 1_000) for name in ("Brier score", "log loss")]
    return [
        "## Simulated intervals and sets",
        make_table(["kind", "rows", "coverage, from table to table"], covered),
        "## Simulated calibration",
        make_table(["method", *header], scores),
    ]
