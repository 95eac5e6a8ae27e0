"""The search: run trials until a study, or those of several candidates, have enough of them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from time import time
from typing import Any
from uuid import uuid4

import optuna
from optuna.storages import BaseStorage

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search.reuse import Memory, open_folder
from kedro_sweep.search.run._contest import Callback, Plan, Rounds, find_best, plan_shares
from kedro_sweep.search.run._outcome import find_problem, follow, log_best
from kedro_sweep.search.run._processes import renew_processes
from kedro_sweep.search.run._study_run import StudyRun, open_run
from kedro_sweep.search.study import StudyConfiguration, list_finished
from kedro_sweep.search.trial import OnScored
from kedro_sweep.text import number

logger = logging.getLogger(__name__)

MUCH = 0.1  # of a time limit


def run_search(
    configuration: StudyConfiguration,
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> optuna.Study:
    """Run trials until the study of a configuration has `sweep.n_trials` finished trials.

    A study that already has enough trials is returned unchanged. Trials that a killed run left
    unfinished run first, with the same parameters.

    Args:
        configuration: The table, the estimator, the search space, and the settings of the search.
        storage: The Optuna storage of the studies; it must be a file or a database if `sweep.n_jobs` is
            not 1.
        callbacks: Called with the study and the trial each time a trial of this run finishes.
        on_scored: Called with each scored trial and its predictions, fold by fold, in the process that
            scored it, before its value is stored; only once for equal parameters. If it raises an error,
            the trial still counts, and the run logs one warning. With worker processes, it must be
            picklable.

    Returns:
        The study, with at least one complete trial.

    Raises:
        InputError: If the search space or the score does not suit the estimator and its target, the
            workers cannot share the storage, or another process is searching the same study.
        AllTrialsFailedError: If no trial has a score, or the first ten all failed.
        KeyboardInterrupt: If the user interrupts the search; finished trials are kept.
    """
    with _open_runs({"": configuration}, storage, on_scored) as runs:
        _complete(Plan(runs, callbacks, {"": configuration.sweep.n_trials}))
    study = runs[""].study
    if find_best(study) is None:
        remedy = (
            " Correct sweep.model, sweep.search_space or sweep.scoring, or all trials will fail again."
        )
        raise AllTrialsFailedError(find_problem(f"study {study.study_name}", study, remedy))
    log_best(study, configuration.scoring, configuration.other_scorings)
    return study


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
        storage: See `run_search`.
        callbacks: See `run_search`.
        on_scored: See `run_search`.

    Returns:
        The studies that have at least one scored trial, by name.

    Raises:
        InputError: See `run_search`; also if two candidates are the same.
        AllTrialsFailedError: If no trial of any candidate has a score.
    """
    if len(configurations) == 1:
        [(name, configuration)] = configurations.items()
        return {name: run_search(configuration, storage, callbacks, on_scored)}
    names: dict[str, str] = {}
    for name, configuration in configurations.items():
        if (other := names.setdefault(configuration.study_name, name)) != name:
            raise InputError(f"sweep.models: {other} and {name} are the same; remove one of them")
    with _open_runs(configurations, storage, on_scored) as runs:
        if all(run.turns.is_shared for run in runs.values()):
            n_trials = next(iter(configurations.values())).sweep.n_trials
            _complete(Plan(runs, callbacks, plan_shares([*runs], n_trials)))
        else:
            _complete(Rounds(runs, callbacks))
    _report_failures(runs)
    studies = {name: run.study for name, run in runs.items() if find_best(run.study) is not None}
    ranked = sorted(studies, key=lambda name: find_best(studies[name]) or 0.0, reverse=True)
    results = (
        f"{name} {number(studies[name].best_value)} ({runs[name].count_trials()})" for name in ranked
    )
    text = "%s has the best %s of the contest. Best values (numbers of trials): %s"
    logger.info(text, ranked[0], configurations[ranked[0]].scoring, ", ".join(results))
    return studies


