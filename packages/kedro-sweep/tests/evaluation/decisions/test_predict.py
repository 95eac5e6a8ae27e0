"""The table of predictions has the intervals that the model carries along."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

from kedro_sweep.evaluation import make_deciding, predict_table
from kedro_sweep.evaluation.decisions import find_undecided
from kedro_sweep.tables import Data, prepare_rows, take_raw_rows

ROWS = pd.DataFrame({"size": np.arange(20.0)})


def fit(estimator: Any, y: Any, decision: dict[str, Any] | None) -> Any:
    table = ROWS.assign(y=y)
    return take_raw_rows(
        prepare_rows(table, {}, Data(y_label="y", random_seed=0)), estimator.fit(ROWS, y), decision
    )


def test_a_number_has_an_interval_whose_width_may_follow_it() -> None:
    interval = {"kind": "interval", "margin": 2.0, "knots": [[0.0, 10.0], [1.0, 3.0]]}
    model = fit(LinearRegression(), ROWS["size"] * 1.0, {"interval": interval})
    predictions = predict_table(model, pd.DataFrame({"size": [0.0, 5.0]}, index=["x", "y"]))
    assert list(predictions.columns) == ["prediction", "low", "high"]
    assert [*predictions.loc["x"]] == pytest.approx([0, -2, 2])
    assert [*predictions.loc["y"]] == pytest.approx([5, 1, 9])


def test_a_class_has_a_set_of_those_that_are_probable_enough() -> None:
    y = (ROWS["size"] + 3 * (ROWS["size"] % 2) > 10).astype(int)
    model = fit(LogisticRegression(), y, {"interval": {"kind": "set", "least": 0.3}})
    predictions = predict_table(model, ROWS)
    is_probable = predictions[["probability_0", "probability_1"]].to_numpy() >= 0.3
    wanted = [" | ".join(np.array(["0", "1"])[row]) for row in is_probable]
    assert predictions["prediction_set"].tolist() == wanted
    assert set(wanted) == {"0", "1", "0 | 1"}


@pytest.mark.parametrize("decision", [None, {"interval": {"kind": None, "note": "too few rows"}}])
def test_without_intervals_there_are_predictions_alone(decision: Any) -> None:
    model = fit(LinearRegression(), ROWS["size"], decision)
    assert list(predict_table(model, ROWS).columns) == ["prediction"]
    del model.decision_  # of an earlier release
    assert list(predict_table(model, ROWS).columns) == ["prediction"]


def test_a_threshold_that_the_model_brings_is_part_of_it() -> None:
    X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    own = FixedThresholdClassifier(LogisticRegression(), pos_label=1).fit(X, y)
    assert find_undecided(own) is own
    costs = {"calibration": {"calibrator": {"power": 2.0}}, "rule": {"threshold": 0.3, "positive": 1}}
    assert find_undecided(make_deciding(own, costs, X, y)) is own
