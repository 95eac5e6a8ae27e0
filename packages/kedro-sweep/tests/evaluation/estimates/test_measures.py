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

from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier
from kedro_sweep.evaluation.estimates import _draws as effort
from kedro_sweep.evaluation.estimates._measures import (
    describe_test,
    estimate_metrics,
    log_test,
    measure,
    predict_rows,
    score_test,
)
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth
from kedro_sweep.search.settings._scorers import find_scorer

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
        low, high = describe(model, rows, y, groups=resampled)["intervals"]["acc"]
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_each_class_has_its_precision_recall_and_rows(rows: pd.DataFrame, classes: pd.Series) -> None:
    model = LogisticRegression().fit(rows, classes)
    y_pred = model.predict(rows)
    by_class = describe(model, rows, classes)["classes"]
    assert list(by_class) == ["low", "mid", "top"]
    assert by_class["mid"] == pytest.approx(
        {
            "rows": int((classes == "mid").sum()),
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
    monkeypatch.setattr(effort, "CALLS", 200)
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


def test_the_log_shows_each_metric_with_its_interval(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    details = {"rows": 153, "level": 0.95, "intervals": {"acc": [0.46, 0.62]}}
    log_test({"acc": 0.54, "roc_auc": 0.7}, details)
    assert caplog.messages == [
        "On 153 test rows, with 95% intervals: acc 0.5400 (0.4600 to 0.6200), roc_auc 0.7000"
    ]


def make_table(n_rows: int = 400, n_groups: int | None = None) -> tuple[Truth, Predictions]:
    """Make a table of two classes and predictions that are right for 7 of 10 rows, or groups."""
    random = np.random.default_rng(0)
    units = np.arange(n_rows) % (n_groups or n_rows)
    y = random.integers(2, size=n_rows)
    is_right = (random.random(units.max() + 1) < 0.7)[units]
    labels = np.where(is_right, y, 1 - y)
    probabilities = np.where(np.eye(2)[labels], 0.7, 0.3)
    truth = Truth(y, np.array([0, 1]), np.zeros(n_rows, dtype=int), units)
    return truth, Predictions(labels, probabilities)


def test_the_value_is_the_score_of_all_rows() -> None:
    truth, predictions = make_table()
    found = estimate_metrics(truth, predictions, ["balanced_accuracy", "neg_log_loss"], 0)
    assert found["balanced_accuracy"].value == pytest.approx(
        balanced_accuracy_score(truth.y, predictions.labels)
    )
    assert found["neg_log_loss"].value == pytest.approx(-log_loss(truth.y, predictions.probabilities))


def test_the_interval_of_an_accuracy_is_as_wide_as_the_binomial_one() -> None:
    truth, predictions = make_table()
    value, low, high = estimate_metrics(truth, predictions, ["accuracy"], 0)["accuracy"]
    assert low < value < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(value * (1 - value) / 400), rel=0.1)


def test_groups_that_are_right_or_wrong_as_a_whole_make_it_wider() -> None:
    _, low, high = estimate_metrics(*make_table(), ["accuracy"], 0)["accuracy"]
    _, group_low, group_high = estimate_metrics(*make_table(n_groups=20), ["accuracy"], 0)["accuracy"]
    assert group_high - group_low > 2 * (high - low)


def test_a_score_that_is_called_draw_by_draw_has_an_interval_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effort, "CALLS", 100)
    found = estimate_metrics(*make_table(60), ["d2_brier_score"], 0)["d2_brier_score"]
    assert found.low < found.value < found.high


def test_a_score_that_cannot_be_had_is_missing() -> None:
    truth, predictions = make_table(60)
    without = Predictions(predictions.labels, None)
    assert estimate_metrics(truth, without, ["roc_auc", "accuracy"], 0).keys() == {"accuracy"}


def test_the_same_seed_gives_the_same_interval() -> None:
    table = make_table(60)
    assert estimate_metrics(*table, ["f1_macro"], 3) == estimate_metrics(*table, ["f1_macro"], 3)
