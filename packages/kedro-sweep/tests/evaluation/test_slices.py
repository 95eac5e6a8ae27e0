"""Each slice of the rows is scored against the others, and chance alone makes none worse."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, make_scorer, mean_absolute_error

from kedro_sweep.evaluation.metrics import make_metric
from kedro_sweep.evaluation.predictions import Predictions, Truth, describe_truth, tabulate
from kedro_sweep.evaluation.slices import FEWEST_ROWS, JOINED, MISSING, compare, cut, score_slices
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.tables import Data, prepare_rows, select_columns

N_ROWS = 400


def make_truth(y: Any, classes: Any = None, units: Any = None) -> Truth:
    rows = np.arange(len(y))
    return Truth(np.asarray(y), classes, rows % 5, rows if units is None else units)


def draw(seed: int, n_rows: int = N_ROWS) -> tuple[Truth, pd.DataFrame, np.random.Generator]:
    """Draw two classes, and two columns that have nothing to do with them."""
    random = np.random.default_rng(seed)
    columns = {
        "region": random.choice(["north", "south", "west"], n_rows, p=[0.5, 0.3, 0.2]),
        "age": random.normal(50, 15, n_rows),
    }
    truth = make_truth(random.integers(2, size=n_rows), np.array(["no", "yes"]))
    return truth, pd.DataFrame(columns), random


def guess(truth: Truth, is_right: Any) -> Predictions:
    return Predictions(np.where(is_right, truth.y, 1 - truth.y), None)


# --- Slices -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", "b"] * 20, {"a": 20, "b": 20}),
        ([1.0, 2.0] * 20, {"1": 20, "2": 20}),
        ([True, None] * 20, {"True": 20, MISSING: 20}),
        (
            [*range(1, 101)],
            {"up to 25.75": 25, "25.75 to 50.5": 25, "50.5 to 75.25": 25, "above 75.25": 25},
        ),
        # Two quartiles are equal.
        ([0] * 60 + [*range(1, 41)], {"up to 0": 60, "0 to 15.25": 0, "above 15.25": 25, JOINED: 15}),
        (["a"] * 30 + ["b"] * 15 + ["c"] * 15, {"a": 30, JOINED: 30}),
        (["a"] * 30 + ["b"] * 15, {"a": 30, JOINED: 15}),
        (["x", "y"] * 5, {JOINED: 10}),
    ],
)
def test_a_column_is_cut_into_slices_of_enough_rows(values: list[Any], expected: dict[str, int]) -> None:
    found = cut(pd.Series(values, name="column")).value_counts().to_dict()
    assert {name: n for name, n in expected.items() if n}.items() <= found.items()
    assert min(found.values()) >= FEWEST_ROWS or JOINED in found


def test_dates_are_cut_at_their_quartiles() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=101))
    found = cut(days).unique().tolist()
    assert found[0] == "up to 2024-01-26"
    assert found[-1] == "above 2024-03-16"


def test_dates_in_text_are_cut_at_their_quartiles_too() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=101).strftime("%d.%m.%Y"), dtype="str")
    found = cut(days.mask(days.index < 20))
    assert found.unique().tolist() == [
        MISSING,
        "up to 2024-02-10",
        "2024-02-10 to 2024-03-01",
        "2024-03-01 to 2024-03-21",
        "above 2024-03-21",
    ]


# --- Scores -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [pd.Timedelta("1min"), 1e-7])
def test_quartiles_that_are_close_together_have_different_names(step: Any) -> None:
    start = pd.Timestamp("2024-01-01") if isinstance(step, pd.Timedelta) else 47.3769
    column = pd.Series([start + number * step for number in range(400)])
    assert cut(column).value_counts().tolist() == [100] * 4


def test_the_slice_that_is_worse_comes_first() -> None:
    truth, columns, random = draw(0)
    is_west = (columns["region"] == "west").to_numpy()
    predictions = guess(truth, random.random(N_ROWS) < np.where(is_west, 0.5, 0.85))
    found = compare(truth, predictions, columns, "accuracy", 1, 0)["slices"]
    first = found[0]
    assert (first["column"], first["slice"], first["rows"]) == ("region", "west", is_west.sum())
    assert first["worse"]
    inside = accuracy_score(truth.y[is_west], predictions.labels[is_west])
    others = accuracy_score(truth.y[~is_west], predictions.labels[~is_west])
    assert [first[part][0] for part in ("estimate", "others", "difference")] == pytest.approx(
        [inside, others, inside - others]
    )
    assert [each["estimate"][0] for each in found] == sorted(each["estimate"][0] for each in found)
    assert not [each for each in found if each["worse"]][1:]


def test_p_values_are_corrected_for_the_number_of_slices() -> None:
    truth, columns, random = draw(1)
    predictions = guess(truth, random.random(N_ROWS) < 0.8)
    alone, both = (
        compare(truth, predictions, part, "accuracy", 1, 0)["slices"]
        for part in (columns[["region"]], columns)
    )
    among_more = {each["slice"]: each["p_value"] for each in both}
    assert (len(alone), len(both)) == (3, 7)
    assert all(each["p_value"] <= among_more[each["slice"]] <= 1 for each in alone)


@pytest.mark.parametrize("scoring", ["r2", "explained_variance", "neg_mean_absolute_error"])
def test_slices_of_numbers_are_compared_by_their_errors(scoring: str) -> None:
    # Where the target varies little, R² is low for the same errors.
    random = np.random.default_rng(0)
    is_narrow = np.arange(N_ROWS) % 2 == 0
    y = random.normal(size=N_ROWS) * np.where(is_narrow, 0.1, 10)
    predictions = Predictions(y + random.normal(size=N_ROWS), None)
    columns = pd.DataFrame({"kind": np.where(is_narrow, "narrow", "wide")})
    found = compare(make_truth(y), predictions, columns, scoring, 1, 0)["slices"]
    assert {each["score"] for each in found} == {"neg_mean_absolute_error"}
    assert not any(each["worse"] for each in found)
    [narrow] = [each for each in found if each["slice"] == "narrow"]
    expected = -mean_absolute_error(y[is_narrow], predictions.labels[is_narrow])
    assert narrow["estimate"][0] == pytest.approx(expected)


def find_loss(y_true: Any, y_pred: Any) -> float:
    return float(np.sum(y_true != y_pred))


def test_a_sum_over_the_rows_of_a_slice_is_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, columns, random = draw(0)
    predictions = guess(truth, random.random(N_ROWS) < 0.8)
    scorer = make_scorer(find_loss, greater_is_better=False)
    monkeypatch.setattr(f"{__name__}.loss", scorer, raising=False)
    found = compare(truth, predictions, columns, f"{__name__}.loss", 1, 0)["slices"]
    assert {each["score"] for each in found} == {"accuracy"}
    assert not any(each["worse"] for each in found)


def test_a_slice_without_a_value_of_the_score_has_another_and_comes_last() -> None:
    truth, columns, random = draw(2)
    y = np.where(columns["region"] == "west", 0, truth.y)
    probabilities = np.clip(y + random.normal(0, 0.5, N_ROWS), 0, 1)
    predictions = Predictions(
        (probabilities > 0.5).astype(int), np.column_stack([1 - probabilities, probabilities])
    )
    found = compare(make_truth(y, truth.classes), predictions, columns, "roc_auc", 1, 0)["slices"]
    assert {each["score"] for each in found[:-1]} == {"roc_auc"}
    assert (found[-1]["slice"], found[-1]["score"]) == ("west", "accuracy")


def test_less_may_be_better() -> None:
    truth, columns, random = draw(3)
    is_west = (columns["region"] == "west").to_numpy()
    predictions = guess(truth, random.random(N_ROWS) < np.where(is_west, 0.5, 0.9))
    [first, *_] = compare(truth, predictions, columns[["region"]], "accuracy", -1, 0)["slices"]
    assert first["slice"] != "west"
    assert first["worse"]


def test_rows_of_a_group_are_no_evidence_of_their_own() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 20)
    is_right = random.random(N_ROWS) < np.repeat(random.choice([0.55, 0.95], 20), 20)
    columns = pd.DataFrame({"kind": np.where(groups < 10, "a", "b")})
    p_values = []
    for units in (None, groups):
        truth = make_truth(np.zeros(N_ROWS, dtype=int), np.array(["no", "yes"]), units)
        found = compare(truth, guess(truth, is_right), columns, "accuracy", 1, 0)["slices"]
        p_values.append(min(each["p_value"] for each in found))
    assert p_values[0] < p_values[1]


def test_what_cannot_be_compared_is_said() -> None:
    truth, columns, random = draw(4, 100)
    columns = columns.assign(country="US", region=["x"] * 90 + ["y"] * 10)[["country", "region"]]
    found = compare(truth, guess(truth, random.random(100) < 0.8), columns, "accuracy", 1, 0)
    assert {each["column"] for each in found["slices"]} == {"region"}
    notes = " ".join(found["notes"])
    assert "country: US (100 rows) is left out" in notes
    assert "region: all others (10 rows) is left out" in notes


def test_chance_alone_makes_a_slice_worse_in_one_of_twenty_tables() -> None:
    # All scores and sizes: benchmarks/estimates/slices.py.
    found = []
    for seed in range(40):
        truth, columns, random = draw(seed, 100)
        predictions = guess(truth, random.random(100) < 0.8)
        slices = compare(truth, predictions, columns, "accuracy", 1, 0)["slices"]
        found.append(any(each["worse"] for each in slices))
    assert np.mean(found) <= 0.1


# --- The node -----------------------------------------------------------------------------------------

SETTINGS: dict[str, Any] = {
    "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9}},
    "n_trials": 1,
    "cv": 5,
    "sampler": {"class": "RandomSampler"},
    "pruner": {"class": "NopPruner"},
}


def run(
    target: Any, folder: Path, kind: str = "Classifier", n_unpredicted: int = 0, **changes: Any
) -> dict[str, Any]:
    """Score the slices of a small run that predicts all rows of the south wrong, and no other."""
    random = np.random.default_rng(0)
    raw = pd.DataFrame(
        {
            "size": random.normal(size=200),
            "region": random.choice(["north", "south"], 200),
            "day": pd.date_range("2024-01-01", periods=200),
            "kind": target,
        },
        index=[f"0{row}" for row in range(200)],
    )
    parameters = {"y_label": "kind", "drop": ["region", "day"], "slices": ["region"]}
    data = Data.model_validate(parameters | changes)
    model = {"class": f"sklearn.tree.DecisionTree{kind}"}
    sweep = Sweep.model_validate(SETTINGS | {"model": model})
    train = select_columns(raw, data)
    preparation = prepare_rows(train, {}, data)
    assert preparation.feature_names_in_.tolist() == ["size"]
    [configuration] = configure_candidates(train, preparation, data, sweep).values()
    truth = describe_truth(configuration)
    is_south = (raw["region"] == "south").reindex(truth.index).to_numpy()
    n_predicted = len(truth.classes) - n_unpredicted if truth.classes is not None else 0
    wrong = (truth.y + 1) % n_predicted if n_predicted else truth.y + 3
    right = truth.y.clip(max=n_predicted - 1) if n_predicted else truth.y
    table = tabulate(truth, Predictions(np.where(is_south, wrong, right), None))
    table.to_csv(folder / "table.csv", index_label="row")
    loaded = pd.read_csv(folder / "table.csv", index_col="row")
    found = score_slices(train, preparation, loaded, data, sweep)
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


@pytest.mark.parametrize("labels", [["yes", "no"], ["01", "02", "03"], [True, False], [1, 7]], ids=str)
def test_the_predictions_of_a_file_are_read_whatever_the_labels(
    labels: list[Any], tmp_path: Path
) -> None:
    target = np.random.default_rng(1).choice(labels, 200)
    south, north = run(target, tmp_path)["slices"]
    assert (south["slice"], south["estimate"][0], south["worse"]) == ("south", 0.0, True)
    assert (north["slice"], north["estimate"][0], north["worse"]) == ("north", 1.0, False)


@pytest.mark.parametrize(
    "labels", [["0", "1", "3+"], ["01", "02", "3+"], ["0", "1", "2.5"], ["True", "False", "X"]], ids=str
)
def test_a_class_that_is_never_predicted_does_not_make_the_others_wrong(
    labels: list[str], tmp_path: Path
) -> None:
    # The file may have text in the column of the target, but other types in that of the predictions.
    target = [*np.random.default_rng(1).choice(labels[:2], 195), *labels[2:] * 5]
    south, north = run(target, tmp_path, n_unpredicted=1)["slices"]
    assert (south["slice"], south["estimate"][0]) == ("south", 0.0)
    assert north["estimate"][0] > 0.9


def test_a_prediction_of_an_unknown_class_is_one_of_no_class() -> None:
    truth = make_truth(np.array([0, 1, 1, 1]), np.array(["no", "yes"]))
    f1 = make_metric("f1_macro")(truth, Predictions(np.array([0, 1, -1, -1]), None), np.ones((1, 4)))
    assert f1 == pytest.approx((1 + 0.5) / 2)


def test_a_regression_has_slices_too(tmp_path: Path) -> None:
    target = np.random.default_rng(1).normal(size=200)
    found = run(target, tmp_path, "Regressor")
    # All errors of the north are 0, which says nothing about their variation.
    assert found["slices"] == []
    assert len(found["notes"]) == 2


def test_in_folds_by_time_whole_folds_are_units(tmp_path: Path) -> None:
    target = np.random.default_rng(1).choice(["yes", "no"], 200)
    at_random = run(target, tmp_path)["slices"][0]
    split = {"kind": "time", "column": "day"}
    in_time = run(target, tmp_path, split=split, drop=["region"])["slices"][0]
    assert in_time["slice"] == "south"
    assert in_time["p_value"] > at_random["p_value"]


def test_a_run_without_slices_or_without_predictions_has_no_scores(tmp_path: Path) -> None:
    target = np.random.default_rng(1).choice(["yes", "no"], 200)
    assert run(target, tmp_path, slices=[]) == {}
