"""The trials of a study: which is better, which have the same parameters, and which are finished."""

from collections.abc import Iterable, Mapping
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial


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
