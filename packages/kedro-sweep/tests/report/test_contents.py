"""The report says what each number is, in numbers that can be read."""

from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report.contents import (
    MISSING,
    ReportData,
    Run,
    describe_model,
    find_run,
    list_best_trials,
    list_classes,
    list_data_facts,
    list_features,
    list_figures,
    list_headline_numbers,
    list_metrics,
    list_search_facts,
    list_search_space,
    name_score,
    show_number,
    show_value,
)

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
    "corrected_trials": 97,
}
DETAILS = {
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


# --- Headline -------------------------------------------------------------------------------------------


def test_the_corrected_score_is_to_be_quoted_with_the_test_score_beside_it() -> None:
    data = make_data(CORRECTED | REFERENCES, test_details=DETAILS)
    assert quote(data) == {
        "Corrected accuracy": "Quote this",
        "Test accuracy": "Quote beside it",
        "Best cross-validated accuracy": "Do not quote",
        "Without tuning": "",
        "Baseline": "",
    }
    corrected, test, best = list_headline_numbers(data)[:3]
    assert (corrected.value, corrected.interval) == ("0.598", "0.550 to 0.640")
    assert (test.value, test.interval) == ("0.542", "0.460 to 0.620")
    assert "97 configurations" in corrected.meaning
    assert "all 865 training rows" in corrected.meaning
    assert best.meaning.endswith("The correction takes away 0.015.")


def test_without_a_corrected_score_the_test_score_is_to_be_quoted() -> None:
    data = make_data({"corrected_value": None}, test_details=DETAILS)
    assert quote(data) == {
        "Test accuracy": "Quote this",
        "Best cross-validated accuracy": "Do not quote",
    }


def test_a_score_that_has_no_interval_gives_way_to_the_first_test_metric() -> None:
    data = make_data(test_metrics={"acc": 0.54, "f1_macro": 0.3}, test_details=DETAILS | {"score": None})
    test = list_headline_numbers(data)[0]
    assert test[:3] == ("Test accuracy", "0.540", "0.460 to 0.620")
    alone = list_headline_numbers(make_data(test_metrics={"mae": 4.0}))[0]
    assert alone[:3] == ("Test mean absolute error", "4.000", "")


def test_the_only_configuration_was_not_lucky() -> None:
    data = make_data({"n_complete": 1})
    assert quote(data) == {"Best cross-validated accuracy": ""}
    assert explain(data, "Best cross-validated accuracy") == "The only configuration of the search."


@pytest.mark.parametrize(
    ("gain", "low", "high", "expected"),
    [
        (0.18, 0.12, 0.23, "0.180 better, after correction (0.120 to 0.230: a clear gain)"),
        (
            0.01,
            -0.02,
            0.04,
            "0.010 better, after correction (−0.020 to 0.040, which includes no gain at all)",
        ),  # noqa: RUF001
        (-0.2, -0.3, -0.1, "0.200 worse, after correction (−0.300 to −0.100: a clear loss)"),  # noqa: RUF001
    ],
)
def test_a_gain_is_called_clear_only_if_its_interval_is_on_one_side(
    gain: float, low: float, high: float, expected: str
) -> None:
    gains = {"gain_over_dummy": gain, "gain_over_dummy_low": low, "gain_over_dummy_high": high}
    assert expected in explain(make_data(REFERENCES | gains), "Baseline")


def test_a_baseline_without_a_gain_is_listed_all_the_same() -> None:
    data = make_data({"default_value": 0.6, "gain_over_default": None, "dummy_value": None})
    assert explain(data, "Without tuning").endswith("in the same folds.")
    assert "Baseline" not in quote(data)


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
        "Regression by make_it, from 1 feature. The search compared 1 trial by loss (lower is better) on "
        "1,865 training rows; 153 test rows were kept apart."
    )


# --- Tables ---------------------------------------------------------------------------------------------


def test_test_and_training_metrics_stand_side_by_side() -> None:
    data = make_data(
        test_metrics={"acc": 0.54, "brier": 0.2}, train_metrics={"acc": 0.87}, test_details=DETAILS
    )
    accuracy, brier = list_metrics(data)
    assert accuracy == {
        "name": "accuracy",
        "better": "higher",
        "test": "0.540",
        "interval": "0.460 to 0.620",
        "train": "0.870",
    }
    assert (brier["better"], brier["interval"], brier["train"]) == ("lower", MISSING, MISSING)


def test_a_class_without_test_rows_is_listed() -> None:
    scores = {"red": {"rows": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}}
    data = make_data(
        test_details={"classes": scores},
        data_summary={"classes": {"red": {"train": 9, "test": 3}, "white": {"train": 1, "test": 0}}},
    )
    red, white = list_classes(data)
    assert red == {"name": "red", "train": 9, "test": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}
    assert (white["train"], white["test"], white["f1"]) == (1, 0, None)


