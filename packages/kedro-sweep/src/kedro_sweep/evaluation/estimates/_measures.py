"""Measure a fitted model on rows that it was not trained on, with intervals."""

import logging
import math
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.metrics import precision_recall_fscore_support
from sklearn.pipeline import Pipeline

from kedro_sweep.evaluation.decisions import (
    find_undecided,
    measure_calibration,
    measure_coverage,
    read_rule,
)
from kedro_sweep.evaluation.estimates._test_intervals import LEVEL, estimate_decisions, estimate_metrics
from kedro_sweep.evaluation.metrics import depends_on_rows, find_metric, make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, align
from kedro_sweep.remembered import remember
from kedro_sweep.search.settings import find_scorer, score_weighted
from kedro_sweep.search.trial import predict_fold
from kedro_sweep.tables import SHOWN_ROWS, Data, draw_rows, find_groups, split_model, take_raw_rows

logger = logging.getLogger(__name__)

# Scores that differ by less are the same, computed in another order or precision.
SAME = 1e-5
# Metrics by the names under which they are tracked, with the scikit-learn scorers that compute them.
CLASSIFICATION = {"acc": "accuracy", "balanced_acc": "balanced_accuracy", "f1_macro": "f1_macro"}
PROBABILITIES = {"log_loss": "neg_log_loss", "brier": "neg_brier_score"}
REGRESSION = {"r2": "r2", "mae": "neg_mean_absolute_error", "rmse": "neg_root_mean_squared_error"}


class Evaluation(NamedTuple):
    """What is known about a model on some rows."""

    metrics: dict[str, float]
    details: dict[str, Any]
    predictions: pd.DataFrame


@remember(kept=2)  # for training and test rows
def evaluate(model: Pipeline, rows: pd.DataFrame, data: Data, scoring: str | None = None) -> Evaluation:
    """Evaluate a fitted model on rows.

    Args:
        model: Takes raw rows.
        rows: The rows, with the target.
        data: The target, what rows have in common, and the seed of the bootstrap.
        scoring: The score that the search optimized; None for training rows, which need no details, and
            of which a sample is enough.

    Returns:
        All metrics that suit the model, such as `acc` and `log_loss`. As details, in plain values, their
        intervals, the search's own score with its interval, precision, recall, F1 and rows by class, the
        coverage of the prediction intervals or sets, and the calibration of the probabilities. The true
        and the predicted target of each row.
    """
    if scoring is None:
        rows = rows.iloc[draw_rows(len(rows), SHOWN_ROWS, data.random_seed)]
    y_true = rows[data.y_label]
    columns = [*model.feature_names_in_, data.y_label]
    groups = None if scoring is None else find_groups(rows, columns, data)
    weights = data.take_weights(rows)
    truth, predicted = predict_rows(model, rows, y_true, groups, weights)
    metrics, details = measure(truth, predicted), {}
    if scoring is not None:
        preparation, decides = split_model(model)
        estimator, own = find_undecided(decides), predicted
        if estimator is not decides:  # the search knows neither the decision nor the correction
            before = take_raw_rows(preparation, estimator)
            _, own = predict_rows(before, rows, y_true, groups, weights)
        score = score_test(estimator, preparation.transform(rows), y_true, scoring, weights)
        details = describe_test(truth, predicted, score, data.random_seed, own)
        details["is_decided"] = estimator is not decides
        decided = getattr(model, "decision_", {})
        details["coverage"] = measure_coverage(decided.get("interval", {}), truth, predicted)
        details["calibration"] = measure_calibration(truth, predicted, data.random_seed)
        rule = read_rule(decided)
        if rule and decided["rule"]["classes"] == truth.need_classes().tolist():  # a test may have more
            both = predicted.labels, own.labels
            details["decision"] = estimate_decisions(rule, truth, *both, data.random_seed)
    y_pred = predicted.labels if truth.classes is None else truth.classes[predicted.labels]
    predictions = pd.DataFrame({"y_true": y_true, "y_pred": y_pred}, index=rows.index)
    return Evaluation(metrics, details, predictions)


def predict_rows(
    model: Any, rows: pd.DataFrame, y_true: pd.Series, groups: Any = None, weights: Any = None
) -> tuple[Truth, Predictions]:
    """Predict rows once, for all measures that follow; a group of rows is resampled as a whole."""
    if is_classifier(model):
        classes = np.unique(np.concatenate([model.classes_, y_true.to_numpy()]))
        y: Array = pd.Index(classes).get_indexer(y_true)
    else:
        classes, y = None, y_true.to_numpy(dtype=float)
    units = np.arange(len(rows)) if groups is None else pd.factorize(groups)[0]
    truth = Truth(y, classes, np.zeros(len(rows), dtype=int), units, y_true.index, weights)
    return truth, align([predict_fold(model, rows)], truth)


