"""Score one trial."""

from kedro_sweep.search.trial._alarm import OutOfTimeError, can_stop
from kedro_sweep.search.trial._objective import Objective
from kedro_sweep.search.trial._predictions import (
    FoldPrediction,
    OnScored,
    predict_fold,
    record_predictions,
)
from kedro_sweep.search.trial._rounds import set_rounds
from kedro_sweep.search.trial._scoring import average_scores, check_scoring, count_warnings, log_warnings
