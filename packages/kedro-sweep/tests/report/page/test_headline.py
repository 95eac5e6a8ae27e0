"""The report says what each number is, and which one to quote."""

import re
from dataclasses import replace
from typing import Any

import pytest

from kedro_sweep.report import render_report
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.report.page._headline import Score, collect_evidence, describe_model
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
    """Make the results of a run whose verdict says to quote what there is."""
    quote = "corrected" if (summary or {}).get("corrected_value") else "test"
    return ReportData(**{"summary": SUMMARY | (summary or {}), "verdict": {"quote": quote}} | parts)


def list_scores(data: ReportData) -> list[Score]:
    evidence = collect_evidence(data)
    return [*evidence["folds"], *evidence["test"]]


def quote(data: ReportData) -> dict[str, str]:
    """What the report advises for each score, by its kind."""
    return {score.kind: score.advice for score in list_scores(data) if score.advice}


def find(data: ReportData, kind: str) -> Score:
    return next(score for score in list_scores(data) if score.kind == kind)


def test_the_corrected_score_is_to_be_quoted_with_the_test_score_beside_it() -> None:
    data = make_data(CORRECTED | REFERENCES, test_details=DETAILS)
    assert quote(data) == {
        "corrected": "Quote this",
        "best": "Do not quote",
        "test": "Quote beside it",
    }
    assert [score.kind for score in list_scores(data)] == [
        *("dummy", "untuned", "corrected", "best", "test")
    ]
    corrected, test = find(data, "corrected"), find(data, "test")
    assert (corrected.value, corrected.interval) == ("0.598", "0.550 to 0.640")
    assert (test.value, test.interval) == ("0.54", "0.46 to 0.62")
    assert "the best of 97 different configurations" in corrected.meaning
    assert find(data, "best").meaning.endswith("The correction removes 0.015.")


def test_a_model_that_is_a_problem_is_not_to_be_quoted() -> None:
    score = DETAILS["score"] | {"depends_on_rows": True}
    for verdict in ({"kind": "problem", "quote": ""}, {}):  # none in the files of an earlier release
        data = make_data(CORRECTED, test_details=DETAILS | {"score": score}, verdict=verdict)
        assert not any(advice.startswith("Quote") for advice in quote(data).values())


def test_references_have_the_decimals_of_the_corrected_score() -> None:
    assert find(make_data(CORRECTED | REFERENCES), "untuned").value == "0.600"
    assert find(make_data(REFERENCES), "untuned").value == "0.6000"


def test_the_test_rows_have_references_of_their_own() -> None:
    known = {"dummy": {"score": 0.41}, "untuned": {"score": 0.53}}
    data = make_data(CORRECTED, test_details=DETAILS, test_references=known)
    assert [(score.kind, score.value) for score in collect_evidence(data)["test"]] == [
        ("dummy", "0.41"),
        ("untuned", "0.53"),
        ("test", "0.54"),
    ]


def test_a_search_on_a_sample_of_the_rows_says_so() -> None:
    table = {"train_rows": 850_000}
    data = make_data(CORRECTED | {"rows": 100_000}, data_summary=table)
    assert "on 100,000 of 850,000 training rows" in describe_model(data)
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
    assert find(data, "corrected").name == "Ensemble, corrected"
    assert "having chosen the ensemble from 97 different" in find(data, "corrected").meaning
    best = find(data, "best").meaning
    assert best.endswith("The correction removes 0.050. The best trial alone has 0.613.")
    assert find(data, "untuned").meaning.startswith("machine before the search")
    assert describe_model(data).startswith(
        "Prediction by an ensemble of 2 models. The search compared 100 trials of 2 models by accuracy"
    )


def test_a_correction_that_takes_nothing_away_is_not_said_to() -> None:
    data = make_data(CORRECTED | {"corrected_value": SUMMARY["best_value"] + 0.01})
    assert "removes" not in find(data, "best").meaning


def test_without_a_corrected_score_the_test_score_is_to_be_quoted() -> None:
    data = make_data({"corrected_value": None}, test_details=DETAILS)
    assert quote(data) == {"test": "Quote this", "best": "Do not quote"}


def test_a_score_that_grows_with_the_rows_is_not_just_quoted() -> None:
    score = {"name": "my.cost", "value": -90.0, "low": None, "high": None, "depends_on_rows": True}
    data = make_data({"corrected_value": None}, test_details=DETAILS | {"score": score})
    assert quote(data)["test"] == "Quote with the number of rows"
    assert find(data, "test").interval == ""


