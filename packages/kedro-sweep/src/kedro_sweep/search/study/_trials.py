"""The trials of a study: which is better, which have the same parameters, and which are finished."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.study import attributes

# A configuration counts as at least as slow as three quarters of the trials of its study: some models
# are scored by a part of an earlier one.
TYPICAL = 0.75


def find_sign(direction: StudyDirection | str) -> int:
    """The factor that makes a higher value the better one: 1 to maximize, -1 to minimize."""
    name = direction.name if isinstance(direction, StudyDirection) else direction
    return 1 if name.lower() == "maximize" else -1


def rank(trials: Iterable[FrozenTrial], direction: StudyDirection | str) -> list[FrozenTrial]:
    """The best first, and of equals the first first."""
    sign = find_sign(direction)
    return sorted(trials, key=lambda trial: -sign * float(trial.value or 0))


def identify(params: Mapping[str, Any]) -> str:
    """Identify a configuration by its parameters and their types: 1, 1.0 and True differ."""
    return repr(sorted(params.items()))


def list_finished(studies: Iterable[optuna.Study]) -> list[FrozenTrial]:
    """List the finished trials of studies."""
    trials = (trial for study in studies for trial in study.get_trials(deepcopy=False))
    return [trial for trial in trials if trial.state.is_finished()]


def list_complete(study: optuna.Study) -> list[FrozenTrial]:
    """List the trials that have a score."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def estimate_refits(
    study: optuna.Study, trials: Iterable[FrozenTrial], n_fits: float
) -> NDArray[np.float64]:
    """Estimate how long trials of a study take to train on all rows; their folds equal so many fits."""
    typical = np.quantile([*map(measure_seconds, list_complete(study))], TYPICAL)
    return np.array([max(measure_seconds(trial), typical) for trial in trials]) / n_fits


def measure_seconds(trial: FrozenTrial) -> float:
    """Measure the seconds that a trial would have taken without what earlier ones left in memory."""
    seconds = 0.0 if trial.duration is None else trial.duration.total_seconds()
    return max(0.0, seconds + float(trial.system_attrs.get(attributes.SAVED, 0.0)))
