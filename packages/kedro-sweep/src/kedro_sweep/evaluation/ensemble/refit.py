"""How long it takes to train configurations again on all training rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import optuna
from optuna.trial import TrialState

from kedro_sweep.evaluation.ensemble.pool import Pooled
from kedro_sweep.evaluation.out_of_fold import Array
from kedro_sweep.search import StudyConfiguration

# Trials that reuse earlier ones are faster than training from scratch. So each trial counts as at least
# as slow as three quarters of its candidate's trials.
TYPICAL = 0.75


def estimate_refits(
    pooled: Sequence[Pooled],
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
) -> Array:
    """Estimate the training time on all training rows from the time of the trial.

    The time is assumed to grow with the number of rows.
    """
    typical = {name: np.quantile(_list_seconds(study), TYPICAL) for name, study in studies.items()}
    first = next(iter(configurations.values()))
    fits = sum(len(fold.X_train) for fold in first.folds) / len(first.X)
    seconds = [max(_measure(found.trial), typical[found.candidate]) for found in pooled]
    return np.array(seconds) / fits


def _list_seconds(study: optuna.Study) -> list[float]:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [_measure(trial) for trial in complete]


def _measure(trial: optuna.trial.FrozenTrial) -> float:
    return 0.0 if trial.duration is None else trial.duration.total_seconds()
