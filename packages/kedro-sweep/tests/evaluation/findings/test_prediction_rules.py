"""Predictions that are biased, or that leave out classes or rows, are told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation.findings._evidence import Evidence, Finding, find
from kedro_sweep.evaluation.findings._prediction_rules import (
    accuracy_insensitive,
    biased_residuals,
    class_never_predicted,
    folds_disagree,
    intervals_too_narrow,
    train_far_above_test,
    worse_slices,
)

MakeEvidence = Callable[..., Evidence]


@pytest.fixture
def rare(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of which every sixth is short."""
    return rows.assign(kind=np.where(np.arange(150) % 6, "tall", "short"))


def test_a_class_that_is_never_predicted_out_of_fold_is_told(make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(never_predicted=["short"])
    [finding] = find(class_never_predicted, evidence)
    n_rows = int((evidence.train["kind"] == "short").sum())
    assert f"1 of the 2 classes of kind, which have {n_rows} of 120 training rows" in finding.message
    assert finding.figures == {"classes": ["short"], "rows": n_rows}
    assert finding.doubt


def test_accuracy_with_a_frequent_class_needs_another_score(
    rare: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    [finding] = find(accuracy_insensitive, make_evidence(table=rare))
    assert finding.figures == {"class": "tall", "share": pytest.approx(5 / 6)}
    assert "sweep.scoring" in finding.remedy
    assert not find(accuracy_insensitive, make_evidence(table=rare, scoring="roc_auc"))
    assert not find(accuracy_insensitive, make_evidence())


def test_a_class_is_as_large_as_its_weight(rare: pd.DataFrame, make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(table=rare, data={"parameters": {"weights": "people"}})
    configuration = replace(evidence.configuration, weights=np.ones(120))

    def check(**weights: float) -> list[Finding]:
        people = evidence.train["kind"].map(weights)
        train = evidence.train.assign(people=people)
        return find(accuracy_insensitive, replace(evidence, configuration=configuration, train=train))

    assert check(tall=1.0, short=5.0) == []
    [finding] = check(tall=1.0, short=45.0)
    assert finding.message.startswith("90% of the weight in training are short, so a constant has")


def test_advice_on_another_score_is_not_given_twice(
    rare: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    gain = {"gain_over_dummy": 0.0, "gain_over_dummy_low": -0.1, "gain_over_dummy_high": 0.1}
    corrected = {"corrected_value": 0.8, "corrected_low": 0.7, "corrected_high": 0.9}
    details = {"intervals": {"roc_auc": [0.6, 0.8]}}
    evidence = make_evidence(table=rare, details=details, **corrected, **gain)
    assert not find(accuracy_insensitive, evidence)


@pytest.mark.parametrize(("mean", "word"), [(0.5, "low"), (-0.5, "high")])
def test_residuals_with_a_clear_mean_are_biased(
    mean: float, word: str, make_evidence: MakeEvidence
) -> None:
    facts = {"mean_residual": mean, "residual_spread": 2.0, "residual_p_value": 0.001}
    [finding] = find(biased_residuals, make_evidence(**facts))
    assert f"too {word} by 0.5000" in finding.message
    assert finding.figures["mean_residual"] == mean
    assert not find(biased_residuals, make_evidence(**facts | {"residual_p_value": 0.01}))
    assert not find(biased_residuals, make_evidence(**facts | {"residual_spread": 5.0}))


def test_folds_that_differ_more_than_chance_are_told(make_evidence: MakeEvidence) -> None:
    facts: dict[str, Any] = {"fold_scores": [0.5, 0.8, 0.8], "folds_p_value": 0.001}
    [finding] = find(folds_disagree, make_evidence(**facts))
    assert "their accuracy is 0.50 to 0.80" in finding.message
    assert finding.figures == {"fold_scores": [0.5, 0.8, 0.8], "p_value": 0.001}
    assert not find(folds_disagree, make_evidence(**facts | {"folds_p_value": 0.01}))


def test_a_slice_that_is_clearly_worse_is_told(make_evidence: MakeEvidence) -> None:
    worse: dict[str, Any] = {
        "column": "region",
        "slice": "north",
        "rows": 120,
        "score": "accuracy",
        "estimate": [0.61, 0.52, 0.7],
        "others": [0.75, 0.73, 0.77],
        "difference": [-0.14, -0.23, -0.05],
        "p_value": 0.003,
        "worse": True,
    }
    other = worse | {"slice": "south", "p_value": 1.0, "worse": False}
    [finding] = find(worse_slices, make_evidence(slices=[worse, other]))
    assert "worse where region is north" in finding.message
    assert "0.61 (0.52 to 0.70) on 120 rows" in finding.message
    assert "p = 0.003 after correction for 2 slices" in finding.message
    assert finding.figures == worse
    assert finding.doubt
    assert not find(worse_slices, make_evidence(slices=[other]))


@pytest.mark.parametrize(
    ("scoring", "metric", "sign"), [("accuracy", "acc", 1), ("neg_log_loss", "log_loss", -1)]
)
def test_a_training_score_that_is_lost_on_test_rows_is_information(
    scoring: str, metric: str, sign: int, make_evidence: MakeEvidence
) -> None:
    def judge(train: float, test: float, high: float | None, dummy: float) -> list[Any]:
        score = {"name": scoring, "value": test, "low": test - 0.1, "high": high}
        summary = {"scoring": scoring, "dummy_value": dummy}
        evidence = make_evidence(details={"score": score}, trained={metric: sign * train}, **summary)
        return find(train_far_above_test, evidence)

    start = 0.0 if sign > 0 else -1.0
    [finding] = judge(start + 0.9, start + 0.6, start + 0.7, start + 0.5)
    assert not finding.doubt
    assert finding.figures["train_value"] == pytest.approx(start + 0.9)
    assert not judge(start + 0.9, start + 0.6, start + 0.95, start + 0.5)  # within its interval
    assert not judge(start + 0.9, start + 0.8, start + 0.85, start + 0.5)  # a quarter of the way
    assert not judge(start + 0.9, start + 0.6, None, start + 0.5)
    assert not judge(start + 0.4, start + 0.3, start + 0.35, start + 0.5)  # below the dummy


@pytest.mark.parametrize(("scoring", "metric"), [("accuracy", "acc"), ("roc_auc", "roc_auc")])
def test_the_training_score_after_a_decision_is_not_compared_with_a_test_score_before_it(
    scoring: str, metric: str, make_evidence: MakeEvidence
) -> None:
    score = {"name": scoring, "value": 0.6, "low": 0.5, "high": 0.7}
    facts = {"trained": {metric: 0.9}, "scoring": scoring, "dummy_value": 0.5}
    assert find(train_far_above_test, make_evidence(details={"score": score}, **facts))
    decided = make_evidence(details={"score": score, "is_decided": True}, **facts)
    assert bool(find(train_far_above_test, decided)) == (scoring == "roc_auc")


def test_without_predictions_no_class_is_called_predicted(make_evidence: MakeEvidence) -> None:
    assert [*class_never_predicted(make_evidence(never_predicted=[]))] == ["every class is predicted"]
    assert not [*class_never_predicted(make_evidence())]


def test_unknown_facts_tell_nothing(make_evidence: MakeEvidence) -> None:
    rules = (class_never_predicted, biased_residuals, folds_disagree, train_far_above_test, worse_slices)
    assert not [finding for rule in rules for finding in find(rule, make_evidence())]


def test_intervals_that_hold_too_few_test_rows_are_told(make_evidence: MakeEvidence) -> None:
    coverage = {"covered": 0.7, "low": 0.6, "high": 0.78, "rows": 100, "level": 0.9, "kind": "interval"}
    evidence = make_evidence(details={"coverage": coverage | {"p_value": 1e-5}})
    [finding] = find(intervals_too_narrow, evidence)
    assert "70% (60% to 78%) of 100 test rows" in finding.message
    assert finding.figures["covered"] == 0.7
    assert not find(
        intervals_too_narrow, make_evidence(details={"coverage": coverage | {"p_value": 0.02}})
    )
    assert not find(intervals_too_narrow, make_evidence(details={"coverage": {}}))