def measure(truth: Truth, predictions: Predictions) -> dict[str, float]:
    """Compute all metrics that suit the predictions, without those that are not defined for the rows."""
    weights = np.ones((1, len(truth.y)), dtype=int)
    values = {
        name: _sign(scoring) * float(make_metric(scoring)(truth, predictions, weights)[0])
        for name, scoring in _choose_metrics(truth, predictions).items()
    }
    return {name: value for name, value in values.items() if math.isfinite(value)}


def score_rows(model: Any, X: pd.DataFrame, y: pd.Series, scoring: str, weights: Any = None) -> float:
    """Score a fitted model on other rows by the scorer that trials are scored by."""
    with warnings.catch_warnings(action="ignore"):  # the search has already shown its warnings
        return float(score_weighted(find_scorer(scoring), model, X, y, weights))


def score_test(
    model: Any, X: pd.DataFrame, y_true: pd.Series, scoring: str, weights: Any = None
) -> dict[str, Any] | None:
    """Score a fitted estimator on the test rows by the scorer of the search; None if it has no value."""
    try:
        value = score_rows(model, X, y_true, scoring, weights)
        reason = "" if math.isfinite(value) else f"It is {value}"
    except Exception as error:  # a custom scorer may raise anything
        reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    if reason:
        logger.warning("'%s' has no value on the test rows. %s.", scoring, reason)
        return None
    twice = value
    if find_metric(scoring) is None:
        with suppress(Exception):  # it may refuse rows with equal labels
            again = None if weights is None else np.tile(weights, 2)
            twice = score_rows(model, pd.concat([X, X]), pd.concat([y_true, y_true]), scoring, again)
    is_sum = math.isfinite(twice) and depends_on_rows(value, twice)
    return {"name": scoring, "value": value, "depends_on_rows": is_sum}


def describe_test(
    truth: Truth,
    predictions: Predictions,
    score: Mapping[str, Any] | None,
    random_seed: int,
    own: Predictions | None = None,
) -> dict[str, Any]:
    """Describe how certain the metrics on test rows are, and how well each class is predicted."""
    names = _choose_metrics(truth, predictions)
    known, missing = estimate_metrics(truth, predictions, sorted({*names.values()}), random_seed)
    intervals = {
        name: sorted([_sign(metric) * known[metric].low, _sign(metric) * known[metric].high])
        for name, metric in names.items()
        if metric in known
    }
    reasons = {name: missing[metric] for name, metric in names.items() if metric in missing}
    if score:  # of the model's own predictions, before any decision
        of_score, why = estimate_metrics(truth, own or predictions, [score["name"]], random_seed)
        found, note = of_score.get(score["name"]), why.get(score["name"], "")
        if found and not math.isclose(found.value, score["value"], rel_tol=SAME, abs_tol=1e-12):
            found, note = None, "The predictions alone do not give this score."
        low, high = (found.low, found.high) if found else (None, None)
        score = {**score, "low": low, "high": high, "note": note}
    facts = {"rows": len(truth.y), "level": LEVEL, "intervals": intervals, "reasons": reasons}
    return facts | {"score": score, "classes": _describe_classes(truth, predictions)}


def _choose_metrics(truth: Truth, predictions: Predictions) -> dict[str, str]:
    if truth.classes is None:
        return REGRESSION
    if predictions.probabilities is None:
        return CLASSIFICATION
    auc = "roc_auc" if len(truth.classes) == 2 else "roc_auc_ovr"
    return {**CLASSIFICATION, **PROBABILITIES, "roc_auc": auc}


def _sign(scoring: str) -> int:
    """Return the factor between a scorer's value, which is better if higher, and its metric."""
    return -1 if scoring.startswith("neg_") else 1


def _describe_classes(truth: Truth, predictions: Predictions) -> dict[str, dict[str, float]]:
    if truth.classes is None:
        return {}
    numbers = range(len(truth.classes))
    how: Any = {"labels": numbers, "sample_weight": truth.weights, "zero_division": 0}
    columns = np.array(precision_recall_fscore_support(truth.y, predictions.labels, **how))
    found = dict(zip(("precision", "recall", "f1"), columns[:3].tolist(), strict=True))
    for name, labels in {"rows": truth.y, "predicted": predictions.labels}.items():
        found[name] = np.bincount(labels, minlength=len(numbers)).tolist()
    return {
        str(label): {name: values[number] for name, values in found.items()}
        for number, label in enumerate(truth.classes)
    }
