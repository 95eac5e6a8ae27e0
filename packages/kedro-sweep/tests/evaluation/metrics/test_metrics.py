"""The scores of many draws are those of scikit-learn."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.metrics import (
    fbeta_score,
    get_scorer,
    get_scorer_names,
    make_scorer,
    median_absolute_error,
    top_k_accuracy_score,
)

from kedro_sweep.evaluation.metrics._metrics import (
    average_folds,
    find_metric,
    find_name,
    make_metric,
    wrap_scorer,
)
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth

N_ROWS = 60
BY_CLASS = [
    f"{name}_{average}"
    for name in ("f1", "precision", "recall", "jaccard")
    for average in ("macro", "micro", "weighted")
]
OF_CLASSES = ["accuracy", "balanced_accuracy", "matthews_corrcoef", *BY_CLASS]
OF_PROBABILITIES = ["neg_log_loss", "neg_brier_score"]
OF_RANKS = ["roc_auc_ovr", "roc_auc_ovr_weighted", "roc_auc_ovo", "roc_auc_ovo_weighted"]
OF_TWO_CLASSES = ["f1", "precision", "recall", "jaccard", "roc_auc", "average_precision"]
OF_NUMBERS = [
    "r2",
    "explained_variance",
    "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_mean_squared_error",
    "neg_mean_squared_log_error",
    "neg_root_mean_squared_error",
    "neg_root_mean_squared_log_error",
    "neg_mean_poisson_deviance",
    "neg_mean_gamma_deviance",
]


def make_truth(y: NDArray[Any], classes: NDArray[Any] | None) -> Truth:
    return Truth(y, classes, np.zeros(len(y), dtype=int), np.arange(len(y)))


def make_classes(labels: list[Any], seed: int = 0) -> tuple[Truth, Predictions]:
    """Make predictions with many ties, like those of trees."""
    random = np.random.default_rng(seed)
    y = random.choice(len(labels), N_ROWS)
    raw = random.integers(1, 4, (N_ROWS, len(labels))) + 2.0 * np.eye(len(labels))[y]
    raw[random.random(N_ROWS) < 0.4] = 1
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    predicted = np.where(random.random(N_ROWS) < 0.6, y, random.choice(len(labels), N_ROWS))
    return make_truth(y, np.array(labels)), Predictions(predicted, probabilities)


def make_numbers() -> tuple[Truth, Predictions]:
    random = np.random.default_rng(0)
    y = random.gamma(2, 3, N_ROWS)
    return make_truth(y, None), Predictions(y * random.uniform(0.5, 2, N_ROWS), None)


def draw(n_draws: int = 6) -> NDArray[Any]:
    return np.random.default_rng(1).poisson(1, (n_draws, N_ROWS)).astype(float)


def score_with_scikit_learn(
    scoring: str, truth: Truth, predictions: Predictions, weights: NDArray[Any]
) -> NDArray[Any]:
    """Pass each draw's rows to scikit-learn's own scorer; NaN if it raises an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wrap_scorer(get_scorer(scoring))(truth, predictions, weights)


