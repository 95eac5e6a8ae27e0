"""The report says what each number is, and which one to quote."""

from typing import Any

import pytest

from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.report.page._headline import describe_model, list_headline_numbers
from kedro_sweep.text import MINUS

SUMMARY: dict[str, Any] = {
    "study": "mine",
    "scoring": "accuracy",
    "direction": "maximize",
    "best_value": 0.613,
    "best_trial": 62,
    "n_trials": 100,
    "n_complete": 98,
    "n_pruned": 2,
    "n_fail": 0,
}
REFERENCES = {
    "default_value": 0.6,
    "gain_over_default": 0.01,
    "gain_over_default_low": -0.02,
    "gain_over_default_high": 0.04,
    "dummy_value": 0.42,
    "gain_over_dummy": 0.18,
    "gain_over_dummy_low": 0.12,
    "gain_over_dummy_high": 0.23,
}
CORRECTED = {
    "rows": 865,
    "corrected_value": 0.598,
    "corrected_low": 0.55,
    "corrected_high": 0.64,
    "n_configurations": 97,
    "corrected_trials": 10,
}
DETAILS: dict[str, Any] = {
    "rows": 153,
    "intervals": {"acc": [0.46, 0.62]},
    "score": {"name": "accuracy", "value": 0.542, "low": 0.46, "high": 0.62},
}


def make_data(summary: dict[str, Any] | None = None, **parts: Any) -> ReportData:
    return ReportData(summary=SUMMARY | (summary or {}), **parts)


def quote(data: ReportData) -> dict[str, str]:
    """What the report advises for each headline number, in its order."""
    return {number.name: number.advice for number in list_headline_numbers(data)}


def explain(data: ReportData, name: str) -> str:
    return next(number.meaning for number in list_headline_numbers(data) if number.name == name)


def test_the_corrected_score_is_to_be_quoted_with_the_test_score_beside_it() -> None:
    data = make_data(CORRECTED | REFERENCES, test_details=DETAILS)
    assert quote(data) == {
        "Corrected accuracy": "Quote this",
        "Test accuracy": "Quote alongside it",
        "Best cross-validated accuracy": "Do not quote",
        "Untuned": "",
        "Baseline": "",
    }
    corrected, test, best = list_headline_numbers(data)[:3]
    assert (corrected.value, corrected.interval) == ("0.598", "0.550 to 0.640")
    assert (test.value, test.interval) == ("0.54", "0.46 to 0.62")
    assert (
        "the best of 97 different configurations (1 of the 98 complete trials repeated one)"
        in corrected.meaning
    )
    assert "all 865 training rows" in corrected.meaning
    assert best.meaning.endswith("The correction removes 0.015.")


def test_a_search_on_a_sample_of_the_rows_says_so() -> None:
    table = {"train_rows": 850_000}
    data = make_data(CORRECTED | {"rows": 100_000}, data_summary=table)
    assert "on 100,000 of 850,000 training rows" in describe_model(data)
    assert "It uses 100,000 of 850,000 training rows" in explain(data, "Corrected accuracy")
    assert data.training_column == "Training (100,000 rows)"
    assert make_data(CORRECTED).training_column == "Training"


def test_an_ensemble_is_quoted_by_its_own_corrected_score() -> None:
    contest = {
        "candidate": "machine",
        "candidates": [{"candidate": "forest"}, {"candidate": "machine"}],
        "ensemble_value": 0.648,
    }
    card: dict[str, Any] = {"parameters": {"members": [{}, {}]}}
    data = make_data(CORRECTED | REFERENCES | contest, model_card=card)
    name = "Cross-validated accuracy of the ensemble"
    assert list(quote(data)) == ["Corrected accuracy", name, "Untuned", "Baseline"]
    assert "having chosen the ensemble from 97 different configurations" in explain(
        data, "Corrected accuracy"
    )
    assert explain(data, name).endswith("The correction removes 0.050. The best trial alone has 0.6130.")
    assert explain(data, "Untuned").startswith("machine before the search")
    assert explain(data, "Untuned").endswith("the gain is not the difference of the two numbers.")
    assert describe_model(data).startswith(
        "Prediction by an ensemble of 2 models. The search compared 100 trials of 2 models by accuracy"
    )


def test_a_correction_that_takes_nothing_away_is_not_said_to() -> None:
    data = make_data(CORRECTED | {"corrected_value": SUMMARY["best_value"] + 0.01})
    assert "removes" not in explain(data, "Best cross-validated accuracy")


@pytest.mark.parametrize(
    ("corrected", "name"),
    [(CORRECTED, "Corrected accuracy"), ({"corrected_value": None}, "Test accuracy")],
)
def test_a_score_that_may_be_no_better_than_that_of_the_dummy_is_to_be_quoted_with_care(
    corrected: dict[str, Any], name: str
) -> None:
    findings: dict[str, dict[str, Any]] = {"no_better_than_dummy": {}}
    data = make_data(corrected, test_details=DETAILS, findings=findings)
    assert quote(data)[name] == "Quote with care: it may be no better than the dummy model"


