"""Simulate searches whose true score is known: are the corrected value and its interval right?

Each search is repeated on new rows of the same population. The truth is the score of the delivered model,
trained on all rows of the search, on many other rows.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.estimates import Effort, correct_selection
from kedro_sweep.evaluation.metrics import average_folds, find_metric
from kedro_sweep.evaluation.predictions import Predictions, Truth
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from benchmarks.estimates.collect import collect
from benchmarks.estimates.populations import KINDS, SIGNALS, Rows, draw_rows

N_FOLDS = 5
N_CONFIGURATIONS = 16
NEW_ROWS = 5_000  # practically infinite: the standard error of an accuracy is at most 0.007
N_DRAWS = 400
# For each family of tables, numbers of rows and of repetitions of each kind of table and signal.
SIZES = {
    "published": {100: 21, 300: 21, 1_000: 12},
    "calibration": {100: 21, 300: 21, 1_000: 6},
}
NESTED_SCORE = "accuracy"
OF_TWO_CLASSES = (
    *("accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss", "neg_brier_score"),
    *("f1_macro", "average_precision", "f1", "precision", "matthews_corrcoef"),
)
SCORES = {
    **dict.fromkeys(KINDS, OF_TWO_CLASSES),
    "six classes": ("accuracy", "balanced_accuracy", "roc_auc_ovr", "neg_log_loss", "f1_macro"),
    **dict.fromkeys(
        ("numbers", "heavy tails"), ("r2", "neg_mean_absolute_error", "neg_root_mean_squared_error")
    ),
}


def simulate_all(name: str, family: str) -> pd.DataFrame:
    """Simulate all cases of a part; a row per search and score."""
    cases = [
        (kind, signal, n_rows, seed)
        for n_rows, n_repeats in SIZES[family].items()
        for seed, kind, signal in product(range(n_repeats), KINDS, SIGNALS)
    ]
    return collect(name, partial(_simulate_case, family), cases, ["kind", "signal", "rows", "seed"])


def _simulate_case(family: str, case: tuple[str, str, int, int]) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(simulate(family, *case))


def simulate(family: str, kind: str, signal: str, n_rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Search a table by every score, and compare the estimates with the truth."""
    random = np.random.default_rng([seed, n_rows, KINDS.index(kind), [*SIGNALS].index(signal)])
    everything = draw_rows(family, kind, signal, n_rows + NEW_ROWS, random)
    rows, new = take_rows(everything, slice(n_rows)), take_rows(everything, slice(n_rows, None))
    classes = np.unique(everything.y) if rows.has_classes else None
    models = [
        draw_model(number, random, has_classes=rows.has_classes) for number in range(N_CONFIGURATIONS)
    ]
    truth, candidates = cross_validate(models, rows, classes)
    of_new = Truth(number_classes(new.y, classes), classes, np.zeros(NEW_ROWS, int), np.arange(NEW_ROWS))
    delivered: dict[int, Predictions] = {}
    for scoring in SCORES[kind]:
        metric = find_metric(scoring)
        assert metric is not None
        values = average_folds(metric, truth, candidates, np.ones((1, n_rows)))[:, 0]
        if np.isnan(values).all():
            continue
        best = int(np.nanargmax(values))
        if best not in delivered:
            delivered[best] = predict(models[best]().fit(rows.X, rows.y), new.X, classes)
        correction = correct_selection(
            truth,
            candidates,
            scoring,
            "maximize",
            random_seed=seed,
            effort=Effort(N_DRAWS, np.arange(len(candidates)), ""),
        )
        yield {
            **{"kind": kind, "signal": signal, "rows": n_rows, "seed": seed, "score": scoring},
            "truth": metric(of_new, delivered[best], np.ones((1, NEW_ROWS)))[0],
            "best": values[best],
            "uncorrected": correction.uncorrected,
            **dict(zip(("corrected", "low", "high"), correction.estimate or (), strict=False)),
            **(
                _validate_nested(models, rows, classes)
                if (family, scoring) == ("published", NESTED_SCORE) and n_rows < 1_000
                else {}
            ),
        }


