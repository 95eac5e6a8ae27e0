"""The contest: candidates share the trials and the time, and better candidates get more of both."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain
from time import time
from uuid import uuid4

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.database import find_database
from kedro_sweep.search.memory import Memory
from kedro_sweep.search.outcome import find_first_reason, report_outcome
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import Best, show_progress
from kedro_sweep.search.rounds import Turn, count_kept, count_rounds, plan_rounds
from kedro_sweep.search.run import Callback, choose_to_score, log_as_the_rest_does, run_search, tell
from kedro_sweep.search.settings import Sweep
from kedro_sweep.search.shares import plan_shares, run_shares, share_time
from kedro_sweep.search.study_run import StudyRun, open_run

logger = logging.getLogger(__name__)


def run_contest(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> dict[str, optuna.Study]:
    """Run trials until the studies of all candidates together have `sweep.n_trials` finished trials.

    `plan_rounds` decides how the candidates share them. Studies that already have enough trials are
    returned unchanged. A `timeout` is shared the same way: every round gets an equal part of it, and
    so does every candidate in a round. Time that a candidate leaves unused goes to those after it.

    In a database that several machines share, there are no rounds: each candidate gets an equal share of
    the trials and of the time.

    Args:
        configurations: By name, with the same folds, score and `sweep`. A single one is searched the way
            `run_search` does.
        storage: The Optuna storage for the studies; it must be a file or a database if `sweep.n_jobs` is
            not 1.
        callbacks: Called with the study and the trial each time a trial of this run finishes.
        on_scored: See `run_search`.

    Returns:
        The studies that have at least one scored trial, by name.

    Raises:
        InputError: See `run_search`; also if two candidates are the same.
        AllTrialsFailedError: If no trial of any candidate has a score.
        KeyboardInterrupt: If the user interrupts the search; finished trials are kept.
    """
    if len(configurations) == 1:
        [(name, configuration)] = configurations.items()
        return {name: run_search(configuration, storage, callbacks, on_scored)}
    log_as_the_rest_does()
    _check_that_they_differ(configurations)
    with ExitStack() as stack:
        # What makes the first study new also makes the others new, so one explanation is enough.
        search, kept = uuid4().hex, Memory(next(iter(configurations.values())).folds)
        runs = {
            name: stack.enter_context(
                open_run(configuration, storage, on_scored, search=search, kept=kept, explain=not number)
            )
            for number, (name, configuration) in enumerate(configurations.items())
        }
        # If some trials run in worker processes, all of them do: the workers keep transformed rows in
        # memory.
        n_processes = max(run.n_processes for run in runs.values())
        for run in runs.values():
            run.n_processes = n_processes
        _complete(runs, callbacks)
        for run in runs.values():
            run.freeze()
    _report_failures(runs)
    studies = {name: run.study for name, run in runs.items() if find_best(run.study) is not None}
    ranked = sorted(studies, key=lambda name: find_best(studies[name]) or 0.0, reverse=True)
    results = (f"{name} {studies[name].best_value:.4f} ({runs[name].count_trials()})" for name in ranked)
    logger.info(
        "%s has the best %s of the contest. Best values (numbers of trials): %s",
        ranked[0],
        configurations[ranked[0]].scoring,
        ", ".join(results),
    )
    return studies


def _check_that_they_differ(configurations: Mapping[str, StudyConfiguration]) -> None:
    names: dict[str, str] = {}
    for name, configuration in configurations.items():
        if (other := names.setdefault(configuration.study_name, name)) != name:
            raise InputError(f"sweep.models: {other} and {name} are the same; remove one of them")


def _complete(runs: Mapping[str, StudyRun], callbacks: Sequence[Callback]) -> None:
    """Run the trials that are missing, if any."""
    sweep = next(iter(runs.values())).configuration.sweep
    shares = plan_shares([*runs], sweep.n_trials) if _on_fleet(runs) else {}
    for name, total in shares.items():
        runs[name].announce(total)
    if _is_complete(runs, sweep, shares):
        logger.info("The contest already has its %d trials; no new trial runs.", sweep.n_trials)
        return
    before = min(sum(run.count_trials() for run in runs.values()), sweep.n_trials)
    logger.info("Contest of %s: %d of %d trials.", ", ".join(runs), before, sweep.n_trials)
    studies = [run.study for run in runs.values()]
    best = Best(*studies)
    trials, count = _run_rounds(runs, sweep, best, callbacks), None
    if shares:
        logger.info(
            "In a database that several machines share, there are no rounds. Each candidate gets an "
            "equal share: %s",
            ", ".join(f"{name} {total}" for name, total in shares.items()),
        )
        trials = run_shares(runs, shares, best, callbacks)
        count = partial(best.catch_up, studies)
    trials = chain(trials, _run_until_scored(runs, sweep, best, callbacks))
    with report_outcome(studies, sweep):
        show_progress(trials, best, before, sweep.n_trials, count)


def _on_fleet(runs: Mapping[str, StudyRun]) -> bool:
    return all(find_database(run.storage) is not None for run in runs.values())


def _is_complete(runs: Mapping[str, StudyRun], sweep: Sweep, shares: Mapping[str, int]) -> bool:
    if shares:
        return all(runs[name].count_trials() >= total for name, total in shares.items())
    if sweep.timeout:
        return _count_missing(runs, sweep) <= 0
    return all(
        runs[turn.name].count_trials() >= turn.total for turns in _plan(runs, sweep) for turn in turns
    )


def _plan(runs: Mapping[str, StudyRun], sweep: Sweep) -> Iterator[list[Turn]]:
    """Plan the rounds. A candidate that runs out of time leaves its trials to the others."""
    total = sys.maxsize if sweep.timeout else sweep.n_trials
    return plan_rounds(
        [*runs], total, sweep.contest, lambda name, n_trials: find_best(runs[name].study, n_trials)
    )


def _count_missing(runs: Mapping[str, StudyRun], sweep: Sweep) -> int:
    return sweep.n_trials - sum(run.count_trials() for run in runs.values())


def _run_rounds(
    runs: Mapping[str, StudyRun], sweep: Sweep, best: Best, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    deadline = next(iter(runs.values())).start_clock()
    n_before = 0
    for turns in _plan(runs, sweep):
        if count_kept(n_before, sweep.contest) <= len(turns) < n_before:
            _say_who_goes_on(runs, turns)
        n_before = len(turns)
        end = share_time(time(), deadline, count_rounds(len(turns), sweep.contest))
        for position, (name, total) in enumerate(turns):
            if time() >= deadline or (sweep.timeout and _count_missing(runs, sweep) <= 0):
                return
            run, turn_end = runs[name], share_time(time(), end, len(turns) - position)
            # Without any score there would be no model, so the first trial may take as long as it needs.
            has_value = any(each.has_score for each in runs.values())
            latest = deadline if has_value else float("inf")
            if sweep.timeout:
                total = min(total, run.count_trials() + _count_missing(runs, sweep))  # noqa: PLW2901
            trials = run.run_trials(total, turn_end, latest)
            if sweep.timeout and not run.count_trials():
                # First trials may start late: a candidate without a score would be out of the contest.
                n_first = min(total, run.n_processes)
                trials = chain(run.run_trials(n_first, deadline, latest), trials)
            yield from tell(best.watch(trials, name), run.study, callbacks)


def _run_until_scored(
    runs: Mapping[str, StudyRun], sweep: Sweep, best: Best, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    while (name := choose_to_score(runs, sweep.n_trials)) is not None:
        run = runs[name]
        trials = run.run_trials(run.count_trials() + 1)
        yield from tell(best.watch(trials, name), run.study, callbacks)


def _say_who_goes_on(runs: Mapping[str, StudyRun], turns: Sequence[Turn]) -> None:
    names = {turn.name for turn in turns}
    values = (f"{name} {runs[name].study.best_value:.4f}" for name in runs if name in names)
    logger.info("The contest continues with %s", ", ".join(values))


def find_best(study: optuna.Study, n_trials: int | None = None) -> float | None:
    """Find the best score of a study."""
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
    return max(
        (
            sign * trial.value
            for trial in trials[:n_trials]
            if trial.state == TrialState.COMPLETE and trial.value is not None
        ),
        default=None,
    )


def _report_failures(runs: Mapping[str, StudyRun]) -> None:
    """Log one warning for each candidate that has failed trials or no score."""
    idle = [name for name, run in runs.items() if not run.count_trials()]
    if idle:
        logger.warning(
            "sweep.n_trials or sweep.timeout left no trial for %s. Raise it, or remove candidates.",
            ", ".join(idle),
        )
    problems = {
        name: problem
        for name, run in runs.items()
        if name not in idle and (problem := _find_problem(name, run))
    }
    if all(find_best(run.study) is None for run in runs.values()):
        raise AllTrialsFailedError(f"No candidate has a score. {' '.join(problems.values())}")
    for problem in problems.values():
        logger.warning(problem)


def _find_problem(name: str, run: StudyRun) -> str:
    trials = [trial for trial in run.study.get_trials(deepcopy=False) if trial.state.is_finished()]
    reason = find_first_reason(trials)
    first = f" The first failed with {reason}." if reason else ""
    if find_best(run.study) is None:
        remedy = first or " Raise sweep.timeout, or choose a pruner that prunes less."
        return f"{name} is out of the contest: none of its {len(trials)} trials has a score.{remedy}"
    n_failed = sum(trial.state == TrialState.FAIL for trial in trials)
    return f"{n_failed} of {len(trials)} trials of {name} failed.{first}" if n_failed else ""
