"""The words of the report, the log and the comparison: one for each thing."""

import re

METRICS = {
    **{"acc": "accuracy", "balanced_acc": "balanced accuracy"},
    "f1_macro": "F1, mean of the classes",
    **{"log_loss": "log loss", "roc_auc": "area under the ROC curve", "brier": "Brier score"},
    "ece": "expected calibration error",
    **{"r2": "R²", "mae": "mean absolute error", "rmse": "root mean squared error"},
}
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}
REFERENCES = {
    "untuned": "the untuned model",
    "boosting": "untuned gradient boosting",
    "dummy": "a dummy model",
}


def shorten(path: str) -> str:
    """Take the last part of an import path; a call, such as `make_scorer(…)`, stays as it is."""
    return path if "(" in path else path.rpartition(".")[2]


def name_score(scoring: str) -> str:
    """Write a score in words: scikit-learn's `neg_log_loss` becomes `negative log loss`."""
    name = shorten(scoring)
    return METRICS.get(name, re.sub("^neg_", "negative ", name).replace("_", " "))
