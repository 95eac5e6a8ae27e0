"""Say how a search has ended, and what its trials came to."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.parameters import Sweep

logger = logging.getLogger(__name__)

WARNINGS = "warnings"
NOT_KEPT = "predictions_error"


@contextmanager
def report_outcome(studies: Sequence[optuna.Study], sweep: Sweep) -> Iterator[None]:
    """Say how the trials of a block have ended, whatever ended them.

    Args:
        studies: The study, or those of a contest.
        sweep: Their total and their timeout.

    Yields:
        Nothing.
    """
    start, reason = datetime.now(), "stopped"
    try:
        yield
        reason = f"timeout {sweep.timeout or 0:g} s"
    except KeyboardInterrupt:
        reason = "interrupted"
        logger.warning("Interrupted. Every finished trial is kept: run again to go on.")
        raise
    finally:
        _log_outcome(studies, sweep.n_trials, reason, start)


def _log_outcome(studies: Sequence[optuna.Study], total: int, reason: str, start: datetime) -> None:
    """Say how many trials there are, why no more were run, and what they warned of."""
    trials = [trial for study in studies for trial in study.get_trials(deepcopy=False)]
    counts = Counter(trial.state for trial in trials if trial.state.is_finished())
    finished = counts.total()
    parts = [
        f"{counts[state]} {name}"
        for state, name in ((TrialState.PRUNED, "pruned"), (TrialState.FAIL, "failed"))
        if counts[state]
    ]
    if finished < total:
        parts.append(reason)
    if parts:
        logger.info("%d of %d trials (%s)", finished, total, ", ".join(parts))
    times: Counter[str] = Counter()
    n_trials: Counter[str] = Counter()
    not_kept: list[str] = []
    for trial in trials:
        if trial.datetime_start is not None and trial.datetime_start >= start:
            times.update(trial.user_attrs.get(WARNINGS, {}))
            n_trials.update(trial.user_attrs.get(WARNINGS, {}).keys())
            not_kept += [trial.user_attrs[NOT_KEPT]] if NOT_KEPT in trial.user_attrs else []
    if not_kept:
        logger.warning(
            "The predictions of %d trials could not be kept, the first time because of %s. These trials "
            "count, but what is estimated from predictions leaves them out.",
            len(not_kept),
            not_kept[0],
            extra={"markup": False},
        )
    for text, count in times.items():
        logger.warning(
            "%s (%d times in %d trials)", text, count, n_trials[text], extra={"markup": False}
        )


def tabulate_trials(study: optuna.Study) -> pd.DataFrame:
    """Make a table of all trials.

    Args:
        study: The study.

    Returns:
        A row per trial: number, value, times, parameters, attributes and state. Optuna names the column
        of values after the score; here it is `value` whatever the score.
    """
    columns = ("number", "value", "datetime_start", "datetime_complete", "duration")
    trials = study.trials_dataframe(attrs=(*columns, "params", "user_attrs", "state"))
    names = {f"value_{name}": "value" for name in study.metric_names or []}
    return trials.rename(columns=names)


def find_first_reason(trials: Sequence[FrozenTrial]) -> str:
    """Find why the first failed trial failed.

    Args:
        trials: Trials of a study.

    Returns:
        The error, without a full stop; empty if none failed.
    """
    reasons = (trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs)
    return str(next(reasons, "")).rstrip(".")
