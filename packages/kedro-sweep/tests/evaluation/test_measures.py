"""A model is measured on test rows by scikit-learn's metrics, each with an interval."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)
from sklearn.svm import LinearSVC

from kedro_sweep.evaluation import describe_test, log_test, measure, predict_rows

SCORING = "accuracy"


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
    truth, predictions = predict_rows(model, rows[60:], y_true)
    assert measure(truth, predictions) == pytest.approx(
        {
            "r2": r2_score(y_true, y_pred),
            "mae": mean_absolute_error(y_true, y_pred),
            "rmse": root_mean_squared_error(y_true, y_pred),
        }
    )
    details = describe_test(truth, predictions, "neg_mean_absolute_error", 0)
    assert details["classes"] == {}
    low, high = details["intervals"]["mae"]
    assert 0 < low < mean_absolute_error(y_true, y_pred) < high
    assert details["score"]["low"] == pytest.approx(-high)


def test_a_class_that_training_lacked_counts_as_never_predicted(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    known = classes != "top"
    model = LogisticRegression().fit(rows[known], classes[known])
    truth, predictions = predict_rows(model, rows, classes)
    assert measure(truth, predictions)["acc"] == accuracy_score(classes, model.predict(rows))
    assert describe_test(truth, predictions, SCORING, 0)["classes"]["top"]["recall"] == 0


def test_a_metric_that_is_not_defined_on_the_rows_is_left_out(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model = LogisticRegression().fit(rows, classes)
    of_two = classes.isin(["low", "mid"])
    truth, predictions = predict_rows(model, rows[of_two], classes[of_two])
    assert "roc_auc" not in measure(truth, predictions)
    assert "roc_auc" not in describe_test(truth, predictions, SCORING, 0)["intervals"]


def test_every_metric_has_an_interval_around_it(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    truth, predictions = predict_rows(model, rows, classes)
    metrics = measure(truth, predictions)
    details = describe_test(truth, predictions, SCORING, 0)
    assert details["rows"] == 120
    assert details["level"] == 0.95
    assert details["intervals"].keys() == metrics.keys()
    for name, (low, high) in details["intervals"].items():
        assert low < metrics[name] < high, name
    score = details["score"]
    assert score["name"] == SCORING
    assert [score["low"], score["high"]] == details["intervals"]["acc"]


def test_groups_are_resampled_whole(rows: pd.DataFrame) -> None:
    # All rows of a group are right, or all are wrong.
    groups = pd.Series(np.repeat(range(6), 20))
    right = groups.isin([0, 1, 2])
    y = pd.Series(np.where(right, "a", "b"))
    model = DummyClassifier(strategy="constant", constant="a").fit(rows, y)
    widths = []
    for resampled in (None, groups):
        truth, predictions = predict_rows(model, rows, y, resampled)
        low, high = describe_test(truth, predictions, SCORING, 0)["intervals"]["acc"]
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_each_class_has_its_precision_recall_and_rows(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    truth, predictions = predict_rows(model, rows, classes)
    y_pred = model.predict(rows)
    by_class = describe_test(truth, predictions, SCORING, 0)["classes"]
    assert list(by_class) == ["low", "mid", "top"]
    assert by_class["mid"] == pytest.approx(
        {
            "rows": int((classes == "mid").sum()),
            "precision": precision_score(classes, y_pred, labels=["mid"], average="macro"),
            "recall": recall_score(classes, y_pred, labels=["mid"], average="macro"),
            "f1": f1_score(classes, y_pred, labels=["mid"], average="macro"),
        }
    )


def test_a_score_that_has_no_value_on_the_rows_has_no_interval(
    rows: pd.DataFrame, classes: pd.Series
) -> None:
    model = LinearSVC().fit(rows, classes)
    details = describe_test(*predict_rows(model, rows, classes), "neg_log_loss", 0)
    assert details["score"] is None


def test_the_log_shows_each_metric_with_its_interval(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    details = {"rows": 153, "level": 0.95, "intervals": {"acc": [0.46, 0.62]}}
    log_test({"acc": 0.54, "roc_auc": 0.7}, details)
    assert caplog.messages == [
        "On 153 test rows, with 95% intervals: acc 0.5400 (0.4600 to 0.6200), roc_auc 0.7000"
    ]
