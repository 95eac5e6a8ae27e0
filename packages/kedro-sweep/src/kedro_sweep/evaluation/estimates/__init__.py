"""Estimates of a score on new rows: draws, corrections, intervals, and references."""

from kedro_sweep.evaluation.estimates._baselines import (
    BOOSTING,
    DUMMY,
    UNTUNED,
    score_baselines,
    score_dummy,
)
from kedro_sweep.evaluation.estimates._correction import (
    Choose,
    Correction,
    choose_best,
    correct_selection,
    explain_sum,
    subtract,
)
from kedro_sweep.evaluation.estimates._draws import (
    Effort,
    find_obstacle,
    plan_ensemble_effort,
    sample_for_ensemble,
    value,
)
from kedro_sweep.evaluation.estimates._dummies import STRATEGY, fit_dummies
from kedro_sweep.evaluation.estimates._measures import (
    CLASSIFICATION,
    PROBABILITIES,
    REGRESSION,
    Evaluation,
    describe_test,
    evaluate,
    measure,
    predict_rows,
    score_rows,
    score_test,
)
from kedro_sweep.evaluation.estimates._selection_draws import (
    MIN_DRAWS,
    Estimate,
    SelectionDraws,
    choose_search,
    find_gain,
    share_draws,
    summarize_draws,
)
from kedro_sweep.evaluation.estimates._test_intervals import ENDS, estimate_metrics, explain_missing