def assert_equal_to_scikit_learn(
    scoring: str, truth: Truth, predictions: Predictions, weights: NDArray[Any]
) -> None:
    metric = find_metric(scoring)
    assert metric is not None
    np.testing.assert_allclose(
        metric(truth, predictions, weights),
        score_with_scikit_learn(scoring, truth, predictions, weights),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("scoring", [*OF_CLASSES, *OF_PROBABILITIES, *OF_RANKS, "average_precision"])
@pytest.mark.parametrize("labels", [["a", "b", "c", "d"], [3, 5, 8], [1, 2]])
def test_scores_of_classes_are_scikit_learns(scoring: str, labels: list[Any]) -> None:
    assert_equal_to_scikit_learn(scoring, *make_classes(labels), draw())


@pytest.mark.parametrize("scoring", OF_TWO_CLASSES)
@pytest.mark.parametrize("labels", [[0, 1], [1, 2], [False, True]])
def test_scores_of_two_classes_have_scikit_learns_positive_class(
    scoring: str, labels: list[Any]
) -> None:
    assert_equal_to_scikit_learn(scoring, *make_classes(labels), draw())


def test_the_greater_of_two_texts_is_positive_for_the_roc() -> None:
    assert_equal_to_scikit_learn("roc_auc", *make_classes(["no", "yes"]), draw())


@pytest.mark.parametrize("scoring", OF_NUMBERS)
def test_scores_of_numbers_are_scikit_learns(scoring: str) -> None:
    assert_equal_to_scikit_learn(scoring, *make_numbers(), draw())


@pytest.mark.parametrize("scoring", OF_NUMBERS)
def test_classes_that_are_numbers_are_scored_by_their_values(scoring: str) -> None:
    assert_equal_to_scikit_learn(scoring, *make_classes([3, 5, 80]), draw())


def is_mean_over_classes(scoring: str) -> bool:
    return scoring == "balanced_accuracy" or scoring.endswith("_macro")


@pytest.mark.parametrize("scoring", [*OF_CLASSES, *OF_RANKS])
def test_a_draw_without_a_class_has_no_mean_over_classes(scoring: str) -> None:
    truth, predictions = make_classes(["a", "b", "c"])
    weights = draw()
    weights[:, truth.y == 1] = 0
    metric = find_metric(scoring)
    assert metric is not None
    scores = metric(truth, predictions, weights)
    assert np.isnan(scores).all() == (is_mean_over_classes(scoring) or scoring in OF_RANKS)


@pytest.mark.parametrize("scoring", OF_CLASSES)
def test_a_class_that_the_rows_lack_too_counts_as_in_scikit_learn(scoring: str) -> None:
    truth, predictions = make_classes(["a", "b", "c"])
    rows = np.flatnonzero(truth.y != 1)
    assert predictions.probabilities is not None
    few = Truth(truth.y[rows], truth.classes, truth.folds[rows], truth.units[rows])
    predicted = Predictions(predictions.labels[rows], predictions.probabilities[rows])
    assert_equal_to_scikit_learn(scoring, few, predicted, draw()[:, rows])


@pytest.mark.parametrize("scoring", OF_PROBABILITIES)
def test_a_mean_over_rows_needs_no_row_of_every_class(scoring: str) -> None:
    truth, predictions = make_classes(["a", "b", "c"])
    weights = (truth.y != 1).astype(float)[np.newaxis]
    assert predictions.probabilities is not None
    rows = truth.y != 1
    score = metrics.log_loss if scoring == "neg_log_loss" else metrics.brier_score_loss
    metric = find_metric(scoring)
    assert metric is not None
    assert metric(truth, predictions, weights)[0] == pytest.approx(
        -score(truth.y[rows], predictions.probabilities[rows], labels=[0, 1, 2])
    )


@pytest.mark.parametrize("scoring", OF_RANKS)
def test_draws_of_one_class_only_have_no_ranks(scoring: str) -> None:
    truth, predictions = make_classes([0, 1])
    weights = np.array([truth.y == 0, truth.y == 1], dtype=float)
    assert_equal_to_scikit_learn(scoring, truth, predictions, weights)


@pytest.mark.parametrize("scoring", OF_TWO_CLASSES)
def test_a_draw_without_positive_rows_has_no_score_of_them(scoring: str) -> None:
    truth, predictions = make_classes([0, 1])
    weights = np.array([truth.y == 0, truth.y == 1], dtype=float)
    metric = find_metric(scoring)
    assert metric is not None
    without, only = metric(truth, predictions, weights)
    assert np.isnan(without)
    assert np.isnan(only) == (scoring == "roc_auc")


@pytest.mark.parametrize(
    "scoring", ["accuracy", "f1_micro", "f1_macro", "roc_auc_ovr", "matthews_corrcoef"]
)
def test_a_draw_without_rows_has_no_score(scoring: str) -> None:
    truth, predictions = make_classes(["a", "b", "c"])
    metric = find_metric(scoring)
    assert metric is not None
    assert np.isnan(metric(truth, predictions, np.zeros((2, N_ROWS)))).all()


def test_r2_needs_two_rows_as_in_scikit_learn() -> None:
    truth, predictions = make_numbers()
    metric = find_metric("r2")
    assert metric is not None
    assert np.isnan(metric(truth, predictions, 3 * np.eye(1, N_ROWS)))[0]


def test_probabilities_that_round_to_0_cost_what_they_cost_in_scikit_learn() -> None:
    truth = make_truth(np.array([0, 1]), np.array([0, 1]))
    predictions = Predictions(np.array([0, 0]), np.array([[1, 0], [1, 0]], dtype=np.float32))
    metric, weights = find_metric("neg_log_loss"), np.ones((1, 2))
    assert metric is not None
    assert metric(truth, predictions, weights) == pytest.approx(
        score_with_scikit_learn("neg_log_loss", truth, predictions, weights)
    )


def test_a_score_of_probabilities_says_that_there_are_none() -> None:
    truth, predictions = make_classes(["a", "b"])
    metric = find_metric("roc_auc")
    assert metric is not None
    with pytest.raises(ValueError, match="does not predict probabilities"):
        metric(truth, Predictions(predictions.labels, None), draw())


def test_every_name_is_one_of_scikit_learns() -> None:
    ours = {name for name in get_scorer_names() if find_metric(name) is not None}
    expected = {*OF_CLASSES, *OF_PROBABILITIES, *OF_RANKS, *OF_TWO_CLASSES, *OF_NUMBERS}
    assert ours == expected


def test_other_scores_are_not_vectorized() -> None:
    assert find_metric("top_k_accuracy") is None
    assert find_metric("my_package.my_scorer") is None


def test_folds_are_scored_alone_and_averaged() -> None:
    truth, predictions = make_classes(["a", "b"])
    folds = np.arange(N_ROWS) % 3
    truth = Truth(truth.y, truth.classes, folds, truth.units)
    metric = find_metric("roc_auc")
    assert metric is not None
    assert predictions.probabilities is not None
    expected = np.mean(
        [
            metrics.roc_auc_score(truth.y[folds == i], predictions.probabilities[folds == i, 1])
            for i in range(3)
        ]
    )
    scores = average_folds(metric, truth, [predictions], np.ones((1, N_ROWS)))
    assert scores == pytest.approx(expected)


def test_a_fold_without_a_score_is_left_out_of_the_draw() -> None:
    truth, predictions = make_classes(["a", "b"])
    folds = np.arange(N_ROWS) % 2
    truth = Truth(truth.y, truth.classes, folds, truth.units)
    metric = find_metric("accuracy")
    assert metric is not None
    weights = np.array([folds == 0, np.zeros(N_ROWS)], dtype=float)
    one, none = average_folds(metric, truth, [predictions], weights)[0]
    assert one == np.mean(truth.y[folds == 0] == predictions.labels[folds == 0])
    assert np.isnan(none)


TRUTH = Truth(
    y=np.array([0, 1, 2, 0, 1]),
    classes=np.array(["bad", "fair", "good"]),
    folds=np.zeros(5, dtype=int),
    units=np.arange(5),
)
PREDICTIONS = Predictions(
    labels=np.array([0, 1, 1, 2, 1]),
    probabilities=np.array(
        [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]
    ),
)
WEIGHTS = np.array([[1, 1, 1, 1, 1], [2, 1, 1, 0, 1]])
DRAWN = [[0, 1, 2, 3, 4], [0, 0, 1, 2, 4]]


def test_each_row_is_scored_as_often_as_it_is_drawn() -> None:
    scores = wrap_scorer(get_scorer("top_k_accuracy"))(TRUTH, PREDICTIONS, WEIGHTS)
    assert PREDICTIONS.probabilities is not None
    assert scores.tolist() == [
        top_k_accuracy_score(TRUTH.y[rows], PREDICTIONS.probabilities[rows]) for rows in DRAWN
    ]


def test_a_scorer_gets_the_labels_and_not_their_numbers() -> None:
    scorer = make_scorer(fbeta_score, beta=2, average=None, labels=["fair"])
    scores = wrap_scorer(lambda *found: scorer(*found)[0])(TRUTH, PREDICTIONS, WEIGHTS)
    expected = [
        fbeta_score(TRUTH.y[rows], PREDICTIONS.labels[rows], beta=2, average=None, labels=[1])[0]
        for rows in DRAWN
    ]
    assert scores.tolist() == expected


def test_a_scorer_of_numbers_gets_them() -> None:
    truth = Truth(np.array([1.0, 2, 5]), None, np.zeros(3, dtype=int), np.arange(3))
    predictions = Predictions(np.array([1.5, 2, 3]), None)
    metric = make_metric("neg_median_absolute_error")
    expected = -median_absolute_error([2, 2, 5], [2, 2, 3])
    assert metric(truth, predictions, np.array([[0, 2, 1]])) == [expected]


def test_a_draw_without_a_class_or_without_rows_has_no_score() -> None:
    weights = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0]])
    assert np.isnan(make_metric("top_k_accuracy")(TRUTH, PREDICTIONS, weights)).all()


