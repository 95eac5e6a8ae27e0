"""How predictions of several models are blended."""

import numpy as np
import pytest

from kedro_sweep.evaluation.draws import need_probabilities
from kedro_sweep.evaluation.ensemble.blends import blend, read
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth

CLASSES = Truth(np.array([0, 1, 2]), np.array(["a", "b", "c"]), np.zeros(3, dtype=int), np.arange(3))
NUMBERS = Truth(np.array([0.0, 1.0]), None, np.zeros(2, dtype=int), np.arange(2))


def test_a_model_without_probabilities_votes() -> None:
    sure = Predictions(np.array([0, 0, 0]), np.array([[0.6, 0.4, 0], [0.9, 0.1, 0], [0.4, 0.3, 0.3]]))
    voter = Predictions(np.array([1, 1, 2]), None)
    blended = blend(CLASSES, [sure, voter], [2, 1])
    expected = np.array([[0.4, 1.8 / 3, 0], [0.6, 1.2 / 3, 0], [0.8 / 3, 0.2, 1.6 / 3]])
    assert need_probabilities(blended) == pytest.approx(expected)
    assert blended.labels.tolist() == [1, 0, 2]


def test_a_single_model_stays_as_it_is() -> None:
    # Some models predict a class that is not their most probable one.
    odd = Predictions(np.array([1, 1, 1]), np.full((3, 3), [0.5, 0.3, 0.2]))
    assert blend(CLASSES, [odd], [1]) is odd


def test_numbers_are_averaged() -> None:
    models = [Predictions(np.array(labels), None) for labels in ([1.0, 2.0], [4.0, 8.0])]
    assert blend(NUMBERS, models, [2, 1]).labels.tolist() == [2, 4]


def test_the_first_of_equally_probable_classes_is_predicted() -> None:
    random = np.random.default_rng(0)
    blends = random.integers(0, 3, (5, 4, 50)).astype(float)
    assert read(CLASSES, blends).labels.tolist() == blends.argmax(axis=0).tolist()
