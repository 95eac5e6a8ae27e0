"""The scores of a run are compared with its references and its test."""

from collections.abc import Callable
from typing import Any

import pytest

from kedro_sweep.evaluation.findings import Evidence
from kedro_sweep.evaluation.findings.scores import (
    no_better_than_default,
    no_better_than_dummy,
    search_and_test_disagree,
)

MakeEvidence = Callable[..., Evidence]
RULES = {"dummy": no_better_than_dummy, "default": no_better_than_default}
CORRECTED = {"corrected_value": 0.59812, "corrected_low": 0.55, "corrected_high": 0.64}


def make_gain(reference: str, value: float, low: float, high: float) -> dict[str, float]:
    name = f"gain_over_{reference}"
    return CORRECTED | {name: value, f"{name}_low": low, f"{name}_high": high}


def make_test(low: float, value: float, high: float, name: str = "accuracy") -> dict[str, Any]:
    return {"score": {"name": name, "value": value, "low": low, "high": high}}


def test_a_gain_over_the_dummy_that_may_be_none_is_told(make_evidence: MakeEvidence) -> None:
    [finding] = no_better_than_dummy(make_evidence(**make_gain("dummy", 0.0104, -0.0213, 0.04)))
    assert finding.message == (
        "The model is not clearly better than a dummy model that ignores the features: the corrected "
        "accuracy is 0.598, and the gain over the dummy on the same rows is +0.0104 (95% interval "
        "-0.0213 to +0.04)."
    )
    assert "Check y_label, features and drop" in finding.remedy
    assert finding.figures["gain_over_dummy_low"] == -0.0213


@pytest.mark.parametrize(
    ("y_label", "low", "scoring", "remedy"),
    [
        ("kind", 0.7, "accuracy", "Set sweep.scoring to roc_auc or balanced_accuracy in conf/base/"),
        ("height", 0.7, "accuracy", "Set sweep.scoring to roc_auc_ovr or balanced_accuracy in conf/"),
        ("kind", 0.45, "accuracy", "Check y_label, features and drop"),
        ("kind", 0.7, "f1_macro", "Check y_label, features and drop"),
    ],
)
def test_features_whose_use_accuracy_hides_need_another_score(
    y_label: str, low: float, scoring: str, remedy: str, make_evidence: MakeEvidence
) -> None:
    gain = make_gain("dummy", 0.0104, -0.0213, 0.04) | {"scoring": scoring}
    details = {"intervals": {"roc_auc": [low, 0.86]}}
    [finding] = no_better_than_dummy(make_evidence(y_label=y_label, details=details, **gain))
    assert finding.remedy.startswith(remedy)
    hidden = remedy.startswith("Set")
    assert ("the 95% interval of roc_auc is 0.7 to 0.86, above the 0.5" in finding.message) == hidden


@pytest.mark.parametrize(
    ("high", "message", "more"),
    [(0.02, "The tuned model is not clearly better", True), (-0.01, "is worse than", False)],
)
def test_a_gain_over_the_defaults_that_may_be_none_is_told(
    high: float, message: str, more: bool, make_evidence: MakeEvidence
) -> None:
    [finding] = no_better_than_default(make_evidence(**make_gain("default", -0.02, -0.05, high)))
    assert message in finding.message
    assert "Keep the defaults" in finding.remedy
    assert ("More rows" in finding.remedy) == more


@pytest.mark.parametrize("n_trials", [1, 3])
def test_a_search_that_chose_the_defaults_is_compared_with_its_other_configurations(
    n_trials: int, make_evidence: MakeEvidence
) -> None:
    trials = [({"n_estimators": 2 + n, "max_depth": 3}, 0.6 - n / 10) for n in range(n_trials)]
    findings = [*no_better_than_default(make_evidence(trials, **make_gain("default", 0, 0, 0)))]
    assert len(findings) == (n_trials > 1)
    assert all("none of 2 other configurations" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("high", "best", "message"),
    [
        (50, 0.6, " The defaults are outside the search space: n_estimators 100 and max_depth null."),
        (200, 0.6, " The default is outside the search space: max_depth null."),
        (50, 0.65, " The defaults are outside the search space: n_estimators 100 and max_depth null."),
        (50, 0.7, ""),
    ],
)
def test_defaults_that_the_search_could_not_choose_are_named_if_they_are_better(
    high: int, best: float, message: str, make_evidence: MakeEvidence
) -> None:
    values = make_gain("default", -0.02, -0.05, 0.01) | {"best_value": best, "default_value": 0.65}
    space = {
        "n_estimators": {"type": "int", "low": 2, "high": high},
        "max_depth": {"type": "int", "low": 1, "high": 20},
    }
    [finding] = no_better_than_default(make_evidence(space=space, **values))
    assert finding.message.endswith(f"(95% interval -0.05 to +0.01).{message}")


@pytest.mark.parametrize("reference", RULES)
def test_a_gain_that_is_sure_or_unknown_is_no_finding(
    reference: str, make_evidence: MakeEvidence
) -> None:
    sure = make_gain(reference, 0.02, 0.001, 0.04)
    unknown: list[dict[str, Any]] = [dict.fromkeys(sure), dict.fromkeys(sure, float("nan")), {}]
    for summary in [sure, *unknown]:
        assert list(RULES[reference](make_evidence(**summary))) == []


@pytest.mark.parametrize(
    ("low", "value", "high", "direction", "word"),
    [
        (0.4, 0.482, 0.54, "maximize", "worse"),
        (0.7, 0.8, 0.9, "maximize", "better"),
        (0.4, 0.482, 0.54, "minimize", "better"),
    ],
)
def test_a_test_that_no_noise_explains_is_told(
    low: float, value: float, high: float, direction: str, word: str, make_evidence: MakeEvidence
) -> None:
    evidence = make_evidence(direction=direction, details=make_test(low, value, high), **CORRECTED)
    [finding] = search_and_test_disagree(evidence)
    assert finding.message == (
        f"On the test rows, accuracy is {value} (95% interval {low} to {high}): {word} than the search "
        "promised, 0.598 (0.55 to 0.64)."
    )
    assert ("easier" in finding.remedy) == (word == "better")


@pytest.mark.parametrize(
    ("details", "corrected"),
    [
        (make_test(0.4, 0.5, 0.56), CORRECTED),
        (make_test(1.0, 1.0, 1.0), CORRECTED),
        (make_test(0.1, 0.2, 0.3, name="acc"), CORRECTED),
        ({"score": None}, CORRECTED),
        ({}, CORRECTED),
        (make_test(0.1, 0.2, 0.3), dict.fromkeys(CORRECTED)),
    ],
)
def test_a_test_within_the_noise_or_of_another_score_is_no_finding(
    details: dict[str, Any], corrected: dict[str, Any], make_evidence: MakeEvidence
) -> None:
    assert list(search_and_test_disagree(make_evidence(details=details, **corrected))) == []
