"""Run one trial after another, here or in processes of this machine."""

import os
import pickle
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf, isnan
from pathlib import Path
from textwrap import shorten
from time import time
from typing import Any, NamedTuple

import joblib
import numpy as np
import optuna
from joblib.externals.loky import cloudpickle_wrapper, get_reusable_executor, process_executor
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep import platforms
from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.orphans import end_with
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.study import StudyConfiguration, attributes, estimate_refits, list_complete
from kedro_sweep.search.trial import (
    FoldPrediction,
    Objective,
    OnScored,
    OutOfTimeError,
    average_scores,
    count_warnings,
    set_rounds,
)

# Fewer seconds saved by reuse are not worth a write to the storage.
LEAST_SAVED = 0.01
# A process keeps models and folds for later trials. With more than 300 MB of them, joblib would take it
# for a leak and start another one, with all its imports.
MOST_BYTES = 2 * 2**30
MOST_LETTERS = 1_000  # of the reason why a trial failed, which may quote the whole table


class Clock(NamedTuple):
    deadline: float = inf  # no trial starts after this time
    end: float = inf  # when the model should be trained; what a trial would add to that stops it
    reserve: float = 0.0  # the part of the time until then that training needs
    needs_score: bool = False  # a trial goes on until its study has a score
    n_parts: float = 0.0  # of the time left until then: a trial may take one of them; 0 for all

    @property
    def is_over(self) -> bool:
        return time() >= self.deadline

    def share(self, n_parts: float) -> "Clock":
        """Split the time until the deadline into equal parts, and return the first."""
        now = time()
        return self._replace(deadline=now + max(0.0, self.deadline - now) / n_parts)


NO_LIMIT = Clock()


