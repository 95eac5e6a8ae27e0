"""Say how a search has ended."""

import logging
from collections import Counter
from datetime import datetime

import optuna
from optuna.trial import TrialState

from kedro_sweep.search.parameters import Sweep

logger = logging.getLogger(__name__)

WARNINGS = "warnings"


def log_outcome(study: optuna.Study, sweep: Sweep, start: datetime) -> None:
    """Say how many trials there are, why no more were run, and what they warned of.

    Args:
        study: The study.
        sweep: Its total and its time limit.
        start: When this run began.
    """
    trials = study.get_trials(deepcopy=False)
    counts = Counter(trial.state for trial in trials if trial.state.is_finished())
    finished = counts.total()
    parts = [
        f"{counts[state]} {name}"
        for state, name in ((TrialState.PRUNED, "pruned"), (TrialState.FAIL, "failed"))
        if counts[state]
    ]
    if finished < sweep.n_trials and sweep.timeout is not None:
        parts.append(f"timeout {sweep.timeout:g} s")
    details = f" ({', '.join(parts)})" if parts else ""
    if details:
        logger.info("%d of %d trials%s", finished, sweep.n_trials, details)
    times: Counter[str] = Counter()
    n_trials: Counter[str] = Counter()
    for trial in trials:
        if trial.datetime_start is not None and trial.datetime_start >= start:
            times.update(trial.user_attrs.get(WARNINGS, {}))
            n_trials.update(trial.user_attrs.get(WARNINGS, {}).keys())
    for text, count in times.items():
        logger.warning(
            "%s (%d times in %d trials)", text, count, n_trials[text], extra={"markup": False}
        )
