"""The predictions of several models in a stack, and how to blend them."""

from collections.abc import Sequence

import numpy as np

from kedro_sweep.evaluation.draws import need_probabilities
from kedro_sweep.evaluation.out_of_fold import Array, Predictions, Truth


def stack(truth: Truth, predictions: Sequence[Predictions]) -> Array:
    """Stack the values that a blend averages: probabilities (or votes), or numbers."""
    if truth.classes is None:
        return np.array([[found.labels for found in predictions]])
    n_classes = len(truth.classes)
    stacked = np.empty((n_classes, len(predictions), len(truth.y)))
    for number, found in enumerate(predictions):
        stacked[:, number] = need_probabilities(vote(truth, found)).T
    return stacked


def vote(truth: Truth, predictions: Predictions) -> Predictions:
    """Give a model without probabilities the probability 1 for the class that it predicts."""
    if truth.classes is None or predictions.probabilities is not None:
        return predictions
    return Predictions(predictions.labels, np.eye(len(truth.classes), dtype=bool)[predictions.labels])


def read(truth: Truth, blends: Array) -> Predictions:
    """Read predictions from a stack of blends."""
    if truth.classes is None:
        return Predictions(blends[0], None)
    highest = blends[0].copy()
    labels = np.zeros(highest.shape, dtype=np.int16)
    for number in range(1, len(blends)):  # several times as fast as argmax along the first axis
        np.maximum(labels, (blends[number] > highest) * np.int16(number), out=labels)
        np.maximum(highest, blends[number], out=highest)
    return Predictions(labels.astype(np.intp), np.moveaxis(blends, 0, -1))


def blend(truth: Truth, predictions: Sequence[Predictions], weights: Sequence[float]) -> Predictions:
    """Blend the predictions of several models; those of a single model stay unchanged."""
    if len(predictions) == 1:
        return predictions[0]
    return read(truth, np.average(stack(truth, predictions), axis=1, weights=weights))
