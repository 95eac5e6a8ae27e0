"""What the report, the figures and the comparison call a score."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

METRICS = {
    "acc": "accuracy",
    "balanced_acc": "balanced accuracy",
    "f1_macro": "F1, mean of the classes",
    "log_loss": "log loss",
    "roc_auc": "area under the ROC curve",
    "brier": "Brier score",
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
}
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}


def shorten(path: str) -> str:
    """Shorten an import path to its last part."""
    return path.rpartition(".")[2]


def name_score(scoring: str) -> str:
    """Write a score in words: scikit-learn's `neg_log_loss` becomes `negative log loss`."""
    name = shorten(scoring)
    return METRICS.get(name, re.sub("^neg_", "negative ", name).replace("_", " "))


def share_weights(members: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sum the weights of the members of an ensemble that are trials of the same candidate."""
    shares: Counter[str] = Counter()
    for member in members:
        shares[member["candidate"]] += member["weight"]
    return dict(shares.most_common())