def cross_validate(
    models: Sequence[Callable[[], Any]], rows: Rows, classes: Any, splits: Any = None
) -> tuple[Truth, list[Predictions]]:
    """Predict each row by models that were not trained on it, in folds as the library makes them."""
    splits = splits or _split(rows)
    order = np.concatenate([test for _, test in splits])
    folds = np.repeat(np.arange(len(splits)), [len(test) for _, test in splits])
    units = order if rows.groups is None else np.unique(rows.groups[order], return_inverse=True)[1]
    candidates = []
    for make in models:
        parts = [
            predict(make().fit(rows.X[train], rows.y[train]), rows.X[test], classes)
            for train, test in splits
        ]
        labels = np.concatenate([part.labels for part in parts])
        probabilities = None
        if classes is not None:
            probabilities = np.concatenate([part.need_probabilities() for part in parts])
        candidates.append(Predictions(labels, probabilities))
    return Truth(number_classes(rows.y[order], classes), classes, folds, units), candidates


def predict(model: Any, X: Any, classes: Any) -> Predictions:
    """Predict rows, with a probability for each class of the population."""
    if classes is None:
        return Predictions(model.predict(X), None)
    probabilities = np.zeros((len(X), len(classes)))
    probabilities[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(X)
    return Predictions(probabilities.argmax(axis=1), probabilities)


def _validate_nested(models: Sequence[Callable[[], Any]], rows: Rows, classes: Any) -> dict[str, float]:
    """Search in each training part of an outer cross-validation, with the interval of its mean."""
    metric = find_metric(NESTED_SCORE)
    assert metric is not None
    is_right = np.zeros(len(rows.y))
    for train, test in _split(rows):
        inner = take_rows(rows, train)
        truth, candidates = cross_validate(models, inner, classes)
        values = average_folds(metric, truth, candidates, np.ones((1, len(train))))[:, 0]
        fitted = models[int(np.nanargmax(values))]().fit(inner.X, inner.y)
        is_right[test] = fitted.predict(rows.X[test]) == rows.y[test]
    error = 1.96 * is_right.std(ddof=1) / np.sqrt(len(is_right))
    mean = float(is_right.mean())
    return {"nested": mean, "nested_low": mean - error, "nested_high": mean + error}


def _split(rows: Rows) -> list[tuple[Any, Any]]:
    if not rows.has_classes:
        return list(KFold(N_FOLDS).split(rows.X))
    splitter = StratifiedKFold(N_FOLDS) if rows.groups is None else StratifiedGroupKFold(N_FOLDS)
    return list(splitter.split(rows.X, rows.y, rows.groups))


def draw_model(number: int, random: np.random.Generator, *, has_classes: bool) -> partial[Any]:
    """Draw the arguments of a tree, of neighbors or of a linear model, in turn."""
    if number % 3 == 0:
        depth, leaf = random.integers(1, 12), random.integers(1, 20)
        tree = DecisionTreeClassifier if has_classes else DecisionTreeRegressor
        return partial(tree, max_depth=int(depth), min_samples_leaf=int(leaf), random_state=0)
    if number % 3 == 1:
        count, weights = np.exp(random.uniform(1, 3.7)), random.choice(["uniform", "distance"])
        neighbors = KNeighborsClassifier if has_classes else KNeighborsRegressor
        return partial(neighbors, n_neighbors=int(count), weights=str(weights))
    strength = float(10 ** random.uniform(-3, 2))
    linear = LogisticRegression(C=strength) if has_classes else Ridge(1 / strength)
    return partial(make_pipeline, StandardScaler(), linear)


def take_rows(rows: Rows, part: Any) -> Rows:
    """Take some rows by their numbers, with their groups."""
    groups = None if rows.groups is None else rows.groups[part]
    return Rows(rows.X[part], rows.y[part], groups)


def number_classes(y: Any, classes: Any) -> Any:
    """Number the classes of a target from 0; numbers stay."""
    return y if classes is None else np.searchsorted(classes, y)
