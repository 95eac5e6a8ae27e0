"""A model is measured on test rows by scikit-learn's metrics, each with an interval."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    make_scorer,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier
from kedro_sweep.evaluation.estimates import _measures, _test_intervals
from kedro_sweep.evaluation.estimates._measures import (
    describe_test,
    evaluate,
    measure,
    predict_rows,
    score_test,
)
from kedro_sweep.search.settings._scorers import find_scorer
from kedro_sweep.tables import Data, prepare_rows, take_raw_rows

SCORING = "accuracy"


def describe(
    model: Any, X: pd.DataFrame, y: pd.Series, scoring: str = SCORING, groups: pd.Series | None = None
) -> dict[str, Any]:
    """Describe a fitted model on test rows."""
    return describe_test(*predict_rows(model, X, y, groups), score_test(model, X, y, scoring), 0)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Two features."""
    return pd.DataFrame(np.random.default_rng(0).normal(size=(120, 2)), columns=["a", "b"])


@pytest.fixture(scope="module")
def classes(rows: pd.DataFrame) -> pd.Series:
    """Three classes, with noise."""
    noise = np.random.default_rng(1).normal(size=len(rows))
    return pd.cut(rows["a"] + noise, [-9, -0.5, 0.5, 9], labels=["low", "mid", "top"]).astype(str)