def test_without_a_corrected_score_the_test_score_is_to_be_quoted() -> None:
    data = make_data({"corrected_value": None}, test_details=DETAILS)
    assert quote(data) == {
        "Test accuracy": "Quote this",
        "Best cross-validated accuracy": "Do not quote",
    }


def test_a_score_that_grows_with_the_rows_is_not_just_quoted() -> None:
    score = {"name": "my.cost", "value": -90.0, "low": None, "high": None, "depends_on_rows": True}
    data = make_data({"corrected_value": None}, test_details=DETAILS | {"score": score})
    assert quote(data)["Test cost"] == "Quote with the number of rows"
    assert "Quote this" not in quote(data).values()
    assert list_headline_numbers(data)[0].interval == ""


def test_a_test_score_without_an_interval_says_why() -> None:
    score = DETAILS["score"] | {"low": None, "high": None, "note": "The test has 8 rows."}
    data = make_data(test_details=DETAILS | {"score": score})
    assert explain(data, "Test accuracy").endswith("There is no interval. The test has 8 rows.")


def test_a_score_that_is_not_known_gives_way_to_the_first_test_metric() -> None:
    data = make_data(test_metrics={"acc": 0.54, "f1_macro": 0.3}, test_details=DETAILS | {"score": None})
    test = list_headline_numbers(data)[0]
    assert (test.name, test.value, test.interval) == ("Test accuracy", "0.54", "0.46 to 0.62")
    alone = list_headline_numbers(make_data(test_metrics={"mae": 4.0}))[0]
    assert (alone.name, alone.value, alone.interval) == ("Test mean absolute error", "4.000", "")


def test_configurations_that_no_trial_repeats_are_only_counted() -> None:
    data = make_data(CORRECTED | {"n_configurations": 98})
    assert "the best of 98 configurations. It uses" in explain(data, "Corrected accuracy")


def test_the_only_configuration_was_not_lucky() -> None:
    data = make_data({"n_complete": 1})
    assert quote(data) == {"Best cross-validated accuracy": ""}
    assert explain(data, "Best cross-validated accuracy") == "The only configuration of the search."


@pytest.mark.parametrize(
    ("gain", "low", "high", "expected"),
    [
        (
            0.18,
            0.12,
            0.23,
            "0.18 better, more than chance would give (95% interval of the gain: 0.12 to",
        ),
        (0.0, 0.0, 0.0, "scores the same."),
        (
            0.01,
            -0.02,
            0.04,
            "0.010 better, and a gain of up to 0.040 is not excluded (95% interval of the gain: ",
        ),
        (
            -0.2,
            -0.3,
            -0.1,
            f"0.20 worse, more than chance would give (95% interval of the gain: {MINUS}0.3",
        ),
    ],
)
def test_a_gain_may_be_chance_unless_its_interval_is_on_one_side(
    gain: float, low: float, high: float, expected: str
) -> None:
    gains = {"gain_over_dummy": gain, "gain_over_dummy_low": low, "gain_over_dummy_high": high}
    assert expected in explain(make_data(REFERENCES | gains), "Baseline")


def test_a_baseline_without_a_gain_is_listed_all_the_same() -> None:
    data = make_data({"default_value": 0.6, "gain_over_default": None, "dummy_value": None})
    assert explain(data, "Untuned").endswith("in the same folds.")
    assert "Baseline" not in quote(data)


@pytest.mark.parametrize(
    ("known", "shown"),
    [({"dummy_strategy": "always tall"}, "always tall"), ({}, "class shares or mean")],
)
def test_the_baseline_says_what_it_predicts(known: dict[str, str], shown: str) -> None:
    assert f"({shown})" in explain(make_data(REFERENCES | known), "Baseline")


def test_the_lead_says_what_is_known() -> None:
    assert describe_model(make_data()) == (
        "Prediction by the model. The search compared 100 trials by accuracy (higher is better)."
    )
    summary = {
        "task": "regression",
        "model": "my.models.make_it",
        "rows": 1865,
        "n_trials": 1,
        "scoring": "my.scores.loss",
        "direction": "minimize",
    }
    data = make_data(summary, test_details=DETAILS, data_summary={"features": {"pH": {}}})
    assert describe_model(data) == (
        "Regression by make_it, from 1 feature. The search compared 1 trial by loss (lower is better) "
        "on 1,865 training rows; 153 test rows were kept apart."
    )


def test_a_model_that_was_chosen_for_its_speed_says_so() -> None:
    data = make_data(CORRECTED | {"choice": "fastest"})
    picked = "the fastest of those as good as the best of 97 different configurations"
    assert f"picked {picked}" in explain(data, "Corrected accuracy")
    assert explain(data, "Cross-validated accuracy").startswith(
        "The fastest of those as good as the best"
    )
