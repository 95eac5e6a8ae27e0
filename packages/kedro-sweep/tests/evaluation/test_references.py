"""The dummy and the untuned model on the test rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation import references
from kedro_sweep.evaluation.references import score_references
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, prepare_rows

DATA = Data(y_label="kind", impute="none", random_seed=0)
# Most training rows are tall, and so are 6 of the 10 test rows: the dummy's accuracy there is 0.6.
TRAIN = pd.DataFrame({"height": range(20), "kind": ["tall"] * 15 + ["short"] * 5})
TEST = pd.DataFrame({"height": range(10, 20), "kind": ["tall"] * 6 + ["short"] * 4})
SUMMARY: dict[str, Any] = {
    "candidate": "DecisionTreeClassifier",
    "scoring": "accuracy",
    "default_value": 0.9,
    "dummy_strategy": "always tall",
}


def make_sweep(path: str = "sklearn.tree.DecisionTreeClassifier", argument: str = "max_depth") -> Sweep:
    return Sweep.model_validate(
        {
            "model": {"class": path},
            "search_space": {argument: {"type": "int", "low": 1, "high": 9}},
            "n_trials": 1,
            "cv": 2,
            "sampler": {"class": "RandomSampler"},
            "pruner": {"class": "NopPruner"},
        }
    )


def score(
    summary: dict[str, Any] | None = None,
    data: Data = DATA,
    train: pd.DataFrame = TRAIN,
    test: pd.DataFrame = TEST,
) -> dict[str, Any]:
    prepared, found = prepare_rows(train, {}, data), SUMMARY | (summary or {})
    return score_references(train, test, prepared, found, data, make_sweep())


def test_both_are_scored_like_the_model() -> None:
    found = score()
    tree = DecisionTreeClassifier(random_state=0).fit(TRAIN[["height"]], TRAIN["kind"])
    assert found["untuned"]["score"] == accuracy_score(TEST["kind"], tree.predict(TEST[["height"]]))
    assert found["dummy"]["score"] == 0.6
    assert found["dummy"]["metrics"]["acc"] == 0.6
    assert found["untuned"]["metrics"].keys() >= {"acc", "f1_macro"}


@pytest.mark.parametrize(("strategy", "value"), [("always short", 0.4), ("of an earlier version", 0.6)])
def test_the_dummy_predicts_what_it_did_in_the_folds(strategy: str, value: float) -> None:
    assert score({"dummy_strategy": strategy})["dummy"]["score"] == value


def test_the_dummy_is_trained_and_scored_with_weights() -> None:
    train, test = (rows.assign(w=np.where(rows["kind"] == "short", 9.0, 1.0)) for rows in (TRAIN, TEST))
    data = Data(y_label="kind", impute="none", random_seed=0, weights="w")
    found = score({"dummy_strategy": "class shares"}, data, train, test)
    assert found["dummy"]["metrics"]["acc"] == pytest.approx(36 / 42)


def test_an_untuned_model_that_failed_or_would_take_long_has_no_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert score({"default_value": None})["untuned"] == {}
    monkeypatch.setattr(references, "MAX_ROWS", 19)
    assert score()["untuned"] == {}


def test_numbers_are_scored_too() -> None:
    train = pd.DataFrame({"height": [1, 2, 3], "size": [1.0, 2.0, 3.0]})
    test = pd.DataFrame({"height": [1, 2, 3], "size": [1.0, 2.0, 9.0]})
    data = Data(y_label="size", impute="none", random_seed=0)
    summary = {"candidate": "Ridge", "scoring": "r2", "dummy_strategy": "mean"}
    sweep = make_sweep("sklearn.linear_model.Ridge", "alpha")
    found = score_references(train, test, prepare_rows(train, {}, data), summary, data, sweep)
    dummy = DummyRegressor().fit(train[["height"]], train["size"])
    assert found["dummy"]["score"] == pytest.approx(dummy.score(test[["height"]], test["size"]))