def test_a_test_score_without_an_interval_says_why() -> None:
    score = DETAILS["score"] | {"low": None, "high": None, "note": "The test has 8 rows."}
    data = make_data(test_details=DETAILS | {"score": score})
    assert find(data, "test").meaning.endswith("There is no interval. The test has 8 rows.")


def test_a_score_that_is_not_known_gives_way_to_the_first_test_metric() -> None:
    data = make_data(test_metrics={"acc": 0.54, "f1_macro": 0.3}, test_details=DETAILS | {"score": None})
    test = find(data, "test")
    assert (test.name, test.value, test.interval) == ("Tuned model, accuracy", "0.54", "0.46 to 0.62")
    alone = find(make_data(test_metrics={"mae": 4.0}), "test")
    assert (alone.value, alone.interval) == ("4.000", "")


def test_the_only_configuration_was_not_lucky() -> None:
    data = make_data({"n_complete": 1})
    assert quote(data) == {}
    assert find(data, "best").meaning == "The only configuration of the search."


@pytest.mark.parametrize(
    ("gain", "verdict", "shown"),
    [
        ((0.18, 0.12, 0.23), "better", "+0.18 (+0.12 to +0.23)"),
        ((0.01, -0.02, 0.04), "unsure", f"+0.010 ({MINUS}0.020 to +0.040)"),
        ((-0.2, -0.3, -0.1), "worse", f"{MINUS}0.20 ({MINUS}0.30 to {MINUS}0.10)"),
    ],
)
def test_a_gain_may_be_chance_unless_its_interval_is_on_one_side(
    gain: tuple[float, float, float], verdict: str, shown: str
) -> None:
    gains = dict(
        zip(("gain_over_dummy", "gain_over_dummy_low", "gain_over_dummy_high"), gain, strict=True)
    )
    dummy = find(make_data(REFERENCES | gains), "dummy")
    assert (dummy.gain_verdict, f"{dummy.gain_value} ({dummy.gain_interval})") == (verdict, shown)


def test_a_reference_without_a_gain_is_listed_and_one_without_a_value_is_not() -> None:
    data = make_data({"default_value": 0.6, "gain_over_default": None, "dummy_value": None})
    assert find(data, "untuned").gain is None
    assert [score.kind for score in list_scores(data)] == ["untuned", "best"]


BAD = {
    "default_value": -1e6,
    "gain_over_default": 1e6,
    "gain_over_default_low": 1e5,
    "gain_over_default_high": 1e7,
}


def test_a_bad_reference_is_at_the_edge_and_does_not_set_the_axes() -> None:
    data = make_data(CORRECTED | REFERENCES | BAD, test_details=DETAILS)
    evidence = collect_evidence(data)
    axis, gain_axis = evidence["axis"], evidence["gain_axis"]
    assert axis is not None
    assert gain_axis is not None
    assert (axis.low, axis.high) == (0.42, 0.64)
    assert axis.place(-1e6) == axis.place(0.42) == 4
    assert (gain_axis.low, gain_axis.high) == (0, 0.23)
    html = render_report(replace(data, verdict={}))
    assert html.count('class="mark beyond" d="M-9 ') == html.count('class="mark beyond" d="M9 ') == 1
    assert 'class="mark beyond"' not in render_report(make_data(REFERENCES, verdict={}))


def test_a_reference_alone_sets_the_axis() -> None:
    axis = collect_evidence(make_data({"best_value": None, "default_value": -9.0}))["axis"]
    assert axis is not None
    assert axis.place(-9) == 50


def test_infinite_scores_have_no_place() -> None:
    values = {"default_value": float("-inf"), "best_value": None}
    html = render_report(make_data(REFERENCES | values, verdict={}))
    assert not re.search('="-?(inf|nan)%', html)
    data = make_data({"best_value": float("inf")}, verdict={})
    assert collect_evidence(data)["axis"] is None
    assert render_report(data)


@pytest.mark.parametrize(
    ("known", "shown"),
    [({"dummy_strategy": "always tall"}, "always tall"), ({}, "class shares or mean")],
)
def test_the_dummy_says_what_it_predicts(known: dict[str, str], shown: str) -> None:
    assert f"({shown})" in find(make_data(REFERENCES | known), "dummy").meaning


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
    assert f"picked {picked}" in find(data, "corrected").meaning
    assert find(data, "best").meaning.startswith("The fastest of those as good as the best")
