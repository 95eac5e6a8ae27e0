"""The scores of a run are compared with its references and its test."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.evaluation.findings._evidence import Evidence, find
from kedro_sweep.evaluation.findings._score_rules import (
    doubt_model,
    doubt_tuning,
    no_better_than_boosting,
    no_better_than_dummy,
    no_better_than_untuned,
    search_and_test_disagree,
)

MakeEvidence = Callable[..., Evidence]
RULES = {
    "dummy": no_better_than_dummy,
    "default": no_better_than_untuned,
    "boosting": no_better_than_boosting,
}
CORRECTED = {"corrected_value": 0.59812, "corrected_low": 0.55, "corrected_high": 0.64}


def make_gain(reference: str, value: float, low: float, high: float) -> dict[str, float]:
    name = f"gain_over_{reference}"
    return CORRECTED | {name: value, f"{name}_low": low, f"{name}_high": high}


def make_test(low: float, value: float, high: float, name: str = "accuracy") -> dict[str, Any]:
    return {"score": {"name": name, "value": value, "low": low, "high": high}}


def test_a_gain_over_the_dummy_that_may_be_none_is_told(make_evidence: MakeEvidence) -> None:
    [finding] = find(no_better_than_dummy, make_evidence(**make_gain("dummy", 0.0104, -0.0213, 0.04)))
    assert finding.message == (
        "The model is not clearly better than a dummy model that ignores the features. Its corrected "
        "accuracy is 0.598, and the gain over a dummy model on the same rows is +0.010 (95% interval "
        "\N{MINUS SIGN}0.021 to +0.040)."
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
    [finding] = find(no_better_than_dummy, make_evidence(y_label=y_label, details=details, **gain))
    assert finding.remedy.startswith(remedy)
    hidden = remedy.startswith("Set")
    assert ("the 95% interval of roc_auc is 0.70 to 0.86, above the 0.5" in finding.message) == hidden


@pytest.mark.parametrize(
    ("high", "message", "more"),
    [(0.02, "The tuned model is not clearly better", True), (-0.01, "is worse than", False)],
)
def test_a_gain_over_the_defaults_that_may_be_none_is_told(
    high: float, message: str, more: bool, make_evidence: MakeEvidence
) -> None:
    [finding] = find(no_better_than_untuned, make_evidence(**make_gain("default", -0.02, -0.05, high)))
    assert message in finding.message
    assert "Keep the untuned model" in finding.remedy
    assert ("More rows" in finding.remedy) == more


@pytest.mark.parametrize(
    ("high", "candidate", "message", "remedy"),
    [
        (0.02, "", "The model is not clearly better", "Run `kedro run --env contest`"),
        (-0.01, "", "The model is worse", "Run `kedro run --env contest`"),
        (-0.01, "forest", "The model is worse", "Give the contest more trials"),
    ],
)
def test_a_model_that_one_line_may_equal_is_told(
    high: float, candidate: str, message: str, remedy: str, make_evidence: MakeEvidence
) -> None:
    evidence = replace(make_evidence(**make_gain("boosting", -0.02, -0.05, high)), candidate=candidate)
    [finding] = find(no_better_than_boosting, evidence)
    assert finding.message.startswith(f"{message} than untuned gradient boosting")
    assert "the gain over untuned gradient boosting on the same rows is" in finding.message
    assert finding.remedy.startswith(remedy)
    assert finding.doubt == (high < 0)


def test_a_contest_in_place_of_a_short_search_gets_more_trials(make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(**make_gain("boosting", -0.02, -0.05, 0.02), n_trials=30)
    [finding] = find(no_better_than_boosting, evidence)
    assert finding.remedy.startswith("Run `kedro run --env contest --params sweep.n_trials=90`, which")


def test_tuned_boosting_is_only_compared_with_itself(make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(**make_gain("boosting", -0.02, -0.05, -0.01))
    boosting = {"model": "sklearn.ensemble.HistGradientBoostingClassifier"}
    same = replace(evidence, summary=evidence.summary.model_copy(update=boosting))
    assert not find(no_better_than_boosting, same)


@pytest.mark.parametrize("n_trials", [1, 3])
def test_a_search_that_chose_the_defaults_is_compared_with_its_other_configurations(
    n_trials: int, make_evidence: MakeEvidence
) -> None:
    trials = [({"n_estimators": 2 + n, "max_depth": 3}, 0.6 - n / 10) for n in range(n_trials)]
    findings = find(no_better_than_untuned, make_evidence(trials, **make_gain("default", 0, 0, 0)))
    assert len(findings) == (n_trials > 1)
    assert all("None of 2 other configurations" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("high", "best", "message"),
    [
        (50, 0.6, " Outside the search space, it has n_estimators 100 and max_depth null."),
        (200, 0.6, " Outside the search space, it has max_depth null."),
        (50, 0.65, " Outside the search space, it has n_estimators 100 and max_depth null."),
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
    [finding] = find(no_better_than_untuned, make_evidence(space=space, **values))
    assert finding.message.endswith(f" is not excluded.{message}")


@pytest.mark.parametrize("reference", RULES)
def test_a_gain_that_is_sure_or_unknown_is_no_finding(
    reference: str, make_evidence: MakeEvidence
) -> None:
    sure = make_gain(reference, 0.02, 0.001, 0.04)
    unknown: list[dict[str, Any]] = [dict.fromkeys(sure), dict.fromkeys(sure, float("nan")), {}]
    for summary in [sure, *unknown]:
        assert find(RULES[reference], make_evidence(**summary)) == []


@pytest.mark.parametrize("reference", RULES)
def test_a_score_that_is_the_same_on_each_draw_may_be_worse_than_a_reference(
    reference: str, make_evidence: MakeEvidence
) -> None:
    gain = make_gain(reference, -0.1, -0.15, -0.05) | dict.fromkeys(CORRECTED)
    [finding] = find(RULES[reference], make_evidence(**gain))
    assert "is worse than" in finding.message
    assert ". The gain over" in finding.message
    assert "corrected_value" not in finding.figures


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
    [finding] = find(search_and_test_disagree, evidence)
    assert f": {word} than the search promised, 0.598 (95% interval 0.550 to 0.640)." in finding.message
    assert (finding.figures["test_value"], finding.figures["corrected_low"]) == (value, 0.55)
    assert ("easier" in finding.remedy) == (word == "better")


def test_a_model_trained_on_more_rows_than_those_of_the_search_may_be_better(
    make_evidence: MakeEvidence,
) -> None:
    for test, n_findings in ((make_test(0.7, 0.8, 0.9), 0), (make_test(0.4, 0.482, 0.54), 1)):
        evidence = make_evidence(details=test, **CORRECTED)
        sampled = replace(evidence, configuration=replace(evidence.configuration, n_train=10**6))
        assert len(find(search_and_test_disagree, sampled)) == n_findings


@pytest.mark.parametrize(
    ("details", "corrected"),
    [
        (make_test(0.42, 0.53, 0.6), CORRECTED),
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
    assert find(search_and_test_disagree, make_evidence(details=details, **corrected)) == []


TIME = {
    "corrected_value": None,
    "gain_over_dummy": None,
    "corrected_note": "The folds follow time.",
}
TRAIN = pd.DataFrame({"height": range(20), "kind": ["tall"] * 15 + ["short"] * 5})
TEST = pd.DataFrame({"height": range(10), "kind": ["tall"] * 6 + ["short"] * 4})
DUMMY = {"score": 0.6}
FORESTS = {"class": "sklearn.ensemble.RandomForestRegressor"}


@pytest.fixture
def make_uncorrected(make_evidence: MakeEvidence) -> MakeEvidence:
    """Make the evidence of a run whose folds follow time, with the rows above."""

    def make_uncorrected(test: dict[str, Any] | None = None, **values: Any) -> Evidence:
        given = {"table": TRAIN, "test": TEST, "details": test, "test_dummy": DUMMY} | TIME
        return make_evidence(**given | values)

    return make_uncorrected


@pytest.fixture
def make_numbers(make_evidence: MakeEvidence) -> MakeEvidence:
    """Make the evidence of a regression whose dummy has the errors 1, 0 and 7, 8/3 on average."""

    def make_numbers(r2: list[float], test: dict[str, Any]) -> Evidence:
        train = pd.DataFrame({"height": [1, 2, 3], "size": [1.0, 2.0, 3.0]})
        rows = pd.DataFrame({"height": [1, 2, 3], "size": [1.0, 2.0, 9.0]})
        return make_evidence(
            table=train,
            test=rows,
            y_label="size",
            model=FORESTS,
            details=test | {"intervals": {"r2": r2}},
            test_dummy={"score": -8 / 3, "metrics": {"r2": 1 - 50 / 38}},
            scoring=test["score"]["name"],
            **TIME,
        )

    return make_numbers


def test_a_test_score_that_may_be_no_better_is_a_finding(make_uncorrected: MakeEvidence) -> None:
    test = make_test(0.55, 0.7, 0.85)
    [finding] = find(no_better_than_dummy, make_uncorrected(test, best_value=0.8, dummy_value=0.75))
    assert finding.message == (
        "The model is not clearly better than a dummy model that ignores the features. On the test "
        "rows, its accuracy is 0.70 (95% interval 0.55 to 0.85), and that of a dummy model is 0.6000. "
        "In the folds that it was chosen by, its accuracy is 0.8000, and that of a dummy model is "
        "0.7500. There is no corrected value. The folds follow time."
    )
    assert "Check y_label, features and drop" in finding.remedy
    assert finding.figures == {
        "is_worse": False,
        "test_value": 0.7,
        "test_low": 0.55,
        "test_high": 0.85,
        "test_dummy_value": 0.6,
        "best_value": 0.8,
        "dummy_value": 0.75,
    }


def test_a_test_score_that_is_surely_worse_is_called_so(make_uncorrected: MakeEvidence) -> None:
    [finding] = find(no_better_than_dummy, make_uncorrected(make_test(0.2, 0.4, 0.55)))
    assert finding.figures["is_worse"]
    assert finding.message.startswith("The model is worse than a dummy model")


@pytest.mark.parametrize("best", [0.74, 0.75])
def test_a_best_value_that_is_no_better_is_a_finding_whatever_the_test_says(
    best: float, make_uncorrected: MakeEvidence
) -> None:
    clear = make_test(0.8, 0.9, 1.0)
    for test in [clear, None]:
        assert doubt_model(make_uncorrected(test, best_value=best, dummy_value=0.75))


def test_a_model_that_is_better_in_the_folds_and_on_the_test_rows_is_no_finding(
    make_uncorrected: MakeEvidence,
) -> None:
    better = {"best_value": 0.8, "dummy_value": 0.75}
    assert doubt_model(make_uncorrected(make_test(0.61, 0.8, 0.9), **better)) is None


@pytest.mark.parametrize(("value", "doubts"), [(0.55, True), (0.61, False)])
def test_without_an_interval_the_test_score_itself_is_compared(
    value: float, doubts: bool, make_uncorrected: MakeEvidence
) -> None:
    test: Any = {"score": {"name": "accuracy", "value": value, "low": None, "high": None}}
    doubt = doubt_model(make_uncorrected(test, best_value=0.8, dummy_value=0.75))
    assert bool(doubt) is doubts
    if doubt:
        assert "its accuracy is 0.5500, and that of a dummy model is 0.6000." in doubt[0]
        assert doubt[1] == {
            "test_value": 0.55,
            "test_dummy_value": 0.6,
            "best_value": 0.8,
            "dummy_value": 0.75,
        }


def test_what_is_not_known_is_not_compared(make_uncorrected: MakeEvidence) -> None:
    unknown = [
        make_uncorrected(),
        make_uncorrected({"score": None}, best_value=0.8, dummy_value=None),
        make_uncorrected(make_test(0.1, 0.2, 0.3, name="other"), best_value=0.8, dummy_value=0.75),
        make_uncorrected(make_test(0.1, 0.2, 0.3), test_dummy={}),
    ]
    assert [doubt_model(evidence) for evidence in unknown] == [None] * len(unknown)


def test_an_ensemble_is_compared_by_its_own_value(make_uncorrected: MakeEvidence) -> None:
    values = {"best_value": 0.7, "ensemble_value": 0.8, "dummy_value": 0.75}
    assert doubt_model(make_uncorrected(**values)) is None
    doubt = doubt_model(make_uncorrected(**values | {"ensemble_value": 0.72}))
    assert doubt is not None
    assert doubt[1] == {"ensemble_value": 0.72, "dummy_value": 0.75}


def test_a_known_corrected_value_is_not_said_to_be_missing(make_uncorrected: MakeEvidence) -> None:
    doubt = doubt_model(make_uncorrected(best_value=0.7, dummy_value=0.75, **CORRECTED))
    assert doubt is not None
    assert doubt[0].endswith("and that of a dummy model is 0.7500.")


@pytest.mark.parametrize(("high", "is_doubtful"), [(0.5, False), (0.7, True)])
def test_where_less_is_better_the_upper_end_of_the_interval_decides(
    high: float, is_doubtful: bool, make_uncorrected: MakeEvidence
) -> None:
    test = make_test(0.3, 0.4, high)  # the dummy has 0.6
    evidence = make_uncorrected(test, direction="minimize", best_value=0.2, dummy_value=0.25)
    assert (doubt_model(evidence) is not None) == is_doubtful


@pytest.mark.parametrize(
    ("value", "r2_low", "is_doubtful"), [(-1.0, 0.2, False), (-1.0, -0.9, True), (-3.0, 0.2, True)]
)
def test_large_errors_in_a_few_rows_leave_no_doubt_if_r2_is_clear(
    value: float, r2_low: float, is_doubtful: bool, make_numbers: MakeEvidence
) -> None:
    test = make_test(value - 4, value, value + 1, name="neg_mean_absolute_error")
    doubt = doubt_model(make_numbers([r2_low, 0.9], test))
    assert (doubt is not None) == is_doubtful
    if doubt is not None:
        assert doubt[1]["test_dummy_value"] == pytest.approx(-8 / 3)


def test_tuning_that_gained_nothing_even_in_the_folds_is_a_finding(
    make_uncorrected: MakeEvidence,
) -> None:
    values = {"best_value": 0.8, "default_value": 0.81, "dummy_value": 0.75}
    [finding] = find(no_better_than_untuned, make_uncorrected(make_test(0.61, 0.8, 0.9), **values))
    assert (
        "the folds that it was chosen by, its accuracy is 0.8000, and that of the untuned"
        in finding.message
    )
    assert finding.remedy.startswith("Keep the untuned model, or search other arguments")
    assert finding.figures == {"best_value": 0.8, "untuned_value": 0.81}
    assert not finding.doubt


def test_tuning_is_not_judged_if_the_model_may_be_no_better_than_the_dummy(
    make_uncorrected: MakeEvidence,
) -> None:
    values = {"best_value": 0.7, "default_value": 0.81, "dummy_value": 0.75}
    assert not find(no_better_than_untuned, make_uncorrected(**values))


@pytest.mark.parametrize("default", [0.79, None])
def test_a_lead_over_the_defaults_in_the_folds_is_no_finding(
    default: float | None, make_uncorrected: MakeEvidence
) -> None:
    assert doubt_tuning(make_uncorrected(best_value=0.8, default_value=default), "untuned") is None
