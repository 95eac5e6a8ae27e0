import sys
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from numpy.typing import NDArray
from optuna.storages import InMemoryStorage
from sklearn.metrics import balanced_accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation.estimates import _draws as effort
from kedro_sweep.evaluation.estimates._correction import (
    Correction,
    Estimate,
    correct_selection,
    subtract,
)
from kedro_sweep.evaluation.metrics._metrics import average_folds, find_metric, find_name
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth, align, describe_truth
from kedro_sweep.search import StudyConfiguration, run_search

N_ROWS = 200
N_FOLDS = 5
ROWS = np.arange(N_ROWS)
RARE = (ROWS < N_ROWS // 10).astype(int)  # the class of each row


def make_truth(n_rows: int = N_ROWS, n_classes: int = 2, seed: int = 0) -> Truth:
    y = np.random.default_rng(seed).integers(n_classes, size=n_rows)
    folds = np.sort(np.arange(n_rows) % N_FOLDS)
    return Truth(y, np.arange(n_classes), folds, np.arange(n_rows))


def guess(truth: Truth, seed: int, accuracy: float = 0.5) -> Predictions:
    """Predict each row correctly with a given probability."""
    random = np.random.default_rng(1_000 + seed)
    right = random.random(len(truth.y)) < accuracy
    labels = np.where(right, truth.y, 1 - truth.y)
    return Predictions(labels, np.where(np.eye(2)[labels], 0.8, 0.2))


def score_all_rows(truth: Truth, predictions: Predictions, scoring: str = "accuracy") -> float:
    metric = find_metric(scoring)
    assert metric is not None
    return float(average_folds(metric, truth, [predictions], np.ones((1, len(truth.y))))[0, 0])


@pytest.fixture
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw less often: here, the tables of the seeds differ far more than the draws."""
    monkeypatch.setattr(effort, "DRAWS", 200)


@pytest.mark.usefixtures("_fewer_draws")
def test_many_useless_configurations_are_near_chance_after_the_correction() -> None:
    bests, corrected = [], []
    for seed in range(4):
        truth = make_truth(seed=seed)
        candidates = [guess(truth, 100 * seed + number) for number in range(100)]
        bests.append(max(score_all_rows(truth, found) for found in candidates))
        estimate = correct_selection(truth, candidates, "accuracy", "maximize").estimate
        assert estimate is not None
        assert estimate.low < 0.5 < estimate.high
        corrected.append(estimate.value)
    assert np.mean(bests) > 0.57
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.025)


def test_a_single_configuration_has_its_plain_bootstrap() -> None:
    truth = make_truth()
    found = guess(truth, 0, accuracy=0.7)
    correction = correct_selection(truth, [found], "accuracy", "maximize")
    assert correction.estimate is not None
    assert correction.estimate.value == pytest.approx(score_all_rows(truth, found), abs=0.005)
    assert (correction.n_configurations, correction.n_draws, correction.note) == (1, 1_000, "")


@pytest.mark.parametrize(("scoring", "direction"), [("accuracy", "maximize"), ("my_loss", "minimize")])
def test_the_better_configuration_is_chosen_and_gains_whatever_the_direction(
    scoring: str, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if scoring == "my_loss":
        scoring = install(monkeypatch, lambda model, X, y: float(np.mean(model.predict(X) != y)))
    truth = make_truth()
    good, bad = guess(truth, 0, accuracy=0.9), guess(truth, 1, accuracy=0.6)
    correction = correct_selection(truth, [bad, good], scoring, direction, {"bad": bad, "same": good})
    assert correction.gains["bad"].value == pytest.approx(0.3, abs=0.1)
    assert correction.gains["bad"].low > 0
    assert correction.gains["same"] == (0, 0, 0)


def test_groups_are_drawn_as_a_whole() -> None:
    truth = make_truth()
    units = np.arange(N_ROWS) // 20
    is_right = np.random.default_rng(0).random(10)[units] < 0.6
    found = Predictions(np.where(is_right, truth.y, 1 - truth.y), None)
    by_row = correct_selection(truth, [found], "accuracy", "maximize").estimate
    grouped = Truth(truth.y, truth.classes, np.zeros(N_ROWS, dtype=int), units)
    by_group = correct_selection(grouped, [found], "accuracy", "maximize").estimate
    assert by_row is not None
    assert by_group is not None
    assert by_group.high - by_group.low > 2 * (by_row.high - by_row.low)


def test_repeated_cross_validation_draws_all_predictions_of_a_row() -> None:
    once = make_truth()
    folds = np.concatenate([once.folds, once.folds + N_FOLDS])
    twice = Truth(np.tile(once.y, 2), once.classes, folds, np.tile(once.units, 2))
    found = guess(once, 0, accuracy=0.7)
    both = Predictions(np.tile(found.labels, 2), None)
    # Repeated predictions say nothing new, so the interval must not get narrower.
    of_once = correct_selection(once, [found], "accuracy", "maximize")
    assert correct_selection(twice, [both], "accuracy", "maximize").estimate == pytest.approx(
        of_once.estimate
    )


def test_a_class_that_most_draws_lack_costs_draws_and_not_the_estimate() -> None:
    truth = make_truth()
    y = truth.y.copy()
    y[:2] = 2  # in one fold only, as a splitter of groups may have it
    truth = Truth(y, np.arange(3), np.zeros(N_ROWS, dtype=int), truth.units)
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(3), N_ROWS)
    found = Predictions(probabilities.argmax(axis=1), probabilities)
    correction = correct_selection(truth, [found, found], "roc_auc_ovr", "maximize")
    assert correction.estimate is not None
    assert 0 < correction.n_draws < 1_000


def test_the_same_seed_gives_the_same_and_another_seed_nearly_the_same() -> None:
    truth = make_truth()
    candidates = [guess(truth, number, accuracy=0.7) for number in range(5)]
    first, again, other = (
        correct_selection(truth, candidates, "f1_macro", "maximize", random_seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.estimate != other.estimate
    assert first.estimate == pytest.approx(other.estimate, abs=0.02)


def install(monkeypatch: pytest.MonkeyPatch, scorer: Any) -> str:
    """Make a custom scorer that may be called only a few times, and return its import path."""
    monkeypatch.setattr(effort, "CALLS", 600)
    monkeypatch.setattr(effort, "FEWEST_CALLS", 60)
    module = ModuleType("my_scorers")
    scorer.__module__ = module.__name__
    monkeypatch.setattr(module, "scorer", scorer, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    find_name.cache_clear()
    return "my_scorers.scorer"


def test_a_scorer_of_the_users_own_takes_fewer_draws_and_configurations_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = install(monkeypatch, lambda model, X, y: float(np.mean(model.predict(X) == y)))
    truth = make_truth()
    candidates = [guess(truth, number, accuracy=0.7) for number in range(30)]
    correction = correct_selection(truth, candidates, path, "maximize")
    assert correction.estimate is not None
    assert correction.estimate.value == pytest.approx(0.7, abs=0.08)
    assert (correction.n_configurations, correction.n_draws) == (20, 60)
    assert "60 draws and 20 of 30 configurations" in correction.note


@pytest.mark.parametrize("n_wrong", [0, 30])
def test_a_score_that_is_a_sum_is_not_corrected(n_wrong: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def add_up(model: Any, X: Any, y: Any) -> float:
        missed = np.sum((y == 1) & (model.predict(X) == 0))
        return float(-5 * missed - np.sum(model.predict(X) != y))

    truth = make_truth()
    labels = truth.y.copy()
    labels[:n_wrong] = 1 - labels[:n_wrong]
    # The first configuration may make no error at all.
    candidates = [Predictions(labels, None), guess(truth, 0, accuracy=0.8)]
    correction = correct_selection(truth, candidates, install(monkeypatch, add_up), "maximize")
    assert correction.estimate is None
    assert correction.gains == {}
    assert "depends on the number of rows" in correction.note


@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_a_statistic_that_is_no_sum_is_corrected(
    statistic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = install(monkeypatch, lambda model, X, y: -float(statistic(np.abs(model.predict(X) - y))))
    random = np.random.default_rng(0)
    truth = Truth(random.normal(size=N_ROWS), None, make_truth().folds, np.arange(N_ROWS))
    predictions = Predictions(truth.y + random.normal(size=N_ROWS), None)
    assert correct_selection(truth, [predictions], path, "maximize").estimate is not None


def test_a_cost_that_is_looked_up_by_the_label_of_the_row_is_corrected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth = make_truth()
    labels = np.random.default_rng(0).permutation(5_000)[:N_ROWS]
    costs = pd.Series(np.random.default_rng(1).exponential(size=N_ROWS), labels)

    def average(model: Any, X: Any, y: Any) -> float:
        return float(np.mean(costs[y.index].to_numpy() * (model.predict(X) != y.to_numpy())))

    found = guess(truth, 0, accuracy=0.7)
    labeled = replace(truth, index=costs.index)
    path = install(monkeypatch, average)
    estimate = correct_selection(labeled, [found], path, "minimize").estimate
    assert estimate is not None
    expected = np.mean(costs.to_numpy() * (found.labels != truth.y))
    assert estimate.value == pytest.approx(expected, rel=0.1)
    assert correct_selection(truth, [found], path, "minimize").estimate is None


def test_a_scorer_that_reads_features_gives_the_reason_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    path = install(monkeypatch, lambda model, X, y: float(X["alcohol"].mean()))
    truth = make_truth()
    correction = correct_selection(truth, [guess(truth, 0)], path, "maximize")
    assert correction.estimate is None
    assert "cannot be computed from stored predictions alone. TypeError" in correction.note


def test_a_score_of_probabilities_gives_the_reason_if_there_are_none() -> None:
    truth = make_truth()
    without = Predictions(truth.y, None)
    correction = correct_selection(truth, [without], "roc_auc", "maximize", {"dummy": without})
    assert correction == Correction(
        None,
        {},
        1,
        0,
        "'roc_auc' cannot be computed from stored predictions alone. "
        "ValueError: the model does not predict probabilities.",
    )


def test_no_configuration_gives_no_estimate() -> None:
    assert correct_selection(make_truth(), [], "accuracy", "maximize").estimate is None


def test_the_score_of_all_rows_is_the_value_of_the_trial(
    configure: Callable[..., StudyConfiguration],
) -> None:
    configuration = configure(n_trials=2, scoring="f1_macro")
    kept: list[Any] = []
    study = run_search(configuration, InMemoryStorage(), on_scored=lambda _, folds: kept.append(folds))
    truth = describe_truth(configuration)
    values = [score_all_rows(truth, align(folds, truth), "f1_macro") for folds in kept]
    assert values == pytest.approx([trial.value for trial in study.trials])


def search(X: NDArray[Any], y: NDArray[Any], seed: int) -> tuple[optuna.Study, Truth, list[Predictions]]:
    """Search for a tree with TPE, and keep what each trial predicts for the test rows of its folds."""
    splits = list(StratifiedKFold(3).split(X, y))
    rows = np.concatenate([test for _, test in splits])
    truth = Truth(y[rows], np.unique(y), np.repeat(range(3), [len(test) for _, test in splits]), rows)
    kept: list[Predictions] = []

    def objective(trial: optuna.Trial) -> float:
        depth = trial.suggest_int("max_depth", 1, 20, log=True)
        tree = DecisionTreeClassifier(
            max_depth=depth, ccp_alpha=trial.suggest_float("ccp_alpha", 0, 0.05)
        )
        labels = [
            tree.fit(X[train], y[train], check_input=False).predict(X[test], check_input=False)
            for train, test in splits
        ]
        kept.append(Predictions(np.concatenate(labels), None))
        return score_all_rows(truth, kept[-1])

    sampler = optuna.samplers.TPESampler(n_startup_trials=5, seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=15)
    return study, truth, kept


def draw_table(random: np.random.Generator, n_rows: int) -> tuple[NDArray[Any], NDArray[Any]]:
    X = random.normal(size=(n_rows, 4)).astype(np.float32)  # as trees need it
    return X, (X[:, 0] + X[:, 1] * X[:, 2] + random.normal(size=n_rows) > 0).astype(int)


@pytest.mark.usefixtures("_fewer_draws")
def test_searches_are_not_better_than_the_truth_after_the_correction() -> None:
    """A small version of the simulation in benchmarks/estimates/simulation.py."""
    random = np.random.default_rng(0)
    X_test, y_test = draw_table(random, 5_000)
    best_errors, errors = [], []
    for seed in range(20):
        X, y = draw_table(random, 120)
        study, truth, candidates = search(X, y, seed)
        estimate = correct_selection(truth, candidates, "accuracy", "maximize").estimate
        assert estimate is not None
        accuracy = DecisionTreeClassifier(**study.best_params).fit(X, y).score(X_test, y_test)
        best_errors.append(study.best_value - accuracy)
        errors.append(estimate.value - accuracy)
    assert np.mean(errors) <= np.std(errors, ddof=1) / np.sqrt(len(errors))
    assert np.mean(best_errors) > np.mean(errors) + 0.02


def draw_useless(
    seed: int, y: NDArray[Any], n_configurations: int = 30
) -> tuple[Truth, list[Predictions]]:
    """Draw configurations whose probabilities say nothing about the target."""
    random, n_classes = np.random.default_rng(seed), int(y.max()) + 1
    truth = Truth(random.permutation(y), np.arange(n_classes), ROWS % N_FOLDS, ROWS)
    shares = np.bincount(y) / len(y)
    drawn = [random.dirichlet(10 * shares, len(y)) for _ in range(n_configurations)]
    return truth, [Predictions(found.argmax(axis=1), found) for found in drawn]


@pytest.mark.usefixtures("_fewer_draws")
def test_the_average_precision_of_rare_rows_is_not_corrected_upward() -> None:
    errors = []
    for seed in range(8):
        truth, candidates = draw_useless(seed, RARE)
        correction = correct_selection(truth, candidates, "average_precision", "maximize")
        best = max(score_all_rows(truth, found, "average_precision") for found in candidates)
        assert correction.estimate is not None
        assert correction.estimate.value < best
        assert correction.estimate.low < 0.1 < correction.estimate.high
        errors.append(correction.estimate.value - 0.1)
    assert abs(np.mean(errors)) < 0.04  # +0.17 if each fold is scored by itself


def test_a_class_with_fewer_rows_than_folds_does_not_lift_the_corrected_value() -> None:
    y = ROWS % 2
    y[:3] = 2
    random = np.random.default_rng(0)
    truth = Truth(y, np.arange(3), ROWS % N_FOLDS, ROWS)
    guesses = [np.where(random.random(N_ROWS) < 0.85, ROWS % 2, 1 - ROWS % 2) for _ in range(20)]
    candidates = [Predictions(found, None) for found in guesses]
    correction = correct_selection(truth, candidates, "balanced_accuracy", "maximize")
    assert correction.estimate is not None
    assert correction.uncorrected is not None
    assert correction.estimate.value <= correction.uncorrected
    assert correction.estimate.low < 2 / 3 * 0.85 < correction.estimate.high  # the third class is missed


@pytest.mark.parametrize("scoring", ["precision", "f1", "matthews_corrcoef"])
def test_scores_of_few_positive_rows_are_not_corrected_for_more_than_the_choice(scoring: str) -> None:
    random = np.random.default_rng(0)
    truth = Truth(random.permutation(RARE), np.arange(2), ROWS % N_FOLDS, ROWS)
    is_right = random.random(N_ROWS) < 0.9
    found = Predictions(np.where(is_right, truth.y, 1 - truth.y), None)
    estimate = correct_selection(truth, [found], scoring, "maximize").estimate
    assert estimate is not None
    assert estimate.value == pytest.approx(get_scorer(scoring)._score_func(truth.y, found.labels))


def test_a_scorer_by_import_path_has_the_estimate_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    path = install(monkeypatch, make_scorer(balanced_accuracy_score))
    truth = make_truth()
    candidates = [guess(truth, number, accuracy=0.7) for number in range(30)]
    by_path, by_name = (
        correct_selection(truth, candidates, scoring, "maximize", {"first": candidates[0]})
        for scoring in (path, "balanced_accuracy")
    )
    assert by_path == by_name


def test_a_model_that_most_draws_choose_is_not_worse_than_itself() -> None:
    """Where the other configurations win only by luck, the draws have no gain, or a loss."""
    truth = make_truth()
    untuned = guess(truth, 0, accuracy=0.9)
    lucky = replace(untuned, labels=np.where(ROWS == 3, truth.y, untuned.labels))
    worse = guess(truth, 1, accuracy=0.86)
    correction = correct_selection(
        truth, [lucky, untuned, worse], "accuracy", "maximize", {"untuned": untuned}
    )
    gain = correction.gains["untuned"]
    assert gain.low <= 0 <= gain.high


def test_a_score_that_no_draw_changes_has_no_interval() -> None:
    truth = make_truth()
    correction = correct_selection(truth, [Predictions(truth.y, None)], "accuracy", "maximize")
    assert correction.estimate is None
    assert "same on each draw" in correction.note


def test_few_groups_have_wider_intervals_and_too_few_have_none() -> None:
    truth = make_truth()
    found = guess(truth, 0, accuracy=0.7)
    groups = {n: replace(truth, units=np.arange(N_ROWS) % n) for n in (7, 8)}
    assert correct_selection(groups[8], [found], "accuracy", "maximize").estimate is not None
    too_few = correct_selection(groups[7], [found], "accuracy", "maximize")
    assert too_few.estimate is None
    assert "7 groups are too few" in too_few.note


def test_the_interval_of_a_difference_counts_both_uncertainties() -> None:
    assert subtract(Estimate(0.5, 0.46, 0.53), Estimate(0.6, 0.56, 0.64)) == pytest.approx(
        (-0.1, -0.1 - np.hypot(0.04, 0.04), -0.1 + np.hypot(0.03, 0.04))
    )


def test_weights_of_rows_go_into_the_choice_and_its_score() -> None:
    truth = make_truth()
    right = np.arange(N_ROWS) % 4 > 0
    everywhere = Predictions(np.where(right, truth.y, 1 - truth.y), None)
    on_heavy_rows = Predictions(np.where(right, 1 - truth.y, truth.y), None)
    weighted = replace(truth, weights=np.where(right, 1.0, 30.0))
    for rows, low, high in ((truth, 0.6, 0.9), (weighted, 0.75, 1.0)):
        correction = correct_selection(rows, [everywhere, on_heavy_rows], "accuracy", "maximize")
        assert correction.estimate is not None
        assert low < correction.estimate.low < correction.estimate.value < high
    equal = replace(truth, weights=np.full(N_ROWS, 3.0))
    known = correct_selection(truth, [guess(truth, 0, 0.7)], "accuracy", "maximize").estimate
    found = correct_selection(equal, [guess(truth, 0, 0.7)], "accuracy", "maximize").estimate
    assert found == pytest.approx(known)