def test_the_search_space_is_read_from_flat_parameters() -> None:
    parameters = {
        "search_space.a__rate.low": 0.001,
        "search_space.a__rate.high": 1.0,
        "search_space.a__rate.log": True,
        "search_space.depth.low": 2,
        "search_space.depth.high": 8,
        "search_space.depth.step": 2,
        "search_space.weight.choices": ["balanced", None],
    }
    card = {"parameters": {"best": {"a__rate": 0.25, "weight": None}}}
    assert list_search_space(make_data(parameters=parameters, model_card=card)) == [
        {"name": "a__rate", "range": "0.001 to 1, on a log scale", "best": "0.25"},
        {"name": "depth", "range": "2 to 8, in steps of 2", "best": MISSING},
        {"name": "weight", "range": "balanced, null", "best": "null"},
    ]


@pytest.mark.parametrize(("direction", "expected"), [("maximize", ["1", "2"]), ("minimize", ["0", "2"])])
def test_the_best_trials_are_listed_each_configuration_once(direction: str, expected: list[str]) -> None:
    trials = pd.DataFrame(
        {
            "number": range(6),
            "value": [0.1, 0.9, 0.5, 0.5, 2.0, None],
            "state": ["COMPLETE"] * 4 + ["PRUNED", "FAIL"],
            "params_depth": [1, 2, 3, 3, 4, 5],
            "params_rate": [0.5, None, 0.25, 0.25, 0.1, 0.1],
        }
    )
    listed = list_best_trials(make_data({"direction": direction}, trials=trials))
    assert listed["names"] == ["depth", "rate"]
    assert [row[0] for row in listed["rows"]][:2] == expected
    assert len(listed["rows"]) == 3
    assert ["1", "0.9000", "2", MISSING] in listed["rows"]


def test_the_facts_name_what_was_searched_and_what_became_of_copies() -> None:
    data = make_data(
        parameters={"sweep.cv": 5, "split.kind": "group", "split.column": "owner", "duplicates": "keep"},
        model_card={"parameters": {"fixed": {"max_iter": 200}}},
        data_summary={"rows": 1143, "copies": 125, "train_rows": 865, "test_rows": 153},
    )
    search = list_search_facts(data)
    assert search["Folds"] == "5 (group split)"
    assert search["Fixed arguments"] == "max_iter: 200"
    assert search["Trials"] == "98 complete, 2 pruned"
    assert list_data_facts(data) == {
        "Rows in the table": "1,143",
        "Copies of other rows": "125, kept",
        "Training rows": "865",
        "Test rows": "153",
        "Split": "group, by owner",
    }
    assert list_data_facts(make_data()) == {}


def test_features_are_known_from_the_card_if_the_data_was_not_summarized() -> None:
    card = {"features": {"pH": "float64"}}
    assert list_features(make_data(model_card=card)) == [
        {"name": "pH", "kind": "float64", "gaps": MISSING}
    ]
    summary = {"features": {"pH": {"kind": "number", "gaps": 2}}}
    assert list_features(make_data(model_card=card, data_summary=summary)) == [
        {"name": "pH", "kind": "number", "gaps": "2"}
    ]


def test_figures_are_in_reading_order_and_unknown_ones_are_last() -> None:
    figures = dict.fromkeys(["mine", "scores", "trials", "test_confusion_matrix"], "<svg/>")
    listed = list_figures(make_data(figures=figures))
    assert [figure.name for figure in listed] == ["test_confusion_matrix", "trials", "mine"]


# --- The run --------------------------------------------------------------------------------------------


def test_the_run_is_the_newest_that_trained_a_model() -> None:
    runs = pd.DataFrame(
        {
            ("session", "git"): [None, {"commit_sha": "3f2a9c0", "branch": "main", "dirty": True}],
            ("session", "cli"): [None, {"command_path": "kedro run"}],
            ("features", "y_label"): [None, "quality"],
        },
        index=["2026-01-02T00.00.00.000Z", "2026-01-01T09.30.00.000Z"],
    )
    assert find_run(runs) == Run(
        "2026-01-01T09.30.00.000Z", "2026-01-01 09:30 UTC", "3f2a9c0, main, edited since", "kedro run"
    )
    assert find_run(runs.iloc[:1]) == Run()
    assert find_run(runs[["session"]]) == Run()


def test_a_run_of_another_name_without_a_record_is_found() -> None:
    runs = pd.DataFrame({("features", "y_label"): ["quality"]}, index=["by hand"])
    assert find_run(runs) == Run(id="by hand")


# --- Numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5978, "0.598"),
        (0, "0.000"),
        (1, "1.000"),
        (12.345, "12.35"),
        (9999.5, "10,000"),
        (83000.4, "83,000"),
        (-1.5, "−1.500"),  # noqa: RUF001
        (0.000012, "1.2e-05"),
        (-3e9, "−3e+09"),  # noqa: RUF001
        (None, MISSING),
        (float("nan"), MISSING),
    ],
)
def test_a_number_has_the_digits_that_matter(value: float | None, expected: str) -> None:
    assert show_number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), (True, "true"), (0.1 + 0.2, "0.3"), ("gini", "gini"), ([1, "é"], '[1, "é"]')],
)
def test_a_value_is_written_as_in_the_parameters(value: Any, expected: str) -> None:
    assert show_value(value) == expected


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("neg_log_loss", "negative log loss"),
        ("r2", "R²"),
        ("my.scorers.profit_per_head", "profit per head"),
    ],
)
def test_a_score_is_named_in_words(scoring: str, expected: str) -> None:
    assert name_score(scoring) == expected
