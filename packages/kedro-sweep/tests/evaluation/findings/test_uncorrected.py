"""Without a corrected value, the folds and the test rows say whether a model is better than others."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.evaluation.findings import Evidence
from kedro_sweep.evaluation.findings.scores import no_better_than_default, no_better_than_dummy
from kedro_sweep.evaluation.findings.uncorrected import doubt_model, doubt_tuning

MakeEvidence = Callable[..., Evidence]

TIME = {
    "corrected_value": None,
    "gain_over_dummy": None,
    "corrected_note": "The folds follow time.",
}
# Most training rows are tall, and so are 6 of the 10 test rows: the dummy's accuracy there is 0.6.
TRAIN = pd.DataFrame({"height": range(20), "kind": ["tall"] * 15 + ["short"] * 5})
TEST = pd.DataFrame({"height": range(10), "kind": ["tall"] * 6 + ["short"] * 4})
FORESTS = {"class": "sklearn.ensemble.RandomForestRegressor"}


def make_test(low: float, value: float, high: float, scoring: str = "accuracy") -> dict[str, Any]:
    return {"score": {"name": scoring, "value": value, "low": low, "high": high}}


@pytest.fixture
def make_uncorrected(make_evidence: MakeEvidence) -> MakeEvidence:
    """Make the evidence of a run whose folds follow time, with the rows above."""

    def make_uncorrected(test: dict[str, Any] | None = None, **values: Any) -> Evidence:
        given = {"table": TRAIN, "test": TEST, "details": test} | TIME
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
            scoring=test["score"]["name"],
            **TIME,
        )

    return make_numbers


def test_a_test_score_that_may_be_no_better_is_a_finding(make_uncorrected: MakeEvidence) -> None:
    test = make_test(0.55, 0.7, 0.85)
    [finding] = no_better_than_dummy(make_uncorrected(test, best_value=0.8, dummy_value=0.75))
    assert finding.message == (
        "The model is not clearly better than a dummy model that ignores the features. On the test "
        "rows, its accuracy is 0.7 (95% interval 0.55 to 0.85), and that of the dummy is 0.6. In the "
        "folds that it was chosen by, its accuracy is 0.8, and that of the dummy is 0.75. There is no "
        "corrected value. The folds follow time."
    )
    assert "Check y_label, features and drop" in finding.remedy
    assert finding.figures == {
        "test_value": 0.7,
        "test_low": 0.55,
        "test_high": 0.85,
        "test_dummy_value": 0.6,
        "best_value": 0.8,
        "dummy_value": 0.75,
    }


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
        assert "its accuracy is 0.55, and that of the dummy is 0.6." in doubt[0]
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
        make_uncorrected(make_test(0.1, 0.2, 0.3, scoring="other"), best_value=0.8, dummy_value=0.75),
        make_uncorrected(make_test(0.1, 0.2, 0.3, scoring="missing"), scoring="missing"),
    ]
    assert [doubt_model(evidence) for evidence in unknown] == [None] * len(unknown)


def test_an_ensemble_is_compared_by_its_own_value(make_uncorrected: MakeEvidence) -> None:
    values = {"best_value": 0.7, "ensemble_value": 0.8, "dummy_value": 0.75}
    assert doubt_model(make_uncorrected(**values)) is None
    doubt = doubt_model(make_uncorrected(**values | {"ensemble_value": 0.72}))
    assert doubt is not None
    assert doubt[1] == {"ensemble_value": 0.72, "dummy_value": 0.75}


def test_a_known_corrected_value_is_not_said_to_be_missing(make_uncorrected: MakeEvidence) -> None:
    doubt = doubt_model(make_uncorrected(best_value=0.7, dummy_value=0.75, corrected_value=0.65))
    assert doubt is not None
    assert doubt[0].endswith("and that of the dummy is 0.75.")


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
    test = make_test(value - 4, value, value + 1, scoring="neg_mean_absolute_error")
    doubt = doubt_model(make_numbers([r2_low, 0.9], test))
    assert (doubt is not None) == is_doubtful
    if doubt is not None:
        assert doubt[1]["test_dummy_value"] == pytest.approx(-8 / 3)


def test_tuning_that_gained_nothing_even_in_the_folds_is_a_finding(
    make_uncorrected: MakeEvidence,
) -> None:
    values = {"best_value": 0.8, "default_value": 0.81, "dummy_value": 0.75}
    [finding] = no_better_than_default(make_uncorrected(make_test(0.61, 0.8, 0.9), **values))
    assert finding.message == (
        "The tuned model is no better than the untuned one. In the folds that it was chosen by, its "
        "accuracy is 0.8, and that of the untuned one is 0.81. There is no corrected value. The folds "
        "follow time. The defaults are outside the search space: n_estimators 100 and max_depth null."
    )
    assert finding.remedy.startswith("Keep the defaults, or search other arguments or another model")
    assert finding.figures == {"best_value": 0.8, "default_value": 0.81}
    assert not finding.doubt


def test_tuning_is_not_judged_if_the_model_may_be_no_better_than_the_dummy(
    make_uncorrected: MakeEvidence,
) -> None:
    values = {"best_value": 0.7, "default_value": 0.81, "dummy_value": 0.75}
    assert not list(no_better_than_default(make_uncorrected(**values)))


@pytest.mark.parametrize("default", [0.79, None])
def test_a_lead_over_the_defaults_in_the_folds_is_no_finding(
    default: float | None, make_uncorrected: MakeEvidence
) -> None:
    assert doubt_tuning(make_uncorrected(best_value=0.8, default_value=default)) is None