@dataclass
class Worker:
    """Everything that a process needs to run trials of a study."""

    configuration: StudyConfiguration
    objective: Objective
    turns: Turns
    # Called in this process before the value of a trial is stored. Not called for pruned or failed
    # trials, nor for parameters that were scored before.
    on_scored: OnScored | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.turns.search, self.configuration.study_name

    @property
    def limits(self) -> tuple[int | None, bool]:
        """What may change between two trials: the total, and whether a trial runs alone."""
        return self.turns.total, self.turns.alone

    def run_trial(self, clock: Clock) -> FrozenTrial | None:
        with suppress(UpdateFinishedTrialError):
            clock = self.leave_time(clock)
            # All rounds of the untuned model may take too long, unless this is the first score.
            self.turns.finds_rounds = clock.end < inf and not clock.needs_score
            trial = None if clock.is_over else self.turns.take()
            return None if trial is None else self._run(trial, clock)
        return None

    def prepare(self, clock: Clock) -> None:
        """Transform the rows of a trial that another process runs."""
        self.objective.prepare(self.leave_time(clock).end)

    def leave_time(self, clock: Clock) -> Clock:
        """Leave the time to train the best trial on all rows, or the next one if it is better."""
        if clock.end == inf:
            return clock
        n_fits, reserve = self.configuration.n_fits, max(clock.reserve, self.estimate_refit())
        stop = clock.share(clock.n_parts).deadline if clock.n_parts else inf
        end = min(stop, clock.end - reserve, (n_fits * clock.end + time()) / (n_fits + 1))
        complete = list_complete(self.turns.study)
        seconds = [trial.duration.total_seconds() for trial in complete if trial.duration]
        typical = float(np.median(seconds)) if seconds else 0.0
        return clock._replace(deadline=min(clock.deadline, end - typical), end=end)

    def estimate_refit(self) -> float:
        """Estimate how long it takes to train the best trial on all rows."""
        if not list_complete(self.turns.study):
            return 0.0
        study, n_fits = self.turns.study, self.configuration.n_fits
        return float(estimate_refits(study, [study.best_trial], n_fits)[0])

    def _run(self, trial: optuna.Trial, clock: Clock) -> FrozenTrial:
        value, state = None, TrialState.COMPLETE
        counts: Counter[str] = Counter()
        try:
            with count_warnings() as counts, self.turns.show_running(trial):
                value = self._score(trial, clock)
        except (optuna.TrialPruned, OutOfTimeError):
            state = TrialState.PRUNED
        except ConnectionLostError:
            raise
        except Exception as error:
            state = TrialState.FAIL
            reason = f"{type(error).__name__}: {error}"
            trial.set_user_attr(attributes.ERROR, shorten(reason, MOST_LETTERS, placeholder=" …"))
        if counts:
            trial.set_user_attr(attributes.WARNINGS, counts)
        return self.turns.tell(trial, value, state)

    def _score(self, trial: optuna.Trial, clock: Clock) -> float:
        """Score the trial, unless an earlier one already scored the same parameters."""
        params = trial.params  # Optuna copies it on every access
        states = (TrialState.COMPLETE,)
        rounds = self.configuration.search_space.rounds
        rounds = None if rounds in params else rounds  # those that a trial is to find
        for other in trial.study._get_trials(deepcopy=False, states=states, use_cache=True):
            has_looked = rounds and attributes.ROUNDS in other.user_attrs
            chosen = {rounds: other.params[rounds]} if rounds and has_looked else {}
            # What has looked at enough numbers of boosting rounds would choose the same again.
            if (
                other.params == params | chosen
                and other.value is not None
                and all(self._is_enough(other, *found) for found in chosen.items())
            ):
                for name, number in chosen.items():
                    set_rounds(trial, self.configuration, name, number)
                for name in (attributes.SCORES, attributes.FOLDS):
                    if name in other.user_attrs:
                        trial.set_user_attr(name, other.user_attrs[name])
                return other.value
        predictions: list[FoldPrediction] = []
        others: list[dict[str, float]] = []
        keep = predictions.append if self.on_scored else None
        is_limited = clock.end < inf
        before, start = self.objective.memory.saved if is_limited else 0.0, time()

        def must_go_on() -> bool:  # without any score there would be no model
            return clock.needs_score and not (trial.number and list_complete(trial.study))

        value = self.objective(trial, keep, others.append, clock.end, must_go_on)
        if is_limited:
            saved = self.objective.memory.saved - before - _find_excess(trial) * (time() - start)
        if is_limited and abs(saved) > LEAST_SAVED:
            trial.storage.set_trial_system_attr(trial._trial_id, attributes.SAVED, saved)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        if others:
            trial.set_user_attr(attributes.SCORES, average_scores(others))
            if self.configuration.keeps_folds:
                of_others = {name: [scores[name] for scores in others] for name in others[0]}
                trial.set_user_attr(attributes.FOLDS, trial.user_attrs[attributes.FOLDS] | of_others)
        # A fold's model may have failed to make predictions that its score did not need.
        if self.on_scored is not None and len(predictions) == len(self.configuration.folds):
            try:
                self.on_scored(trial, predictions)
            except Exception as error:  # for example, a full disk; the score still counts
                trial.set_user_attr(attributes.NOT_KEPT, f"{type(error).__name__}: {error}")
        return value

    def _is_enough(self, trial: FrozenTrial, rounds: str, chosen: int) -> bool:
        """Whether more boosting rounds were worse, or are outside the search space."""
        ends = dict(self.configuration.search_space.extremes())
        return bool(_find_most_rounds(trial) > chosen or chosen >= ends[rounds])


def _find_excess(trial: optuna.Trial) -> float:
    """Find the share of the time that went into more boosting rounds than the trial takes in the end."""
    looked_at = trial.user_attrs.get(attributes.ROUNDS, {}).get("params", [])
    chosen = [trial.params[name] for rounds in looked_at[:1] for name in rounds]
    return max(0.0, 1 - chosen[0] / _find_most_rounds(trial)) if chosen else 0.0


def _find_most_rounds(trial: FrozenTrial | optuna.Trial) -> int:
    """Find the highest of the other numbers of boosting rounds that a trial looked at."""
    looked_at = trial.user_attrs.get(attributes.ROUNDS, {}).get("params", [])
    return max((number for rounds in looked_at for number in rounds.values()), default=0)


def run_in_processes(
    worker: Worker, n_trials: int, n_jobs: int, clock: Clock
) -> Iterator[FrozenTrial | None]:
    call = _make_call("", worker)
    is_over = False

    def list_calls() -> Iterator[Any]:
        for _ in range(n_trials):
            if is_over or clock.is_over:
                return
            yield call(Worker.run_trial, clock)

    parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1)
    for _, trial in parallel(list_calls()):
        is_over = is_over or trial is None  # the time is up, or the study is complete
        yield trial


