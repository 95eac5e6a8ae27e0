from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions import (
    Decision,
    Rule,
    check_decision,
    decide,
    make_deciding,
    make_rule,
    read_rule,
)
from kedro_sweep.evaluation.estimates import correct_selection
from kedro_sweep.evaluation.estimates._test_intervals import estimate_decisions
from kedro_sweep.evaluation.predictions import Predictions, Truth
from kedro_sweep.search import Ensemble, StudyConfiguration

N_ROWS = 200
Configure = Callable[..., StudyConfiguration]


def make_truth(*classes: Any, n_rows: int = N_ROWS, share: float = 0.2) -> Truth:
    random = np.random.default_rng(4)
    others = random.integers(1, max(len(classes), 2), size=n_rows)
    y = np.where(random.random(n_rows) < share, others, 0)
    folds = np.sort(np.arange(n_rows) % 5)
    return Truth(
        y if classes else y.astype(float),
        np.array(classes) if classes else None,
        folds,
        np.arange(n_rows),
    )


def predict(truth: Truth, seed: int = 5) -> Predictions:
    """Predict two classes, with a signal."""
    noise = np.random.default_rng(seed).normal(size=len(truth.y))
    scores = 1 / (1 + np.exp(2 - 2 * truth.y - noise))
    return Predictions((scores >= 0.5).astype(int), np.column_stack([1 - scores, scores]))