def add_trials(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> dict[str, optuna.Study]:
    """Add trials to studies that another run has started, until no trial is left to take.

    The total of a study is the `sweep.n_trials` of that run, not the one given here. If a run raises the
    total in the meantime, this function continues to the new one.

    Args:
        configurations: By name, with the same folds, score and `sweep`.
        storage: A database that several machines share.
        callbacks: Called with the study and the trial each time a trial of this process finishes.
        on_scored: See `run_search`.

    Returns:
        The studies by name.

    Raises:
        InputError: See `run_search`; also if a study does not exist or the storage cannot be shared.
        AllTrialsFailedError: If the first ten trials of a study all failed.
    """
    with _open_runs(configurations, storage, on_scored, adds=True) as runs:
        plan = Plan(runs, callbacks, dict.fromkeys(runs))
        total = sum(run.turns.find_total() for run in runs.values())
        names = ", ".join(study.study_name for study in plan.studies)
        before = len(list_finished(plan.studies))
        logger.info("Adding trials to %s: %d of %d are finished.", names, before, total)
        rest = "other machines are running the rest"
        follow(plan.run(), plan.best, total, plan.sweep.timeout, rest)
        logger.info("No trial is left to take.")
        return {name: run.study for name, run in runs.items()}


@contextmanager
def _open_runs(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    on_scored: OnScored | None,
    *,
    adds: bool = False,
) -> Iterator[dict[str, StudyRun]]:
    """Open the studies of one search, whose trials share what they keep in memory."""
    # Optuna's messages go where the other messages go, without its line per trial.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    search, memory = uuid4().hex, Memory(next(iter(configurations.values())).folds)
    with ExitStack() as stack:
        # What makes the first study new also makes the others new, so one explanation is enough.
        runs: dict[str, StudyRun] = {}
        n_processes = 1
        for name, configuration in configurations.items():
            options: dict[str, Any] = {"memory": memory, "explain": not runs, "adds": adds}
            options |= {"in_processes": n_processes > 1 and not adds}
            runs[name] = open_run(stack, configuration, storage, on_scored, search, **options)
            n_processes = max(n_processes, runs[name].n_processes)
        if not adds:
            # If some run in worker processes, all do: the workers share transformed rows.
            for run in runs.values():
                run.n_processes = n_processes
        if n_processes > 1 and next(iter(configurations.values())).sweep.backend == "local":
            memory.folder = stack.enter_context(open_folder())
            sources: dict[str, str] = {}
            for configuration in configurations.values():
                sources |= configuration.description["sources"]
            renew_processes(sources)
        yield runs


def _complete(plan: Plan) -> None:
    n_trials, timeout = plan.sweep.n_trials, plan.sweep.timeout
    for name, total in plan.totals.items():
        plan.runs[name].turns.announce(total or 0)
    is_contest = len(plan.runs) > 1
    title = "The contest" if is_contest else f"Study {plan.studies[0].study_name}"
    n_finished = len(list_finished(plan.studies))
    if plan.is_complete:
        more = "" if n_finished == n_trials else f", and sweep.n_trials is {n_trials}"
        logger.info("%s already has %d trials%s.", title, n_finished, more)
    else:
        names = f" of {', '.join(plan.runs)}" if is_contest else ""
        logger.info("%s%s has %d of %d trials.", title, names, n_finished, n_trials)
        if is_contest and plan.totals:
            logger.info(
                "In a database that several machines share, there are no rounds. Each candidate gets an "
                "equal share: %s",
                ", ".join(f"{name} {total}" for name, total in plan.totals.items()),
            )
        follow(chain(plan.run(), plan.run_until_scored()), plan.best, n_trials, timeout)
        if timeout and (over := time() - plan.clock.end) > MUCH * timeout:
            logger.warning(
                "The search took %.1f s more than sweep.timeout, %g s: the first trial is always "
                "finished, and some fits cannot be interrupted. Training the model takes about %.1f s "
                "more. Raise sweep.timeout, or search a faster model.",
                over,
                timeout,
                plan.estimate_refit(),
            )
    for run in plan.runs.values():
        run.turns.freeze()


def _report_failures(runs: Mapping[str, StudyRun]) -> None:
    """Log one warning for each candidate that has failed trials or no score."""
    idle = [name for name, run in runs.items() if not run.count_trials()]
    if idle:
        logger.warning(
            "sweep.n_trials or sweep.timeout left no trial for %s. Raise it, or remove candidates.",
            ", ".join(idle),
        )
    problems = [find_problem(name, run.study) for name, run in runs.items() if name not in idle]
    if all(find_best(run.study) is None for run in runs.values()):
        raise AllTrialsFailedError(f"No candidate has a score. {' '.join(problems)}")
    for problem in filter(None, problems):
        logger.warning(problem)