def run_one_of_each(
    workers: Mapping[str, Worker], n_jobs: int, start_clock: Callable[[str], Clock]
) -> Iterator[tuple[str, FrozenTrial | None]]:
    """Run a trial of each worker in processes, which together transform the rows of the first one."""

    def list_calls() -> Iterator[Any]:
        for number, (name, worker) in enumerate(workers.items()):
            call, clock = _make_call(name, worker), start_clock(name)
            yield call(Worker.run_trial, clock)
            n_helpers = 0 if number else min(n_jobs, len(worker.configuration.folds)) - 1
            for _ in range(n_helpers):
                yield call(Worker.prepare, clock)

    options: dict[str, Any] = {"return_as": "generator_unordered", "batch_size": 1}
    yield from joblib.Parallel(n_jobs, pre_dispatch=n_jobs, **options)(list_calls())


def _make_call(name: str, worker: Worker) -> Callable[..., Any]:
    """Prepare to run trials of a worker in processes, which return its name with each."""
    arguments = name, worker.key, _hand_over(worker), worker.limits, os.getpid()
    return partial(joblib.delayed(_run_named), *arguments)


def _hand_over(worker: Worker) -> Path | bytes:
    """Write a worker to a file that each process reads once, or else send it with every trial.

    As an array, joblib would write it, and wait up to a second after each turn to remove its file.
    """
    folder = worker.objective.memory.folder
    if folder is None:  # a search in this process, with a trial that may kill its own
        return _dump(worker)
    file: Path = folder / joblib.hash(worker.key)
    if file.exists():  # what changes from turn to turn is sent with each trial
        return file
    payload = _dump(worker)
    try:
        with platforms.replacing(file) as part:
            part.write_bytes(payload)
    except OSError:  # no space
        return payload
    return file


def _dump(worker: Worker) -> bytes:
    """Copy by value: what a notebook defines cannot be imported in another process."""
    payload: bytes = cloudpickle_wrapper.dumps(worker)
    return payload


def _run_named(
    name: str,
    key: tuple[str, str],
    payload: Path | bytes,
    limits: tuple[int | None, bool],
    parent: int,
    run: Callable[[Worker, Clock], FrozenTrial | None],
    clock: Clock,
) -> tuple[str, FrozenTrial | None]:
    end_with(parent)
    return name, run_here(run, key, payload, limits, clock)


_sources: dict[str, str] = {}  # of all searches of this process


def renew_processes(sources: dict[str, str]) -> None:
    """End the processes of earlier searches if the user's own code has changed since.

    Args:
        sources: A digest of each of the user's modules that the scores depend on.
    """
    if any(_sources.get(name, digest) != digest for name, digest in sources.items()):
        get_reusable_executor().shutdown()  # only new ones import an edited module
    _sources.update(sources)


def start_processes(n_jobs: int) -> None:
    """Start the processes of `run_in_processes`, and wait until they have imported everything."""
    joblib.Parallel(n_jobs)(joblib.delayed(forget_workers)() for _ in range(n_jobs))


# The workers of this process by search and study. They keep what trials fitted for later trials.
_workers: dict[tuple[str, str], Worker] = {}


def run_here(
    run: Callable[[Worker, Clock], FrozenTrial | None],
    key: tuple[str, str],
    payload: Path | bytes,
    limits: tuple[int | None, bool],
    clock: Clock,
    check: Callable[[Worker], None] = lambda worker: None,
) -> FrozenTrial | None:
    """Run a trial, or prepare one, in a process that may have run others of the same search."""
    if key not in _workers:
        if any(search != key[0] for search, _ in _workers):
            _workers.clear()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        process_executor._MAX_MEMORY_LEAK_SIZE = MOST_BYTES
        # Ctrl-C reaches every process of the terminal. Only the process that started the workers should
        # act on it.
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        content = payload.read_bytes() if isinstance(payload, Path) else payload
        worker: Worker = pickle.loads(content)
        worker.turns.study.sampler.reseed_rng()  # with its own random draws
        check(worker)
        for other in _workers.values():  # all workers share what was kept for the first one
            worker.objective.memory = other.objective.memory
        _workers[key] = worker
    turns = _workers[key].turns
    turns.total, turns.alone = limits
    # The processes already share the cores, so an estimator must not use all of them again.
    with joblib.parallel_config("sequential"):
        return run(_workers[key], clock)


def forget_workers() -> None:
    _workers.clear()
