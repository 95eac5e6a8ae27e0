"""Estimates of a score on new rows: draws, corrections, intervals, and references."""

from kedro_sweep.evaluation.estimates._baselines import DUMMY, UNTUNED, make_dummy, score_baselines
from kedro_sweep.evaluation.estimates._correction import (
    Choose,
    Correction,
    Estimate,
    choose_best,
    correct_selection,
    subtract,
)
from kedro_sweep.evaluation.estimates._draws import Effort, find_obstacle, plan_ensemble_effort
from kedro_sweep.evaluation.estimates._measures import (
    CLASSIFICATION,
    PROBABILITIES,
    REGRESSION,
    Evaluation,
    describe_test,
    estimate_metrics,
    evaluate,
    predict_rows,
    score_rows,
    score_test,
)
