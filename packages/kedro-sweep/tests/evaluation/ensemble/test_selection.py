"""How predictions of several models are blended; many blends have the scores of one after another."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kedro_sweep.evaluation.ensemble._selection import (
    blend,
    choose_ensemble,
    make_blend_score,
    read,
    select,
    stack,
    vote,
)
from kedro_sweep.evaluation.metrics._metrics import METRICS, average_folds, make_metric
from kedro_sweep.evaluation.metrics._scores import ROW_METRICS
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth
from kedro_sweep.search import Ensemble

CLASSES = Truth(np.array([0, 1, 2]), np.array(["a", "b", "c"]), np.zeros(3, dtype=int), np.arange(3))
NUMBERS = Truth(np.array([0.0, 1.0]), None, np.zeros(2, dtype=int), np.arange(2))
N_BLENDED = 90
FOLDS = np.repeat([0, 1, 2], N_BLENDED // 3)
OF_CLASSES = set(METRICS) - set(ROW_METRICS) | {"accuracy", "neg_log_loss", "neg_brier_score"}
OF_TWO = {"f1", "precision", "recall", "jaccard", "roc_auc"}


def test_a_model_without_probabilities_votes() -> None:
    sure = Predictions(np.array([0, 0, 0]), np.array([[0.6, 0.4, 0], [0.9, 0.1, 0], [0.4, 0.3, 0.3]]))
    voter = Predictions(np.array([1, 1, 2]), None)
    blended = blend(CLASSES, [sure, voter], [2, 1])
    expected = np.array([[0.4, 1.8 / 3, 0], [0.6, 1.2 / 3, 0], [0.8 / 3, 0.2, 1.6 / 3]])
    assert blended.need_probabilities() == pytest.approx(expected)
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
    weights = random.poisson(1, N_BLENDED).astype(float)
    if n_classes == 1:
        truth = Truth(random.gamma(2, 1, N_BLENDED), None, FOLDS, np.arange(N_BLENDED))
        return truth, random.gamma(2, 1, (1, 4, N_BLENDED)), weights
    truth = Truth(
        random.integers(n_classes, size=N_BLENDED), np.arange(n_classes), FOLDS, np.arange(N_BLENDED)
    )
    raw = random.integers(1, 4, (n_classes, 4, N_BLENDED))
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


N_ROWS = 200


def make_numbers(n_models: int = 6, seed: int = 0) -> tuple[Truth, list[Predictions]]:
    """Make predictions with independent errors, the best model first."""
    random = np.random.default_rng(seed)
    y = random.normal(size=N_ROWS)
    truth = Truth(y, None, np.repeat([0, 1], N_ROWS // 2), np.arange(N_ROWS))
    return truth, [Predictions(y + random.normal(0, 1 + n, N_ROWS), None) for n in range(n_models)]


def make_classes(hits: list[list[int]], confidence: list[float]) -> tuple[Truth, list[Predictions]]:
    """Make models of two classes that are right on some rows of four, with a probability."""
    truth = Truth(np.array([0, 1, 0, 1]), np.arange(2), np.zeros(4, dtype=int), np.arange(4))
    models = []
    for right, probability in zip(hits, confidence, strict=True):
        labels = np.where(right, truth.y, 1 - truth.y)
        models.append(
            Predictions(labels, np.where(np.eye(2)[labels] == 1, probability, 1 - probability))
        )
    return truth, models


def find_error(truth: Truth, predictions: list[Predictions], counts: NDArray[np.int_]) -> float:
    blended = np.average([found.labels for found in predictions], axis=0, weights=counts)
    return float(np.mean((truth.y - blended) ** 2))


def test_it_finds_nearly_the_best_weights_of_models_with_errors_of_their_own() -> None:
    truth, models = make_numbers()
    counts = select(truth, stack(truth, models), "neg_mean_squared_error", "maximize", 50)
    assert counts.sum() == 50
    by_variance = np.array([1 / (1 + n) ** 2 for n in range(6)])
    assert find_error(truth, models, counts) < 1.02 * find_error(truth, models, by_variance)
    assert counts[0] == counts.max()


def test_a_score_that_is_minimized_takes_the_worst_model() -> None:
    truth, models = make_numbers()
    counts = select(truth, stack(truth, models), "neg_mean_squared_error", "minimize", 1)
    assert np.flatnonzero(counts).tolist() == [5]


def test_numbers_in_another_unit_change_nothing() -> None:
    truth, models = make_numbers()
    small = Truth(truth.y * 1e-6, None, truth.folds, truth.units)
    stacked = stack(truth, models)
    counts, again = (
        select(found, stacked * unit, "neg_mean_squared_error", "maximize", 9)
        for found, unit in ((truth, 1), (small, 1e-6))
    )
    assert counts.tolist() == again.tolist()
    assert np.count_nonzero(counts) > 1


def test_rows_count_as_often_as_they_are_drawn() -> None:
    truth, models = make_numbers()
    weights = np.random.default_rng(1).integers(0, 3, N_ROWS)
    rows = np.repeat(np.arange(N_ROWS), weights)
    expected = select(
        truth.take(rows),
        stack(truth.take(rows), [found.take(rows) for found in models]),
        "r2",
        "maximize",
        9,
    )
    counts = select(truth, stack(truth, models), "r2", "maximize", 9, weights)
    assert counts.tolist() == expected.tolist()


def test_of_equally_accurate_models_the_one_with_the_better_probabilities_is_taken() -> None:
    truth, models = make_classes([[1, 1, 1, 0], [1, 1, 0, 1]], [0.95, 0.6])
    counts = select(truth, stack(truth, models), "accuracy", "maximize", 1)
    assert counts.tolist() == [0, 1]  # less sure where it is wrong


def test_one_row_makes_no_difference_and_two_do() -> None:
    truth, models = make_classes([[1, 1, 1, 1], [1, 1, 1, 0]], [0.51, 0.9])
    assert select(truth, stack(truth, models), "accuracy", "maximize", 1).tolist() == [0, 1]
    truth, models = make_classes([[1, 1, 1, 1], [1, 1, 0, 0]], [0.51, 0.9])
    assert select(truth, stack(truth, models), "accuracy", "maximize", 1).tolist() == [1, 0]


def test_models_that_cost_too_much_are_left_out_but_the_first() -> None:
    truth, models = make_numbers()
    stacked = stack(truth, models)
    costs = np.array([3.0, 5.0, 1.0, 5.0, 1.0, 5.0])
    counts = select(truth, stacked, "r2", "maximize", 25, costs=costs, budget=4.5)
    assert np.flatnonzero(counts).tolist() in ([0, 2], [0, 4])
    counts = select(truth, stacked, "r2", "maximize", 25, costs=costs, budget=0.1)
    assert np.flatnonzero(counts).tolist() == [0]


def test_a_model_that_is_as_good_as_the_best_but_too_slow_to_train_is_left_out() -> None:
    truth, models = make_classes([[1, 1, 1, 1], [1, 1, 1, 0]], [0.51, 0.9])
    how: dict[str, Any] = {"costs": np.array([1.0, 60.0]), "budget": 7.5}
    counts = select(truth, stack(truth, models), "accuracy", "maximize", 1, **how)
    assert counts.tolist() == [1, 0]


def test_each_draw_selects_from_its_own_best_models() -> None:
    truth, models = make_numbers()
    values = np.array([[5.0, 0.0], [4.0, 0.0], [0.0, np.nan], [0.0, 6.0], [0.0, 7.0], [0.0, 0.0]])
    weights = np.random.default_rng(1).integers(0, 3, (2, N_ROWS)).astype(float)
    costs = np.zeros(6)
    chosen = choose_ensemble(
        Ensemble(size=9, trials=2),
        "r2",
        "maximize",
        costs,
        np.inf,
        np.arange(6),
        truth,
        models,
        values,
        weights,
    )
    for (draws, blended), pair in zip(chosen, [(0, 1), (4, 3)], strict=True):
        first, second = (models[number].labels for number in pair)
        [draw] = draws
        assert draw == (0 if pair == (0, 1) else 1)
        share = (blended.labels - second) / (first - second)
        assert share == pytest.approx(np.full(N_ROWS, share[0]))
        assert 0 < share[0] <= 1


def test_the_model_that_is_right_on_heavy_rows_is_selected() -> None:
    y = np.arange(40) % 2
    usual = Predictions(np.where(np.arange(40) < 30, y, 1 - y), None)
    on_heavy = Predictions(np.where(np.arange(40) < 30, 1 - y, y), None)
    truth = Truth(y, np.array([0, 1]), np.zeros(40, dtype=int), np.arange(40))
    stacked = stack(truth, [vote(truth, found) for found in (usual, on_heavy)])
    assert select(truth, stacked, "accuracy", "maximize", 1).tolist() == [1, 0]
    weighted = replace(truth, weights=np.where(np.arange(40) < 30, 1.0, 9.0))
    assert select(weighted, stacked, "accuracy", "maximize", 1).tolist() == [0, 1]
