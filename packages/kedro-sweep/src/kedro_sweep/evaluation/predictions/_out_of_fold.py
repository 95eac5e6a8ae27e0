"""Predictions for rows that a model was not trained on, and the values to compare them with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kedro_sweep.search.study import StudyConfiguration
from kedro_sweep.search.trial import FoldPrediction

Array = NDArray[Any]
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
# The number of predictions whose draws are held in memory at a time (16 MB).
BATCH_CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Truth:
    """What to compare predictions with: the test rows of all folds, or the rows of a test table."""

    y: Array  # class numbers from 0, or numbers, shape (n,)
    classes: Array | None  # the sorted labels, shape (n_classes,); None for regression
    folds: Array  # the number of the fold of each prediction, from 0, shape (n,)
    units: Array  # the number of what is resampled, the row or its group, from 0, shape (n,)
    index: "pd.Index[Any] | None" = None  # the labels of the rows, which a custom scorer may look up
    weights: Array | None = None  # of the rows in scores, shape (n,); None if all count the same

    @property
    def n_units(self) -> int:
        return int(self.units.max()) + 1

    @property
    def relative_weights(self) -> Array:
        """The weights of the rows, with the mean 1."""
        return np.ones(len(self.y)) if self.weights is None else self.weights / self.weights.mean()

    def take(self, rows: Array | slice) -> "Truth":
        names = ("y", "folds", "units", "index", "weights")
        parts = {name: part[rows] for name in names if (part := getattr(self, name)) is not None}
        return replace(self, **parts)

    def need_classes(self) -> Array:
        if self.classes is None:
            raise ValueError("the target does not hold classes")
        return self.classes


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of one configuration, in the order of the truth."""

    labels: Array  # class numbers from 0, or numbers, shape (n,)
    # Shape (n, n_classes); 0 for a class that was missing from the training rows of a fold.
    probabilities: Array | None
    # Of the model's probabilities, whatever that of the array: log loss clips them at its smallest step.
    precision: np.dtype[Any] = DOUBLE
    seconds: float = nan  # that the model takes to predict the rows of a fold, the median over the folds

    def take(self, rows: Array | slice) -> "Predictions":
        """Select some of the rows, with probabilities in double precision, to score them."""
        probabilities = self.probabilities
        if probabilities is not None:
            probabilities = probabilities[rows].astype(DOUBLE, copy=False)
        return Predictions(self.labels[rows], probabilities, self.precision, self.seconds)

    def need_probabilities(self) -> Array:
        if self.probabilities is None:
            raise ValueError("the model does not predict probabilities")
        return self.probabilities


def describe_truth(configuration: StudyConfiguration) -> Truth:
    """Collect the target of the test rows, fold after fold; what several folds test is one unit."""
    tests = [fold.test for fold in configuration.folds]  # which also checks the target
    if configuration.model.is_classifier:
        classes, y = np.unique(configuration.y.to_numpy(), return_inverse=True)
    else:
        classes, y = None, configuration.y.to_numpy(dtype=float)
    groups = configuration.groups
    owners = np.arange(len(y)) if groups is None else pd.factorize(groups)[0]
    rows = np.concatenate(tests)
    folds = np.repeat(np.arange(len(tests)), [len(test) for test in tests])
    # Some rows may not be tested by any fold, such as the earliest ones in folds by time.
    _, units = np.unique(owners[rows], return_inverse=True)
    weights = None if configuration.weights is None else configuration.weights[rows]
    return Truth(y[rows], classes, folds, units, configuration.y.index[rows], weights)


def draw_batches(units: Array, n_draws: int, random_seed: int) -> Iterator[Array]:
    """Draw as many units as there are, with replacement, in batches that fit in memory."""
    random = np.random.default_rng(random_seed)
    numbers = np.unique(units, return_inverse=True)[1]  # those of a sample have gaps
    n_units = int(numbers.max()) + 1
    size = max(1, BATCH_CELLS // len(units))
    for start in range(0, n_draws, size):
        n = min(size, n_draws - start)
        drawn = random.integers(n_units, size=(n, n_units)) + n_units * np.arange(n)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=n * n_units).reshape(n, n_units)
        yield counts.astype(float)[:, numbers]


def tabulate(truth: Truth, predictions: Predictions | None) -> pd.DataFrame:
    """Tabulate predictions with the labels of the rows and classes; no rows if there are none."""
    names = ["fold", "y_true", "y_pred"]
    if predictions is None:
        return pd.DataFrame(columns=names)
    values = (truth.folds, truth.y, predictions.labels)
    table = pd.DataFrame(dict(zip(names, values, strict=True)), truth.index)
    if truth.classes is not None:
        table[names[1:]] = truth.classes[table[names[1:]].to_numpy()]
        if predictions.probabilities is not None:
            columns = [f"probability_{label}" for label in truth.classes]
            table[columns] = predictions.probabilities
    return table


def align(predictions: Sequence[FoldPrediction], truth: Truth) -> Predictions:
    """Join the predictions of all folds, with the class numbers and columns of the truth."""
    labels = np.concatenate([np.ravel(fold.labels) for fold in predictions])
    if len(labels) != len(truth.y):
        raise ValueError(f"{len(labels)} predictions for {len(truth.y)} test rows")
    seconds = float(np.median([fold.seconds for fold in predictions]))
    if truth.classes is None:
        return Predictions(labels.astype(np.float64), None, seconds=seconds)
    is_single = any(np.asarray(fold.probabilities).dtype == SINGLE for fold in predictions)
    probabilities = _align_probabilities(predictions, truth.classes)
    precision = SINGLE if is_single else DOUBLE
    return Predictions(_number(labels, truth.classes), probabilities, precision, seconds)


def _align_probabilities(predictions: Sequence[FoldPrediction], classes: Array) -> Array | None:
    parts = []
    for fold in predictions:
        if fold.probabilities is None or fold.classes is None:
            return None
        part = np.zeros((len(fold.probabilities), len(classes)))
        part[:, _number(fold.classes, classes)] = fold.probabilities
        parts.append(part)
    return np.concatenate(parts)


def _number(labels: Array, classes: Array) -> NDArray[np.intp]:
    numbers = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    if not np.array_equal(classes[numbers], labels):
        unknown = labels[classes[numbers] != labels][0]
        raise ValueError(f"the model predicts '{unknown}', which is not a class of the training rows")
    return numbers
