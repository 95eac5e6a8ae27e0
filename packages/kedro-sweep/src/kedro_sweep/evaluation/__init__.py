"""How good a configuration is: from its predictions for rows that it was not fitted on.

Nothing here knows Kedro or a tracker.
"""

from kedro_sweep.evaluation.out_of_fold import Predictions, Truth, align, describe_truth
from kedro_sweep.evaluation.prediction_store import PredictionStore, search_and_keep

__all__ = [
    "PredictionStore",
    "Predictions",
    "Truth",
    "align",
    "describe_truth",
    "search_and_keep",
]
