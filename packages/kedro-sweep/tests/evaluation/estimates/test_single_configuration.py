"""Where nothing was chosen, nothing is corrected: the estimate is the cross-validated score.

A mean over rows or pairs is averaged over the folds, as for the value of a trial. Any other score is
computed from the rows of all folds.
"""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import get_scorer, get_scorer_names

from kedro_sweep.evaluation.estimates import _draws
from kedro_sweep.evaluation.estimates._correction import correct_selection
from kedro_sweep.evaluation.metrics._metrics import (
    BY_FOLD,
    METRICS,
    RANK_METRICS,
    average_folds,
    make_metric,
    wrap_scorer,
)
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth

N_ROWS, N_FOLDS = 200, 5
OF_NUMBERS = {
    name
    for name in get_scorer_names()
    if name.startswith(("neg_mean_", "neg_root_", "neg_median_", "neg_max_", "r2", "explained"))
} | {"d2_absolute_error_score"}
OF_SETS_OF_LABELS = {name for name in get_scorer_names() if name.endswith("_samples")}
OF_CLASSES = {*get_scorer_names()} - OF_NUMBERS - OF_SETS_OF_LABELS
OF_TWO_CLASSES = {
    *("average_precision", "f1", "jaccard", "precision", "recall", "roc_auc"),
    *("positive_likelihood_ratio", "neg_negative_likelihood_ratio"),
}
# Scores that compare two clusterings by their pairs of rows.
OF_PAIRS = {
    *("adjusted_mutual_info_score", "adjusted_rand_score", "fowlkes_mallows_score", "rand_score"),
}
REFUSED = OF_PAIRS | {"neg_max_error"}
ROWS = np.arange(N_ROWS)


def predict_classes(
    y: NDArray[Any], folds: NDArray[Any], units: NDArray[Any]
) -> tuple[Truth, Predictions]:
    """Predict classes with some skill, and with ties."""
    random, n_classes = np.random.default_rng(0), int(y.max()) + 1
    raw = random.dirichlet(np.ones(n_classes), len(y)) + 0.5 * np.eye(n_classes)[y]
    probabilities = (raw / raw.sum(axis=1, keepdims=True)).round(2)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    truth = Truth(y, np.arange(n_classes), folds, units)
    return truth, Predictions(probabilities.argmax(axis=1), probabilities)


def make_case(case: str) -> tuple[Truth, Predictions]:
    random = np.random.default_rng(1)
    folds = ROWS % N_FOLDS
    is_positive = (ROWS % 10 == 0).astype(int)  # 10%
    is_positive = random.permutation(is_positive)
    match case:
        case "rare positives":
            return predict_classes(is_positive, folds, ROWS)
        case "a class with fewer rows than folds":
            y = random.integers(2, size=N_ROWS)
            y[:3] = 2
            return predict_classes(y, folds, ROWS)
        case "groups":
            return predict_classes(is_positive, (ROWS // 10) % N_FOLDS, ROWS // 10)
        case "repeated folds":
            repeated = np.concatenate([folds, random.permutation(folds) + N_FOLDS])
            return predict_classes(np.tile(is_positive, 2), repeated, np.tile(ROWS, 2))
        case "leave one out":
            return predict_classes(is_positive, ROWS, ROWS)
        case _:
            numbers = random.gamma(2, 3, N_ROWS)
            folds = ROWS if case == "numbers, leave one out" else folds
            predicted = numbers * random.uniform(0.5, 2, N_ROWS)
            return Truth(numbers, None, folds, ROWS), Predictions(predicted, None)


# Scorers that are called once for each draw are slow, so one case of each task has to do.
CASES = {
    "rare positives": OF_CLASSES - {"top_k_accuracy"},
    "a class with fewer rows than folds": OF_CLASSES.intersection(METRICS) - OF_TWO_CLASSES,
    "groups": OF_CLASSES.intersection(METRICS),
    "repeated folds": OF_CLASSES.intersection(METRICS),
    "leave one out": OF_CLASSES.intersection(METRICS) - RANK_METRICS.keys() | {"average_precision"},
    "numbers": OF_NUMBERS,
    "numbers, leave one out": OF_NUMBERS.intersection(METRICS) - {"r2"},
}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_draws, "FEWEST_DRAWS", 10)
    monkeypatch.setattr(_draws, "DRAWS", 10)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("case", "scoring"),
    [(case, name) for case, names in CASES.items() for name in sorted(names - REFUSED)],
)
def test_a_single_configuration_has_its_cross_validated_score(case: str, scoring: str) -> None:
    truth, predictions = make_case(case)
    everything = np.ones((1, len(truth.y)))
    if scoring in BY_FOLD:
        expected = average_folds(make_metric(scoring), truth, [predictions], everything)[0, 0]
    else:
        expected = wrap_scorer(get_scorer(scoring))(truth, predictions, everything)[0]
    correction = correct_selection(truth, [predictions], scoring, "maximize")
    assert correction.estimate is not None, correction.note
    assert correction.uncorrected == pytest.approx(expected)
    assert correction.estimate.value == pytest.approx(expected)
    assert correction.estimate.low < expected < correction.estimate.high


@pytest.mark.parametrize("scoring", sorted(REFUSED))
def test_a_score_that_depends_on_the_number_of_rows_is_refused(scoring: str) -> None:
    truth, predictions = make_case("numbers" if scoring in OF_NUMBERS else "rare positives")
    correction = correct_selection(truth, [predictions], scoring, "maximize")
    assert correction.estimate is None
    assert "depends on the number of rows" in correction.note