def test_a_classifier_with_probabilities_is_measured_as_by_scikit_learn(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model = LogisticRegression().fit(rows[:60], classes[:60])
    X, y = rows[60:], classes[60:]
    y_pred, probabilities = model.predict(X), model.predict_proba(X)
    assert measure(*predict_rows(model, X, y)) == pytest.approx(
        {
            "acc": accuracy_score(y, y_pred),
            "balanced_acc": balanced_accuracy_score(y, y_pred),
            "f1_macro": f1_score(y, y_pred, average="macro"),
            "log_loss": log_loss(y, probabilities),
            "brier": brier_score_loss(y, probabilities, labels=model.classes_),
            "roc_auc": roc_auc_score(y, probabilities, multi_class="ovr"),
        }
    )


def test_two_classes_have_the_usual_area_under_the_curve(rows: pd.DataFrame, classes: pd.Series) -> None:
    is_top = classes == "top"
    model = LogisticRegression().fit(rows, is_top)
    metrics = measure(*predict_rows(model, rows, is_top))
    assert metrics["roc_auc"] == pytest.approx(roc_auc_score(is_top, model.predict_proba(rows)[:, 1]))


def test_a_classifier_without_probabilities_has_no_metric_of_them(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model = LinearSVC().fit(rows, classes)
    metrics = measure(*predict_rows(model, rows, classes))
    assert metrics.keys() == {"acc", "balanced_acc", "f1_macro"}


def test_a_regressor_is_measured_as_by_scikit_learn(rows: pd.DataFrame) -> None:
    y = rows["a"] * 2 + np.random.default_rng(2).normal(size=len(rows))
    model = LinearRegression().fit(rows[:60], y[:60])
    y_true, y_pred = y[60:], model.predict(rows[60:])
    assert measure(*predict_rows(model, rows[60:], y_true)) == pytest.approx(
        {
            "r2": r2_score(y_true, y_pred),
            "mae": mean_absolute_error(y_true, y_pred),
            "rmse": root_mean_squared_error(y_true, y_pred),
        }
    )
    details = describe(model, rows[60:], y_true, "neg_mean_absolute_error")
    assert details["classes"] == {}
    low, high = details["intervals"]["mae"]
    assert 0 < low < mean_absolute_error(y_true, y_pred) < high
    assert details["score"]["low"] == pytest.approx(-high)


def test_a_class_that_training_lacked_counts_as_never_predicted(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    known = classes != "top"
    model = LogisticRegression().fit(rows[known], classes[known])
    acc = measure(*predict_rows(model, rows, classes))["acc"]
    assert acc == accuracy_score(classes, model.predict(rows))
    assert describe(model, rows, classes)["classes"]["top"]["recall"] == 0


def test_a_metric_that_is_not_defined_on_the_rows_is_left_out(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model = LogisticRegression().fit(rows, classes)
    of_two = classes.isin(["low", "mid"])
    assert "roc_auc" not in measure(*predict_rows(model, rows[of_two], classes[of_two]))
    assert "roc_auc" not in describe(model, rows[of_two], classes[of_two])["intervals"]


def test_every_metric_has_an_interval_around_it(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    metrics = measure(*predict_rows(model, rows, classes))
    details = describe(model, rows, classes)
    assert details["rows"] == 120
    assert details["level"] == 0.95
    assert details["intervals"].keys() == metrics.keys()
    for name, (low, high) in details["intervals"].items():
        assert low < metrics[name] < high, name
    assert details["reasons"] == {}
    score = details["score"]
    assert score["note"] == ""
    assert score["name"] == SCORING
    assert [score["low"], score["high"]] == details["intervals"]["acc"]


def test_a_metric_without_an_interval_has_the_reason(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    details = describe(model, rows[:8], classes[:8])
    assert details["intervals"] == {}
    reason = "The test has 8 rows, and an interval takes 10."
    assert details["reasons"]["acc"] == details["score"]["note"] == reason


def test_a_model_that_is_always_right_is_not_certain_to_be(rows: pd.DataFrame) -> None:
    y = rows["a"] > 0
    model = DecisionTreeClassifier().fit(rows, y)
    details = describe(model, rows[:15], y[:15])
    low, high = details["intervals"]["acc"]
    assert details["score"]["value"] == high == 1
    assert 0.7 < low < 0.85
    assert details["intervals"]["roc_auc"][0] < 0.9


def test_groups_are_resampled_whole(rows: pd.DataFrame) -> None:
    # All rows of a group are right, or all are wrong.
    groups = pd.Series(np.repeat(range(6), 20))
    right = groups.isin([0, 1, 2])
    y = pd.Series(np.where(right, "a", "b"))
    model = DummyClassifier(strategy="constant", constant="a").fit(rows, y)
    widths = []
    for resampled in (None, groups):
        low, high = describe(model, rows, y, groups=resampled)["intervals"]["acc"]
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_of_many_training_rows_a_sample_is_measured(
    rows: pd.DataFrame, classes: pd.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_measures, "SHOWN_ROWS", 50)
    table, data = rows.assign(y=classes), Data(y_label="y", random_seed=0)
    model = take_raw_rows(prepare_rows(table, {}, data), LogisticRegression().fit(rows, classes))
    assert len(evaluate(model, table, data).predictions) == 50
    assert len(evaluate(model, table, data, SCORING).predictions) == len(rows)


def test_each_class_has_its_precision_recall_and_rows(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    y_pred = model.predict(rows)
    by_class = describe(model, rows, classes)["classes"]
    assert list(by_class) == ["low", "mid", "top"]
    assert by_class["mid"] == pytest.approx(
        {
            "rows": int((classes == "mid").sum()),
            "predicted": int((y_pred == "mid").sum()),
            "precision": precision_score(classes, y_pred, labels=["mid"], average="macro"),
            "recall": recall_score(classes, y_pred, labels=["mid"], average="macro"),
            "f1": f1_score(classes, y_pred, labels=["mid"], average="macro"),
        }
    )


def test_a_score_that_has_no_value_on_the_rows_is_left_out_with_the_reason(
    rows: pd.DataFrame, classes: pd.Series, caplog: pytest.LogCaptureFixture
) -> None:
    model = LinearSVC().fit(rows, classes)
    assert describe(model, rows, classes, "neg_log_loss")["score"] is None
    assert "'neg_log_loss' has no value on the test rows. AttributeError" in caplog.messages[0]
    one_class = classes == "low"
    assert describe(model, rows[one_class], classes[one_class], "roc_auc")["score"] is None
    assert len(caplog.messages) == 2


def cost_by_index(y_true: pd.Series, y_pred: Any) -> float:
    """Weight each error with the cost of its row, which is not among the features."""
    return float((COSTS[y_true.index] * (y_true.to_numpy() != y_pred)).mean())


def total_by_index(y_true: pd.Series, y_pred: Any) -> float:
    return cost_by_index(y_true, y_pred) * len(y_true)


def cost_of_different_rows(model: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """Refuse rows with equal labels, as a join on them may do."""
    pd.concat([y, y[:0]], verify_integrity=True)
    return -cost_by_index(y, model.predict(X))


def read_features(model: Any, X: pd.DataFrame, y: pd.Series) -> float:
    return float((X["a"] * (model.predict(X) == y)).mean())


COSTS = np.random.default_rng(5).exponential(size=1_000)
mean_cost = make_scorer(cost_by_index, greater_is_better=False)
total_cost = make_scorer(total_by_index, greater_is_better=False)
BLEND = SoftVotingClassifier([("line", LogisticRegression()), ("svc", LinearSVC())], weights=[2, 1])


@pytest.mark.parametrize(
    ("model", "scoring", "has_interval"),
    [
        (LogisticRegression(), "roc_auc", True),
        (LogisticRegression(), "neg_log_loss", True),
        (LogisticRegression(), "d2_log_loss_score", True),
        (LogisticRegression(), f"{__name__}.mean_cost", True),
        (LogisticRegression(), f"{__name__}.total_cost", True),
        (LogisticRegression(), f"{__name__}.read_features", False),
        (LogisticRegression(), f"{__name__}.cost_of_different_rows", False),
        (LinearSVC(), "roc_auc", False),
        (BLEND, "roc_auc", True),
        (BLEND, "neg_log_loss", True),
        (BLEND, f"{__name__}.mean_cost", True),
        (LinearRegression(), "r2", True),
        (LinearRegression(), "neg_root_mean_squared_error", True),
        (LinearRegression(), "neg_median_absolute_error", True),
    ],
)
def test_the_score_is_that_of_the_scorer_on_the_model(
    model: Any,
    scoring: str,
    has_interval: bool,
    rows: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_test_intervals, "DRAWS_BY_CALLS", 50)
    # The labels of the rows are neither sorted nor their positions.
    y = (rows["a"] * rows["b"] + np.random.default_rng(3).normal(size=len(rows)) > 0).astype(int)
    index = np.random.default_rng(4).permutation(1_000)[: len(rows)]
    X, y = rows.set_axis(index), y.set_axis(index)
    fitted = clone(model).fit(X[:60], y[:60])
    score = describe(fitted, X[60:], y[60:], scoring)["score"]
    assert score["value"] == find_scorer(scoring)(fitted, X[60:], y[60:])
    assert score["depends_on_rows"] is scoring.endswith("total_cost")
    if has_interval:
        assert score["low"] < score["value"] < score["high"]
    else:
        assert score["low"] is score["high"] is None
        assert score["note"]


def test_a_support_vector_machine_is_scored_by_its_decision_and_not_by_its_probabilities(
    rows: pd.DataFrame,
) -> None:
    # On noise, they rank the rows in opposite order.
    y = pd.Series(np.random.default_rng(4).integers(2, size=len(rows)))
    model = SVC(probability=True, random_state=0).fit(rows[:60], y[:60])
    score = describe(model, rows[60:], y[60:], "roc_auc")["score"]
    assert score["value"] == roc_auc_score(y[60:], model.decision_function(rows[60:])) > 0.6
    assert score["low"] is score["high"] is None
    assert roc_auc_score(y[60:], model.predict_proba(rows[60:])[:, 1]) < 0.4


def test_test_rows_count_by_their_weights(rows: pd.DataFrame, classes: pd.Series) -> None:
    table = rows.assign(kind=classes, heft=np.random.default_rng(3).gamma(1, size=len(rows)))
    data = Data(y_label="kind", weights="heft")
    estimator = LogisticRegression().fit(rows, classes)
    model = take_raw_rows(prepare_rows(table, {}, data), estimator)
    metrics, details, _ = evaluate(model, table, data, "neg_log_loss")
    y_pred, probabilities = estimator.predict(rows), estimator.predict_proba(rows)
    how = {"sample_weight": table["heft"]}
    expected = {
        "acc": accuracy_score(classes, y_pred, **how),
        "balanced_acc": balanced_accuracy_score(classes, y_pred, **how),
        "f1_macro": f1_score(classes, y_pred, average="macro", **how),
        "log_loss": log_loss(classes, probabilities, **how),
        "brier": brier_score_loss(classes, probabilities, labels=estimator.classes_, **how),
        "roc_auc": roc_auc_score(classes, probabilities, multi_class="ovr", **how),
    }
    assert metrics == pytest.approx(expected)
    assert details["score"]["value"] == pytest.approx(-expected["log_loss"])
    assert details["score"]["low"] < details["score"]["value"] < details["score"]["high"]
    low, high = details["intervals"]["acc"]
    assert low < metrics["acc"] < high
    of_low = details["classes"]["low"]
    assert of_low["rows"] == (classes == "low").sum()
    assert of_low["recall"] == pytest.approx(recall_score(classes == "low", y_pred == "low", **how))
    _, unweighted, _ = evaluate(
        model, table, Data(y_label="kind", drop=["heft"], features=["a", "b"]), "accuracy"
    )
    assert unweighted["classes"]["low"]["recall"] != of_low["recall"]


def sum_weights(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
    """A metric that is no mean."""
    return float(((y_true == y_pred) * sample_weight).sum())


score_sum = make_scorer(sum_weights)


def test_a_weighted_sum_is_known_to_depend_on_the_number_of_rows(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model, weights = LogisticRegression().fit(rows, classes), np.arange(120.0)
    found = score_test(model, rows, classes, f"{__name__}.score_sum", weights)
    assert found is not None
    assert found["depends_on_rows"]
    assert found["value"] == sum_weights(classes, model.predict(rows), weights)


def test_test_rows_verify_what_the_model_says_about_its_predictions(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    table, data = rows.assign(y=classes), Data(y_label="y", random_seed=0)
    interval = {"kind": "set", "least": 0.2, "level": 0.9, "units": 100}
    estimator, preparation = LogisticRegression().fit(rows, classes), prepare_rows(table, {}, data)
    details = evaluate(
        take_raw_rows(preparation, estimator, {"interval": interval}), table, data, SCORING
    ).details
    probabilities = pd.DataFrame(estimator.predict_proba(rows), rows.index, estimator.classes_)
    of_truth = probabilities.stack()[list(zip(rows.index, classes, strict=True))]
    assert details["coverage"]["covered"] == (of_truth >= 0.2).mean()
    assert details["calibration"]["log_loss"] == pytest.approx(log_loss(classes, probabilities))
    assert (
        evaluate(take_raw_rows(preparation, estimator), table, data, SCORING).details["coverage"] == {}
    )
