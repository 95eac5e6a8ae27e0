"""From predictions to decisions: thresholds, the costs of errors, calibration, and intervals."""

from kedro_sweep.evaluation.decisions._calibration import (
    apply_calibrator,
    fit_calibrator,
    measure_calibration,
)
from kedro_sweep.evaluation.decisions._classifier import find_undecided, make_deciding
from kedro_sweep.evaluation.decisions._decide import check_decision, decide, make_rule, read_rule
from kedro_sweep.evaluation.decisions._intervals import describe_coverage, measure_coverage
from kedro_sweep.evaluation.decisions._parameters import Decision
from kedro_sweep.evaluation.decisions._predict import predict_table
from kedro_sweep.evaluation.decisions._threshold import COST, LIMITS, Rule