@pytest.mark.parametrize(
    ("given", "classes", "named"),
    [
        ({"threshold": "auto"}, (), "numbers"),
        ({"threshold": 0.3}, ("a", "b", "c"), "two classes"),
        ({"threshold": 0.3, "positive": "maybe"}, ("no", "yes"), "'maybe'"),
        ({"costs": {"maybe": {"no": 1}}}, ("no", "yes"), "'maybe'"),
        ({"costs": {"no": {"maybe": 1}}}, ("no", "yes"), "'maybe'"),
        ({"costs": {"no": 3}}, ("no", "yes"), "decision.costs.no: 3"),
        ({"costs": {"fp": -1, "fn": 1}}, ("no", "yes"), "-1"),
        ({"costs": {"fp": "much", "fn": 1}}, ("no", "yes"), "'much'"),
        ({"costs": {"fp": 0, "fn": 1}}, ("no", "yes"), "predicting 'yes' never costs anything"),
        ({"costs": {"fp": 1, "fnn": 1}}, ("no", "yes"), "'fnn' is unknown"),
        ({"costs": {"fp": 1}}, ("a", "b", "c"), "two classes"),
        ({"costs": {True: {"no": 5}}}, ("no", "yes"), "True is not a class"),
        ({"costs": {"fn": 1}, "positive": "b"}, ("a", "b", "c"), "two classes"),
    ],
)
def test_what_does_not_suit_the_target_is_an_error(
    given: dict[str, Any], classes: tuple[str, ...], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        make_rule(Decision.model_validate(given), make_truth(*classes), "accuracy")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": "auto", "optimize": "luck"}, "luck"),
        ({"threshold": "auto", "optimize": "cost"}, "decision.costs"),
        ({"threshold": "auto", "at_least": {"luck": 0.5}}, "luck"),
        ({"optimize": "f1"}, "threshold: auto"),
    ],
)
def test_parameters_that_make_no_sense_are_errors(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Decision.model_validate(given)


@pytest.mark.parametrize(
    ("given", "scoring", "measure"),
    [
        ({"threshold": "auto"}, "roc_auc", "balanced_accuracy"),
        ({"threshold": "auto"}, "f1", "f1"),
        ({"threshold": "auto", "costs": {"fp": 1, "fn": 5}}, "f1", "cost"),
        ({"threshold": "auto", "costs": {"fp": 1, "fn": 5}, "optimize": "recall"}, "f1", "recall"),
    ],
)
def test_a_threshold_optimizes_what_is_closest_to_the_decision(
    given: dict[str, Any], scoring: str, measure: str
) -> None:
    rule = make_rule(Decision.model_validate(given), make_truth("no", "yes"), scoring)
    assert rule is not None
    assert rule.measure == measure


def test_costs_have_the_same_meaning_in_both_notations() -> None:
    truth = make_truth("no", "yes")
    short, long = (
        make_rule(Decision.model_validate({"costs": costs}), truth, "accuracy")
        for costs in ({"fp": 1, "fn": 5}, {"no": {"yes": 1}, "yes": {"no": 5}})
    )
    assert short is not None
    assert long is not None
    np.testing.assert_array_equal(short.costs, [[0, 1], [5, 0]])
    np.testing.assert_array_equal(long.costs, [[0, 1], [5, 0]])


def test_costly_misses_lower_the_threshold_and_the_cost() -> None:
    truth, decision = make_truth("no", "yes"), Decision.model_validate({"costs": {"fp": 1, "fn": 5}})
    rule = make_rule(decision, truth, "accuracy")
    record = decide(rule, truth, predict(truth), decision)[0]["rule"]
    assert record["threshold"] < 0.4
    assert record["after"] < record["before"]
    restored = read_rule({"rule": record})
    assert restored is not None
    assert (restored.positive, restored.threshold) == (1, record["threshold"])


@pytest.mark.parametrize(
    ("truth", "optimize"),
    [
        (make_truth("no", "yes", n_rows=40), "f1"),
        (make_truth("no", "yes", share=0.03), "f1"),
        (make_truth("no", "yes"), "accuracy"),
    ],
    ids=["few rows", "few positives", "accuracy"],
)
def test_with_few_rows_the_threshold_stays(truth: Truth, optimize: str) -> None:
    decision = Decision.model_validate({"threshold": "auto", "optimize": optimize})
    rule = make_rule(decision, truth, "accuracy")
    record = decide(rule, truth, predict(truth), decision)[0]["rule"]
    assert record["threshold"] is None
    assert "too few" in record["note"]
    assert isinstance(make_deciding(LogisticRegression(), {"rule": record}, [], []), LogisticRegression)


def test_a_condition_that_no_threshold_meets_is_an_error_that_names_the_nearest() -> None:
    truth, given = make_truth("no", "yes"), {"recall": 0.99, "precision": 0.99}
    decision = Decision.model_validate({"threshold": "auto", "at_least": given})
    rule = make_rule(decision, truth, "accuracy")
    with pytest.raises(InputError, match=r"nearest, 0\.\d+, reaches recall 0\.\d+ and precision 0\.\d+"):
        decide(rule, truth, predict(truth), decision)


def test_a_model_without_probabilities_is_an_error() -> None:
    truth, decision = make_truth("no", "yes"), Decision(threshold="auto")
    labels = Predictions(truth.y, None)
    with pytest.raises(InputError, match="predict_proba"):
        decide(make_rule(decision, truth, "accuracy"), truth, labels, decision)


def test_the_model_decides_by_the_threshold() -> None:
    X = np.random.default_rng(6).normal(size=(100, 2))
    y = np.where(X[:, 0] > 0.8, "yes", "no")
    record = {"rule": {"measure": "f1", "classes": ["no", "yes"], "positive": "yes", "threshold": 0.1}}
    model = make_deciding(LogisticRegression().fit(X, y), record, X, y)
    assert isinstance(model, FixedThresholdClassifier)
    np.testing.assert_array_equal(model.predict(X) == "yes", model.predict_proba(X)[:, 1] >= 0.1)


def test_the_model_decides_by_the_costs_of_several_classes() -> None:
    X = np.random.default_rng(7).normal(size=(150, 2))
    y = np.array(list("abc"))[np.digitize(X[:, 0], [-0.5, 0.5])]
    costs = [[0, 1, 1], [9, 0, 9], [1, 1, 0]]
    record = {"rule": {"measure": "cost", "classes": ["a", "b", "c"], "costs": costs}}
    model = make_deciding(LogisticRegression().fit(X, y), record, X, y)
    expected = model.predict_proba(X) @ np.array(costs)
    np.testing.assert_array_equal(model.predict(X), model.classes_[expected.argmin(axis=1)])
    assert (model.predict(X) == "b").sum() > (y == "b").sum()


def test_without_a_decision_the_estimator_stays_as_it_is() -> None:
    estimator = LogisticRegression()
    assert make_deciding(estimator, {}, [], []) is estimator


def test_the_choice_of_a_threshold_is_repeated_in_each_draw() -> None:
    """On noise, the chosen threshold looks better than the usual one, and is not."""
    gains, corrected = [], []
    for seed in range(5):
        random = np.random.default_rng(seed)
        truth = Truth(
            random.integers(2, size=N_ROWS), np.arange(2), np.arange(N_ROWS) % 5, np.arange(N_ROWS)
        )
        order = np.argsort(truth.folds, kind="stable")
        truth, scores = truth.take(order), random.random(N_ROWS)
        found = Predictions((scores >= 0.5).astype(int), np.column_stack([1 - scores, scores]))
        rule = Rule("balanced_accuracy", 1)
        labels, _ = rule.decide(truth, found, np.ones((1, N_ROWS)))
        gains.append(rule.judge(truth, labels, np.ones((1, N_ROWS)))[0] - 0.5)
        decided = correct_selection(truth, [found], "roc_auc", "maximize", rule=rule).decided
        corrected.append(decided["after"].value - 0.5)
        assert decided["gain"].low < 0 < decided["gain"].high
    assert np.mean(gains) > 0.02
    assert abs(np.mean(corrected)) < np.mean(gains) / 2


def test_the_measure_on_test_rows_has_an_interval_and_the_models_own_beside_it() -> None:
    truth = make_truth("no", "yes")
    found, rule = predict(truth), Rule("cost", 1, np.array([[0, 1], [5, 0]]), 0.1)
    labels, _ = rule.decide(truth, found, np.ones((1, N_ROWS)))
    test = estimate_decisions(rule, truth, labels[0], found.labels, 0)
    errors = np.where(truth.y == 1, 5, 1) * (truth.y != labels[0])
    assert test["value"] == pytest.approx(errors.mean())
    assert test["own"] == pytest.approx(
        np.where(truth.y == 1, 5, 1) @ (truth.y != found.labels) / N_ROWS
    )
    width = 2 * 1.97 * errors.std() / np.sqrt(N_ROWS)
    assert test["high"] is not None
    assert test["low"] is not None
    assert test["high"] - test["low"] == pytest.approx(width, rel=0.15)


def test_a_measure_keeps_its_sign_and_its_limits() -> None:
    truth, rule = make_truth("no", "yes"), Rule("matthews_corrcoef", 1, threshold=0.5)
    wrong = np.where(np.arange(N_ROWS) == np.argmax(truth.y), truth.y, 1 - truth.y)
    test = estimate_decisions(rule, truth, wrong, wrong, 0)
    assert test["value"] == pytest.approx(-0.98, abs=0.02)
    assert test["low"] == -1


@pytest.mark.parametrize("measure", ["recall", "cost"])
def test_a_measure_that_no_test_row_lowers_has_no_interval(measure: str) -> None:
    truth, rule = make_truth("no", "yes"), Rule(measure, 1, np.array([[0.0, 1], [5, 0]]), 0.5)
    test = estimate_decisions(rule, truth, truth.y, truth.y, 0)
    assert (test["low"], test["high"]) == (None, None)
    perfect = Predictions(truth.y, np.eye(2)[truth.y])
    corrected = correct_selection(truth, [perfect], "roc_auc", "maximize", rule=rule)
    assert corrected.decided == {}


def test_never_is_a_threshold_even_if_some_rows_are_certain() -> None:
    truth = make_truth("no", "yes")
    scores = np.where(np.arange(N_ROWS) % 4, 0.0, 1.0)
    found = Predictions((scores > 0.5).astype(int), np.column_stack([1 - scores, scores]))
    rule = Rule("cost", 1, np.array([[0.0, 1000], [1, 0]]))
    labels, [threshold] = rule.decide(truth, found, np.ones((1, N_ROWS)))
    assert threshold > 1
    assert not labels.any()


def test_a_draw_without_a_class_has_no_measure() -> None:
    truth, everything = make_truth("no", "yes"), np.ones((1, N_ROWS))
    only_negative = (truth.y == 0).astype(float)[np.newaxis]
    for measure in ("recall", "balanced_accuracy", "matthews_corrcoef"):
        rule = Rule(measure, 1)
        assert np.isnan(rule.judge(truth, truth.y[np.newaxis], only_negative)).all()
        assert rule.judge(truth, truth.y[np.newaxis], everything) == pytest.approx(1)


def test_the_unit_of_weights_changes_nothing() -> None:
    truth, rule = make_truth("no", "yes"), Rule("f1", 1)
    weights = np.random.default_rng(9).gamma(1, size=N_ROWS)
    thresholds = [
        rule.decide(replace(truth, weights=unit * weights), predict(truth), np.ones((1, N_ROWS)))[1]
        for unit in (1, 0.001)
    ]
    assert thresholds[0] == pytest.approx(thresholds[1])


def test_the_delivered_predictions_are_those_of_the_decision() -> None:
    truth, decision = make_truth("no", "yes"), Decision.model_validate({"threshold": 0.1})
    found = predict(truth)
    _, delivered = decide(make_rule(decision, truth, "f1"), truth, found, decision)
    assert delivered is not None
    scores = found.need_probabilities()[:, 1]
    np.testing.assert_array_equal(delivered.labels, scores >= 0.1)


def test_candidates_without_probabilities_do_not_take_part(configure: Configure) -> None:
    wines = configure()
    keep = wines.y.isin(wines.y.unique()[:2])
    two = wines.X[keep], wines.y[keep]
    svm = {"class": "sklearn.svm.LinearSVC"}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    decision = Decision(threshold=0.3)
    spaces = (
        {"C": {"type": "float", "low": 0.1, "high": 1}},
        {"max_depth": {"type": "int", "low": 1, "high": 3}},
    )
    machine, other = (
        configure(two, model=model, search_space=space)
        for model, space in zip((svm, tree), spaces, strict=True)
    )
    assert [*check_decision(decision, {"svm": machine, "tree": other})] == ["tree"]
    sweep = machine.sweep.model_copy(update={"ensemble": Ensemble(size=5)})
    both = {"svm": replace(machine, sweep=sweep), "tree": replace(other, sweep=sweep)}
    assert [*check_decision(decision, both)] == ["tree"]  # the ensemble may be the machine alone
    with pytest.raises(InputError, match="predict_proba"):
        check_decision(decision, {"svm": machine})
