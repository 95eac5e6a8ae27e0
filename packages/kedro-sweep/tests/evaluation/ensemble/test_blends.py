"""How predictions of several models are blended; many blends have the scores of one after another."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kedro_sweep.evaluation.ensemble._blends import blend, make_blend_score, read
from kedro_sweep.evaluation.metrics._metrics import METRICS, average_folds
from kedro_sweep.evaluation.metrics._row_scores import ROW_METRICS
from kedro_sweep.evaluation.metrics._stand_in import make_metric
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth, need_probabilities

CLASSES = Truth(np.array([0, 1, 2]), np.array(["a", "b", "c"]), np.zeros(3, dtype=int), np.arange(3))
NUMBERS = Truth(np.array([0.0, 1.0]), None, np.zeros(2, dtype=int), np.arange(2))
N_ROWS = 90
FOLDS = np.repeat([0, 1, 2], N_ROWS // 3)
OF_CLASSES = set(METRICS) - set(ROW_METRICS) | {"accuracy", "neg_log_loss", "neg_brier_score"}
OF_TWO = {"f1", "precision", "recall", "jaccard", "roc_auc"}


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


def make_blends(n_classes: int) -> tuple[Truth, NDArray[Any], NDArray[Any]]:
    """Make blends with many ties, and a draw of their rows."""
    random = np.random.default_rng(0)
    weights = random.poisson(1, N_ROWS).astype(float)
    if n_classes == 1:
        truth = Truth(random.gamma(2, 1, N_ROWS), None, FOLDS, np.arange(N_ROWS))
        return truth, random.gamma(2, 1, (1, 4, N_ROWS)), weights
    truth = Truth(
        random.integers(n_classes, size=N_ROWS), np.arange(n_classes), FOLDS, np.arange(N_ROWS)
    )
    raw = random.integers(1, 4, (n_classes, 4, N_ROWS))
    return truth, raw / raw.sum(axis=0), weights


@pytest.mark.parametrize(
    ("scoring", "n_classes"),
    [(name, n_classes) for name in sorted(OF_CLASSES - OF_TWO) for n_classes in (2, 3)]
    + [(name, 2) for name in sorted(OF_TWO)]
    + [(name, 1) for name in sorted(set(METRICS) - OF_CLASSES)]
    + [("neg_max_error", 1)],
)
def test_many_blends_have_the_scores_of_each(scoring: str, n_classes: int) -> None:
    truth, blends, weights = make_blends(n_classes)
    each = [read(truth, blends[:, number]) for number in range(4)]
    expected = average_folds(make_metric(scoring), truth, each, weights[np.newaxis])[:, 0]
    assert len(set(expected)) > 1
    assert make_blend_score(scoring, truth, weights)(blends) == pytest.approx(expected)


def test_a_fold_that_lacks_what_the_score_needs_does_not_count() -> None:
    truth, blends, weights = make_blends(2)
    of_one_class = (truth.folds == 0) & (truth.y == 1)
    weights[of_one_class] = 0
    scores = make_blend_score("roc_auc", truth, weights)(blends)
    later = FOLDS > 0
    without = make_blend_score("roc_auc", truth.take(later), weights[later])(blends[..., later])
    assert scores == pytest.approx(without)
