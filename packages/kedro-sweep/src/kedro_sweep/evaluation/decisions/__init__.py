"""From predictions to decisions: thresholds, the costs of errors, calibration, and intervals."""

from kedro_sweep.evaluation.decisions._classifier import make_deciding
from kedro_sweep.evaluation.decisions._decide import decide, make_rule, read_rule
from kedro_sweep.evaluation.decisions._parameters import Decision
from kedro_sweep.evaluation.decisions._threshold import Rule
