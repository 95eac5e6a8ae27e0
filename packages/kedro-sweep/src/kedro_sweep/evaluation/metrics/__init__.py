"""Scores of many draws at once."""

from kedro_sweep.evaluation.metrics._metrics import (
    DEPENDS_ON_NUMBER,
    average_folds,
    depends_on_rows,
    explain_failure,
    find_metric,
    find_name,
    make_metric,
    score_all_folds,
    wrap_scorer,
)
from kedro_sweep.evaluation.metrics._rank_scores import RANK_METRICS
from kedro_sweep.evaluation.metrics._scores import CLASS_METRICS, PROPER, Metric, divide
