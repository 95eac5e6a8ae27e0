"""Log how a search ended, and summarize its trials."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError

logger = logging.getLogger(__name__)

FIRST_COLUMNS = ("number", "value", "datetime_start", "datetime_complete", "duration")
WARNINGS = "warnings"
NOT_KEPT = "predictions_error"
SCORES = "scores"


@contextmanager
def report_outcome(
    studies: Sequence[optuna.Study],
    total: int,
    timeout: float | None = None,
    rest: str = "no candidate is left",
) -> Iterator[None]:
    """Log how the trials of a block ended, even if the block was interrupted or failed."""
    # By ID: machines that search one study have different clocks and time zones.
    before = {trial._trial_id for trial in _list_finished(studies)}
    reason = "stopped"
    try:
        yield
        reason = f"timeout {timeout:g} s" if timeout else rest
    except KeyboardInterrupt:
        reason = "interrupted"
        logger.warning("Interrupted. All finished trials are kept: run again to continue.")
        raise
    finally:
        with suppress(ConnectionLostError):
            _log_outcome(studies, total, reason, before)


def _list_finished(studies: Sequence[optuna.Study]) -> list[FrozenTrial]:
    trials = [trial for study in studies for trial in study.get_trials(deepcopy=False)]
    return [trial for trial in trials if trial.state.is_finished()]


def _log_outcome(
    studies: Sequence[optuna.Study], total: int, reason: str, before: Collection[int]
) -> None:
    """Log the number of trials, why no more ran, and the warnings of those that are new."""
    trials = _list_finished(studies)
    counts = Counter(trial.state for trial in trials)
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
        if trial._trial_id not in before:
            times.update(trial.user_attrs.get(WARNINGS, {}))
            n_trials.update(trial.user_attrs.get(WARNINGS, {}).keys())
            not_kept += [trial.user_attrs[NOT_KEPT]] if NOT_KEPT in trial.user_attrs else []
    if not_kept:
        logger.warning(
            "The predictions of %d trials could not be kept, the first time because of %s. These trials "
            "count, but estimates that need predictions leave them out.",
            len(not_kept),
            not_kept[0],
            extra={"markup": False},
        )
    for text, count in times.items():
        logger.warning(
            "%s (%d times in %d trials)", text, count, n_trials[text], extra={"markup": False}
        )


def log_best(study: optuna.Study, scoring: str, other_scorings: Sequence[str]) -> None:
    """Log the scores and the parameters of the best trial, and how many trials lack a score."""
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
    log_missing_scores([study], other_scorings)


def log_missing_scores(studies: Sequence[optuna.Study], other_scorings: Sequence[str]) -> None:
    """Log how many trials lack a score because it was not recorded when they ran."""
    states = (TrialState.COMPLETE,)
    complete = [trial for study in studies for trial in study.get_trials(deepcopy=False, states=states)]
    recorded = [trial.user_attrs.get(SCORES, {}).keys() for trial in complete]
    lacking = [name for name in other_scorings if any(name not in names for names in recorded)]
    if lacking:
        logger.info(
            "%d of %d complete trials have no %s because sweep.scoring did not list it when they ran. "
            "Raise sweep.n_trials to add trials that have it, or remove the study with `kedro sweep "
            "studies --remove NAME` and run again.",
            sum(not names >= {*lacking} for names in recorded),
            len(complete),
            " or ".join(lacking),
        )


def tabulate_trials(studies: Mapping[str, optuna.Study]) -> pd.DataFrame:
    """Put all trials in one table.

    Args:
        studies: The study of each candidate, by the candidate's name.

    Returns:
        A row per trial: candidate, number, value, other scores, times, parameters, attributes and state.
        Each other score has a column `score_…`. Cells that do not apply to a candidate or trial are
        empty.
    """
    tables = [_tabulate(study).assign(candidate=name) for name, study in studies.items()]
    if len(tables) > 1:  # missing values would turn a column of integers into one of floats
        tables = [table.astype(dict.fromkeys(table.filter(like="params_"), object)) for table in tables]
    trials = pd.concat(tables, ignore_index=True)
    return trials[sorted(trials.columns, key=_rank_column)]


def _tabulate(study: optuna.Study) -> pd.DataFrame:
    """Make the table of one study, with Optuna's column of values renamed to the score."""
    trials = study.trials_dataframe(attrs=(*FIRST_COLUMNS, "params", "user_attrs", "state"))
    trials = trials.rename(columns={f"value_{name}": "value" for name in study.metric_names or []})
    if f"user_attrs_{SCORES}" not in trials:
        return trials
    recorded = trials.pop(f"user_attrs_{SCORES}")
    scores = pd.DataFrame([found if isinstance(found, dict) else {} for found in recorded], dtype=float)
    return pd.concat([trials, scores.add_prefix("score_")], axis="columns")


def _rank_column(name: Any) -> int:
    """Sort each column that only some candidates have next to columns of its kind."""
    number, value, *times = FIRST_COLUMNS
    kinds = ("candidate", number, value, "score_", *times, "params_", "user_attrs_", "state")
    return next(rank for rank, kind in enumerate(kinds) if name.startswith(kind))


def find_first_reason(trials: Sequence[FrozenTrial]) -> str:
    """Find out why the first failed trial failed."""
    reasons = (trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs)
    return str(next(reasons, "")).rstrip(".")
