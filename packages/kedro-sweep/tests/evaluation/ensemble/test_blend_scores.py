"""The scores of many blends equal those of one blend after another."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kedro_sweep.evaluation.ensemble.blend_scores import make_blend_score
from kedro_sweep.evaluation.ensemble.blends import read
from kedro_sweep.evaluation.metrics import METRICS, average_folds
from kedro_sweep.evaluation.out_of_fold import Truth
from kedro_sweep.evaluation.row_scores import ROW_METRICS
from kedro_sweep.evaluation.stand_in import make_metric

N_ROWS = 90
FOLDS = np.repeat([0, 1, 2], N_ROWS // 3)
OF_CLASSES = set(METRICS) - set(ROW_METRICS) | {"accuracy", "neg_log_loss", "neg_brier_score"}
OF_TWO = {"f1", "precision", "recall", "jaccard", "roc_auc"}


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
