"""Scores of many draws at once."""

from kedro_sweep.evaluation.metrics._class_scores import CLASS_METRICS
from kedro_sweep.evaluation.metrics._metrics import average_folds, find_metric
from kedro_sweep.evaluation.metrics._rank_scores import RANK_METRICS
from kedro_sweep.evaluation.metrics._row_scores import Metric
from kedro_sweep.evaluation.metrics._stand_in import explain_failure, make_metric
from kedro_sweep.evaluation.metrics._steady_scores import depends_on_rows, make_steady_metric

__all__ = [
    "CLASS_METRICS",
    "RANK_METRICS",
    "Metric",
    "average_folds",
    "depends_on_rows",
    "explain_failure",
    "find_metric",
    "make_metric",
    "make_steady_metric",
]
