"""Say how a search has ended, and what its trials came to."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import optuna
import pandas as pd
from optuna.trial import TrialState

logger = logging.getLogger(__name__)

WARNINGS = "warnings"
NOT_KEPT = "predictions_error"
SCORES = "scores"


def log_outcome(study: optuna.Study, total: int, reason: str, start: datetime) -> None:
    """Say how many trials there are, why no more were run, and what they warned of.

    Args:
        study: The study.
        total: Number of trials that it should reach.
        reason: Why it has not, if it has not.
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


def log_best(study: optuna.Study, scoring: str, other_scorings: Sequence[str]) -> None:
    """Log the scores and the parameters of the best trial, and how many trials lack a score.

    Args:
        study: The study; a trial has a value.
        scoring: Name of the score that is optimized.
        other_scorings: Names of those that are only recorded.
    """
    scores = study.best_trial.user_attrs.get(SCORES, {})
    shown = [f"{scoring} {study.best_value:.4f}"]
    shown += [f"{name} {scores[name]:.4f}" for name in other_scorings if scores.get(name) is not None]
    logger.info(
        "Best %s (trial %d) with %s",
        ", ".join(shown),
        study.best_trial.number,
        study.best_params,
        extra={"markup": False},
    )
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    recorded = [trial.user_attrs.get(SCORES, {}).keys() for trial in complete]
    lacking = [name for name in other_scorings if any(name not in names for names in recorded)]
    if lacking:
        logger.info(
            "%d of %d complete trials have no %s, as sweep.scoring did not list it when they ran. Raise "
            "sweep.n_trials to add trials that have it, or remove the study with `kedro sweep studies "
            "--remove %s` and run again.",
            sum(not names >= {*lacking} for names in recorded),
            len(complete),
            " or ".join(lacking),
            study.study_name,
        )


def tabulate_trials(study: optuna.Study) -> pd.DataFrame:
    """Make a table of all trials.

    Args:
        study: The study.

    Returns:
        A row per trial: number, value, other scores, times, parameters, attributes and state. Optuna
        names the column of values after the score; here it is `value` whatever the score. Each other
        score has a column `score_…`, with gaps for trials that have none.
    """
    columns = ("number", "value", "datetime_start", "datetime_complete", "duration")
    trials = study.trials_dataframe(attrs=(*columns, "params", "user_attrs", "state"))
    names = {f"value_{name}": "value" for name in study.metric_names or []}
    trials = trials.rename(columns=names)
    if f"user_attrs_{SCORES}" not in trials:
        return trials
    recorded = trials.pop(f"user_attrs_{SCORES}")
    scores = pd.DataFrame([found if isinstance(found, dict) else {} for found in recorded], dtype=float)
    position = list(trials).index("value") + 1
    parts = [trials.iloc[:, :position], scores.add_prefix("score_"), trials.iloc[:, position:]]
    return pd.concat(parts, axis="columns")