def test_a_scorer_that_averages_over_classes_is_not_asked_without_one() -> None:
    def score(model: Any, X: Any, y: Any) -> float:
        return len(y)

    weights = np.array([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1]])
    without, whole = wrap_scorer(score)(TRUTH, PREDICTIONS, weights)
    assert len(np.unique(TRUTH.y[weights[0] > 0])) < len(np.unique(TRUTH.y))
    assert np.isnan(without)
    assert whole == 5


def read_features(model: Any, X: Any, y: Any) -> float:
    return float(X["alcohol"].mean())


def read_model(model: Any, X: Any, y: Any) -> float:
    return float(model.feature_importances_.max())


def refuse(model: Any, X: Any, y: Any) -> float:
    raise ValueError("never good enough")


@pytest.mark.parametrize("scorer", [read_features, read_model, refuse])
def test_a_scorer_that_needs_more_than_predictions_fails(scorer: Any) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        wrap_scorer(scorer)(TRUTH, PREDICTIONS, WEIGHTS)


def test_a_scorer_of_probabilities_fails_without_them() -> None:
    with pytest.raises(AttributeError, match="predict_proba"):
        make_metric("top_k_accuracy")(TRUTH, Predictions(PREDICTIONS.labels, None), WEIGHTS)


mean_f1 = make_scorer(fbeta_score, beta=1, average="macro")
macro_f1 = make_scorer(metrics.f1_score, average="macro")
plain_f1 = make_scorer(metrics.f1_score)
absolute_error = make_scorer(metrics.mean_absolute_error, greater_is_better=False)
largest_error = make_scorer(metrics.max_error, greater_is_better=False)


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("macro_f1", "f1_macro"),
        ("plain_f1", "f1"),
        ("absolute_error", "neg_mean_absolute_error"),
        ("largest_error", "neg_max_error"),
    ],
)
def test_a_scorer_that_is_built_like_a_named_one_has_its_name(own: str, name: str) -> None:
    assert find_name(f"{__name__}.{own}") == name


