"""Measure a fitted model on rows that it was not trained on, with intervals."""

import logging
import math
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import precision_recall_fscore_support

from kedro_sweep.evaluation.correction import Estimate
from kedro_sweep.evaluation.intervals import estimate_metrics
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth, align
from kedro_sweep.evaluation.steady_scores import depends_on_rows
from kedro_sweep.search import predict_fold
from kedro_sweep.search.scorers import find_scorer

logger = logging.getLogger(__name__)

# The level of all intervals.
LEVEL = 0.95
# Scores that differ by less are the same, computed in another order or precision.
SAME = 1e-5
# Metrics by the names under which they are tracked, with the scikit-learn scorers that compute them.
CLASSIFICATION = {"acc": "accuracy", "balanced_acc": "balanced_accuracy", "f1_macro": "f1_macro"}
PROBABILITIES = {"log_loss": "neg_log_loss", "brier": "neg_brier_score"}
REGRESSION = {
    "r2": "r2",
    "mae": "neg_mean_absolute_error",
    "rmse": "neg_root_mean_squared_error",
}


def predict_rows(
    model: Any, rows: pd.DataFrame, y_true: pd.Series, groups: pd.Series | None = None
) -> tuple[Truth, Predictions]:
    """Predict rows once, for all measures that follow.

    Args:
        model: A fitted model.
        rows: The rows to predict, shape (n, columns).
        y_true: The target of these rows, shape (n,).
        groups: The group of each row, shape (n,), which is resampled as a whole; None for no groups.

    Returns:
        The truth, with all classes that the model or the rows have, and the predictions.
    """
    if is_classifier(model):
        classes = np.unique(np.concatenate([model.classes_, y_true.to_numpy()]))
        y: NDArray[Any] = pd.Index(classes).get_indexer(y_true)
    else:
        classes, y = None, y_true.to_numpy(dtype=float)
    truth = Truth(
        y=y,
        classes=classes,
        folds=np.zeros(len(rows), dtype=int),
        units=np.arange(len(rows)) if groups is None else pd.factorize(groups)[0],
        index=y_true.index,
    )
    return truth, align([predict_fold(model, rows)], truth)


def measure(truth: Truth, predictions: Predictions) -> dict[str, float]:
    """Compute all metrics that suit the predictions.

    Args:
        truth: The values to compare the predictions with.
        predictions: The predictions.

    Returns:
        Values by name, such as `acc` and `log_loss`, without those that are not defined for these rows.
    """
    weights = np.ones((1, len(truth.y)), dtype=int)
    values = {}
    for name, scoring in _choose_metrics(truth, predictions).items():
        metric = find_metric(scoring)
        if metric is not None:
            values[name] = _sign(scoring) * float(metric(truth, predictions, weights)[0])
    return {name: value for name, value in values.items() if math.isfinite(value)}


def score_rows(model: Any, X: pd.DataFrame, y_true: pd.Series, scoring: str) -> float:
    """Score a fitted model on other rows by the scorer that trials are scored by."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the search has already shown its warnings
        return float(find_scorer(scoring)(model, X, y_true))


def score_test(model: Any, X: pd.DataFrame, y_true: pd.Series, scoring: str) -> dict[str, Any] | None:
    """Score a fitted model on the test rows by the scorer of the search, for `describe_test`.

    Args:
        model: The estimator, fitted on all training rows.
        X: Features of the test rows, as the search passed them to the estimator, shape (n, n_features).
        y_true: The target of these rows, shape (n,).
        scoring: Name or import path of the score that the search optimized.

    Returns:
        Plain values: its `name` and `value`, and `depends_on_rows`: whether another number of rows is
        known to change it, as for a sum. None, with a warning, if it has no value on these rows.
    """
    try:
        value = score_rows(model, X, y_true, scoring)
        reason = "" if math.isfinite(value) else f"It is {value}"
    except Exception as error:  # a custom scorer may raise anything
        reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    if reason:
        text = "'%s' has no value on the test rows. %s."
        logger.warning(text, scoring, reason, extra={"markup": False})
        return None
    twice = value
    if find_metric(scoring) is None:
        with suppress(Exception):  # it may refuse rows with equal labels
            twice = score_rows(model, pd.concat([X, X]), pd.concat([y_true, y_true]), scoring)
    is_sum = math.isfinite(twice) and depends_on_rows(value, twice)
    return {"name": scoring, "value": value, "depends_on_rows": is_sum}


def describe_test(
    truth: Truth, predictions: Predictions, score: Mapping[str, Any] | None, random_seed: int
) -> dict[str, Any]:
    """Describe how certain the metrics on test rows are, and how well each class is predicted.

    Args:
        truth: Target of the test rows.
        predictions: The model's predictions for them.
        score: What `score_test` returned.
        random_seed: Seed of the bootstrap.

    Returns:
        Plain values: the number of rows, the level of the intervals, the interval of each metric, the
        search's own score with its interval (None if the predictions alone do not determine it), and
        precision, recall, F1 and rows by class.
    """
    names = _choose_metrics(truth, predictions)
    wanted = sorted({*names.values(), *([score["name"]] if score else [])})
    known = estimate_metrics(truth, predictions, wanted, random_seed)
    return {
        "rows": len(truth.y),
        "level": LEVEL,
        "intervals": {
            name: sorted([_sign(metric) * known[metric].low, _sign(metric) * known[metric].high])
            for name, metric in names.items()
            if metric in known
        },
        "score": None if score is None else _add_interval(score, known.get(score["name"])),
        "classes": _describe_classes(truth, predictions),
    }


def log_test(metrics: dict[str, float], details: dict[str, Any]) -> None:
    """Log the metrics on the test rows, each with its interval.

    Args:
        metrics: What `measure` returned.
        details: What `describe_test` returned.
    """
    intervals = {
        name: f" ({low:.4f} to {high:.4f})" for name, (low, high) in details["intervals"].items()
    }
    logger.info(
        "On %d test rows, with %.0f%% intervals: %s",
        details["rows"],
        100 * details["level"],
        ", ".join(f"{name} {value:.4f}{intervals.get(name, '')}" for name, value in metrics.items()),
    )


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


def _add_interval(score: Mapping[str, Any], estimate: Estimate | None) -> dict[str, Any]:
    """Add the interval, unless the predictions give another score than the scorer did."""
    value = score["value"]
    if estimate is None or not math.isclose(estimate.value, value, rel_tol=SAME, abs_tol=1e-12):
        return {**score, "low": None, "high": None}
    return {**score, "low": estimate.low, "high": estimate.high}


def _describe_classes(truth: Truth, predictions: Predictions) -> dict[str, dict[str, float]]:
    if truth.classes is None:
        return {}
    columns = precision_recall_fscore_support(
        truth.y, predictions.labels, labels=range(len(truth.classes)), zero_division=0
    )
    return {
        str(label): {"rows": int(rows), "precision": precision, "recall": recall, "f1": f1}
        for label, precision, recall, f1, rows in zip(
            truth.classes, *(column.tolist() for column in columns), strict=True
        )
    }
