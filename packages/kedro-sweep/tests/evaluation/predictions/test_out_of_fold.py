"""The predictions of all folds are joined, and so are the values to compare them with."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from kedro_sweep.evaluation.predictions import _out_of_fold
from kedro_sweep.evaluation.predictions._out_of_fold import (
    Array,
    Predictions,
    align,
    describe_truth,
    draw_batches,
    tabulate,
)
from kedro_sweep.search import FoldPrediction, StudyConfiguration
from kedro_sweep.search.trial import predict_fold

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

REGRESSION: dict[str, Any] = {
    "model": {"class": "sklearn.linear_model.Ridge"},
    "search_space": {"alpha": {"type": "float", "low": 0, "high": 9}},
}


@pytest.fixture
def letters() -> Table:
    """Twelve rows of two classes, and one row of a third."""
    y = pd.Series([*"abababababab", "c"], index=range(100, 113), name="letter")
    return pd.DataFrame({"x": np.arange(13.0)}, index=y.index), y


def test_the_truth_is_the_target_of_all_test_rows_fold_after_fold(
    letters: Table, configure: Configure
) -> None:
    configuration = configure(letters, cv=3)
    truth = describe_truth(configuration)
    assert truth.classes is not None
    assert truth.classes.tolist() == ["a", "b", "c"]
    tests = [fold.y_test for fold in configuration.folds]
    assert truth.classes[truth.y].tolist() == pd.concat(tests).tolist()
    assert truth.folds.tolist() == [number for number, test in enumerate(tests) for _ in test]
    assert sorted(truth.units) == list(range(13))


def test_some_of_the_predictions_keep_the_time_that_they_take() -> None:
    assert Predictions(np.zeros(3), None, seconds=0.5).take(np.arange(2)).seconds == 0.5


def test_a_row_that_several_folds_test_is_one_unit(letters: Table, configure: Configure) -> None:
    splitter = "sklearn.model_selection.RepeatedStratifiedKFold"
    cv = {"class": splitter, "params": {"n_splits": 2, "n_repeats": 2}}
    truth = describe_truth(configure(letters, cv=cv))
    assert np.bincount(truth.units).tolist() == [2] * 13
    assert truth.folds.max() == 3
    assert all(len(set(truth.y[truth.units == unit])) == 1 for unit in range(13))


def test_a_group_is_one_unit(letters: Table, configure: Configure) -> None:
    owners = pd.Series([*"xxyyzzxxyyzz", "z"], index=letters[1].index, name="owner")
    truth = describe_truth(dataclasses.replace(configure(letters, cv=2), groups=owners))
    assert sorted(np.bincount(truth.units)) == [4, 4, 5]


def test_rows_that_no_fold_tests_leave_no_hole_in_the_units(configure: Configure) -> None:
    data = pd.DataFrame({"x": np.arange(12.0)}), pd.Series(np.arange(12.0), name="y")
    configuration = dataclasses.replace(configure(data, **REGRESSION, cv=3), ordered=True)
    truth = describe_truth(configuration)
    assert truth.y.tolist() == list(range(3, 12))
    assert truth.units.tolist() == list(range(9))
    assert truth.classes is None


def test_a_class_that_a_fold_lacks_has_no_probability(letters: Table, configure: Configure) -> None:
    configuration = configure(letters, cv=3)
    truth = describe_truth(configuration)
    folds = [
        predict_fold(DummyClassifier(strategy="prior").fit(fold.X_train, fold.y_train), fold.X_test)
        for fold in configuration.folds
    ]
    aligned = align(folds, truth)
    assert aligned.probabilities is not None
    assert aligned.probabilities.shape == (13, 3)
    assert np.allclose(aligned.probabilities.sum(axis=1), 1)
    lacking = truth.folds == truth.folds[truth.y == 2]
    assert (aligned.probabilities[lacking, 2] == 0).all()
    assert (aligned.probabilities[~lacking, 2] > 0).all()
    assert set(aligned.labels) <= {0, 1}


def test_without_probabilities_in_one_fold_there_are_none(letters: Table, configure: Configure) -> None:
    configuration = configure(letters, cv=2)
    folds = [
        FoldPrediction(fold.y_test.to_numpy(), np.array(["a", "b", "c"]), probabilities)
        for fold, probabilities in zip(configuration.folds, (np.ones((7, 3)) / 3, None), strict=True)
    ]
    truth = describe_truth(configuration)
    aligned = align(folds, truth)
    assert aligned.probabilities is None
    assert aligned.labels.tolist() == truth.y.tolist()


@pytest.mark.parametrize(
    ("labels", "message"),
    [("abababababada", "'d', which is not a class"), ("ab", "2 predictions for 13 test rows")],
)
def test_predictions_that_do_not_suit_the_truth_are_refused(
    labels: str, message: str, letters: Table, configure: Configure
) -> None:
    fold = FoldPrediction(np.array([*labels]), None, None)
    with pytest.raises(ValueError, match=message):
        align([fold], describe_truth(configure(letters, cv=2)))


def test_a_table_of_predictions_has_the_labels_of_rows_and_classes(
    letters: Table, configure: Configure
) -> None:
    configuration = configure(letters, cv=3)
    truth = describe_truth(configuration)
    probabilities = np.eye(3)[truth.y].astype(np.float32)
    table = tabulate(truth, Predictions((truth.y + 1) % 3, probabilities))
    assert [*table.columns[:3]] == ["fold", "y_true", "y_pred"]
    assert table["y_true"].sort_index().equals(letters[1].rename("y_true"))
    assert set(zip(table["y_true"], table["y_pred"], strict=True)) == {*zip("abc", "bca", strict=True)}
    for number, fold in enumerate(configuration.folds):
        assert [*table.index[table["fold"] == number]] == [*fold.y_test.index]
    assert (table.filter(like="probability_").idxmax(axis=1) == "probability_" + table["y_true"]).all()


def test_a_table_of_numbers_has_no_probabilities_and_without_predictions_no_rows(
    configure: Configure,
) -> None:
    data = pd.DataFrame({"x": np.arange(12.0)}), pd.Series(np.arange(12.0), name="y")
    truth = describe_truth(configure(data, **REGRESSION))
    table, nothing = tabulate(truth, Predictions(truth.y + 1, None)), tabulate(truth, None)
    assert [*table.columns] == [*nothing.columns] == ["fold", "y_true", "y_pred"]
    assert (table["y_pred"] == table["y_true"] + 1).all()
    assert (len(table), len(nothing)) == (12, 0)


def test_the_weights_follow_the_test_rows(letters: Table, configure: Configure) -> None:
    weights = np.arange(13.0)
    configuration = dataclasses.replace(configure(letters, cv=3), weights=weights)
    truth = describe_truth(configuration)
    assert truth.weights is not None
    assert truth.index is not None
    assert truth.weights.tolist() == (truth.index.to_numpy() - 100).tolist()


def draw(units: Array, n_draws: int, random_seed: int) -> Array:
    [weights] = draw_batches(units, n_draws, random_seed)
    return weights


def test_a_draw_has_as_many_rows_as_the_table() -> None:
    weights = draw(np.arange(50), 200, 0)
    assert weights.shape == (200, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert (weights == weights.round()).all()


def test_a_draw_leaves_out_about_a_third_of_the_rows() -> None:
    weights = draw(np.arange(200), 200, 0)
    assert np.mean(weights == 0) == pytest.approx(np.exp(-1), abs=0.01)


def test_rows_of_a_group_are_drawn_together() -> None:
    weights = draw(np.array([0, 1, 0, 2, 2, 1]), 100, 0)
    for left, right in ((0, 2), (1, 5), (3, 4)):
        assert (weights[:, left] == weights[:, right]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_the_same_seed_gives_the_same_draws_and_another_gives_others() -> None:
    units = np.arange(30)
    assert (draw(units, 5, 1) == draw(units, 5, 1)).all()
    assert (draw(units, 5, 1) != draw(units, 5, 2)).any()


def test_batches_make_up_all_draws_and_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_out_of_fold, "BATCH_CELLS", 100)
    batches = list(draw_batches(np.arange(30), 8, 0))
    assert [len(batch) for batch in batches] == [3, 3, 2]
    assert (batches[0] != batches[1]).any()


def test_the_units_of_a_sample_are_drawn_like_those_of_a_table_of_its_own() -> None:
    assert (draw(np.array([3, 9, 3, 12]), 20, 0) == draw(np.array([0, 1, 0, 2]), 20, 0)).all()