labeled_f1 = make_scorer(metrics.f1_score, average="macro", labels=np.array([0, 1]))
precision_of_2 = make_scorer(
    metrics.average_precision_score, response_method=("decision_function", "predict_proba"), pos_label=2
)


@pytest.mark.parametrize("own", ["mean_f1", "labeled_f1", "precision_of_2"])
def test_another_scorer_keeps_its_path(own: str) -> None:
    assert find_name(f"{__name__}.{own}") == f"{__name__}.{own}"


def weigh(truth: Truth) -> Truth:
    return replace(truth, weights=np.random.default_rng(2).gamma(1, size=len(truth.y)))


@pytest.mark.parametrize("scoring", [*OF_CLASSES, *OF_PROBABILITIES, *OF_RANKS[:2], *OF_NUMBERS])
def test_a_row_counts_as_often_as_it_is_drawn_times_its_weight(scoring: str) -> None:
    truth, predictions = make_numbers() if scoring in OF_NUMBERS else make_classes(["a", "b", "c"])
    counts, metric, weighted = draw(), find_metric(scoring), weigh(truth)
    assert metric is not None
    assert weighted.weights is not None
    found = metric(weighted, predictions, counts)
    np.testing.assert_allclose(found, metric(truth, predictions, counts * weighted.weights))
    # Of the rows of a draw, scikit-learn's own scorers get the weights.
    assert_equal_to_scikit_learn(scoring, weighted, predictions, counts)
    assert not np.isclose(found, metric(truth, predictions, counts)).any()


def test_weights_go_with_their_rows_and_their_blends() -> None:
    truth, predictions = make_classes([0, 1])
    rows = np.array([5, 3, 40])
    weighted = weigh(truth)
    assert weighted.weights is not None
    np.testing.assert_array_equal(weighted.take(rows).weights, weighted.weights[rows])
    metric = make_metric("neg_brier_score")
    blends = Predictions(
        np.stack([predictions.labels] * 2), np.stack([predictions.need_probabilities()] * 2)
    )
    one = metric(weighted, predictions, np.ones((1, N_ROWS)))
    np.testing.assert_allclose(metric(weighted, blends, np.ones(N_ROWS)), [one[0]] * 2)
