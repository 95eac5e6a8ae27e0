"""A study open for trials: run them up to a total or a time limit, even if processes are killed."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from time import sleep, time
from typing import Any

import joblib
import optuna
from joblib.externals.loky.process_executor import TerminatedWorkerError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial
from threadpoolctl import threadpool_limits

from kedro_sweep.errors import ConnectionLostError, InputError, find_install_command
from kedro_sweep.search.reuse import Memory
from kedro_sweep.search.run._processes import run_in_processes, run_one_of_each, start_processes
from kedro_sweep.search.run._turns import Free, is_in_memory, open_turns
from kedro_sweep.search.run._worker import NO_LIMIT, Clock, Worker
from kedro_sweep.search.settings import check_search_space
from kedro_sweep.search.storage import convict, list_running, suspect
from kedro_sweep.search.study import StudyConfiguration, list_complete, list_finished
from kedro_sweep.search.trial import Objective, OnScored, can_stop

logger = logging.getLogger(__name__)

# Seconds between two checks of the trials that other processes run.
PAUSE = 1.0


@dataclass(kw_only=True)
class StudyRun(Worker):
    """A study open for trials, which this worker runs, or its copies in other processes."""

    storage: BaseStorage
    n_processes: int  # 1 for only this one

    @property
    def study(self) -> optuna.Study:
        return self.turns.study

    def count_trials(self) -> int:
        return len(list_finished([self.study]))

    @property
    def has_score(self) -> bool:
        return bool(list_complete(self.study))

    def start_clock(self) -> Clock:
        """Wait for worker processes if there is a time limit: starting them is no search."""
        sweep = self.configuration.sweep
        if sweep.timeout is None:
            return NO_LIMIT
        if self.n_processes > 1 and sweep.backend == "local":
            start_processes(self.n_processes)
        if sweep.backend == "dask" or not can_stop(in_processes=self.n_processes > 1):
            logger.info("No fit is stopped in the middle here: sweep.timeout holds after each fold.")
        reserve, end = sweep.refit_seconds, time() + sweep.timeout
        return Clock(end - reserve, end, reserve)

    def run_trials(
        self, total: int | None, clock: Clock = NO_LIMIT, *, waits: bool = True
    ) -> Iterator[FrozenTrial]:
        """Run trials until the study has enough, or until no trial is left to take."""
        self.turns.total, has_said_so = total, False
        if self.turns.count_free().n_missing <= 0:
            return
        self._prepare_draws()
        stop = clock.stop
        try:
            while time() < stop and not self.leave_time(clock).is_over:
                self.turns.put_back_lost()
                free = self.turns.count_free()
                if free.n_trials > 0:
                    yield from self._run_free(free, clock)
                elif free.n_missing <= 0 or not (waits and self.turns.is_shared):
                    return
                else:
                    if not has_said_so:
                        text = "Waiting for trials that other processes are running: %d."
                        logger.info(text, free.n_missing)
                    has_said_so = True
                    sleep(PAUSE)
        except (ConnectionLostError, KeyboardInterrupt):
            self.turns.give_up()
            raise

    def _prepare_draws(self) -> None:
        """Seed the sampler, so that it repeats no draw of earlier trials or of other machines."""
        if self.n_processes > 1 and is_in_memory(self.storage):
            raise InputError(
                f"sweep.n_jobs: {self.configuration.sweep.n_jobs} needs a storage that processes can "
                "share, such as a journal file or a database: this one is in memory."
            )
        # Queued trials already have their parameters, so they count as drawn.
        n_drawn = len(self.study.get_trials(deepcopy=False))
        self.turns.study = self.configuration.open_study(self.storage, n_drawn)
        if self.turns.is_shared:
            self.study.sampler.reseed_rng()

    def _run_free(self, free: Free, clock: Clock) -> Iterator[FrozenTrial]:
        turns = self.turns
        on_dask = self.configuration.sweep.backend == "dask"
        turns.alone = free.alone or on_dask  # each Dask worker is a separate process
        try:
            if on_dask:
                trials = import_dask().run_on_dask(self, free.n_trials, clock)
            elif free.alone:
                # Alone in a process, a trial that kills it takes no other down with it.
                trials = run_in_processes(self, n_trials=1, n_jobs=2, clock=clock)
            elif self.n_processes == 1:
                trials = iter(lambda: self.run_trial(clock), None)
            else:
                trials = run_in_processes(self, free.n_trials, self.n_processes, clock)
            # If no trial started, the time is up or the study is complete.
            yield from (trial for trial in trials if trial is not None)
        except TerminatedWorkerError:
            if not list_running(self.study, turns.owner):
                raise  # no trial was running, so none is to blame
            if free.alone:
                yield from convict(self.study, turns.owner)
            else:
                _suspect(self)


def run_first_trials(
    runs: Mapping[str, StudyRun], start_clock: Callable[[str], Clock]
) -> Iterator[tuple[str, FrozenTrial]]:
    """Run a trial of each study in processes of this machine, if it uses several."""
    ready: dict[str, StudyRun] = {}
    for name, run in runs.items():
        run.turns.total = 1
        is_local = run.configuration.sweep.backend == "local"
        if is_local and run.n_processes > 1 and not run.turns.count_free().alone:
            run._prepare_draws()
            ready[name] = run
    n_processes = max((run.n_processes for run in ready.values()), default=1)
    try:
        for name, trial in run_one_of_each(ready, n_processes, start_clock):
            if trial is not None:
                yield name, trial
    except TerminatedWorkerError:
        # If none was running, a process was killed that transformed rows.
        _suspect(*(run for run in ready.values() if list_running(run.study, run.turns.owner)))


def _suspect(*runs: StudyRun) -> None:
    effect = "Each trial that was running will run again, alone." if runs else "No trial was running."
    logger.warning("A worker process was killed. %s", effect)
    for run in runs:
        suspect(run.study, run.turns.owner)


def open_run(
    stack: ExitStack,
    configuration: StudyConfiguration,
    storage: BaseStorage,
    on_scored: OnScored | None,
    search: str,
    *,
    memory: Memory | None = None,
    explain: bool = True,
    adds: bool = False,
    in_processes: bool = False,
) -> StudyRun:
    """Open or create the study of a configuration, and keep other processes from searching it."""
    sweep, model = configuration.sweep, configuration.model
    group = sweep.find_group(model)
    check_search_space(model, configuration.search_space, configuration.estimator, group)
    objective = Objective(configuration, memory)
    n_jobs: int = joblib.effective_n_jobs(sweep.n_jobs)
    # Some models would use all cores of the machine for themselves.
    stack.enter_context(threadpool_limits(n_jobs, user_api="openmp"))
    stack.enter_context(objective.memory.forests.use_threads(n_jobs))
    opened = open_turns(configuration, storage, search, explain=explain, adds=adds)
    if sweep.backend == "dask":
        n_processes = stack.enter_context(import_dask().connect(str(sweep.scheduler)))
    else:
        # Within another parallel loop, joblib would run trials in threads, which cannot share a worker.
        backend, _ = joblib.parallel.get_active_backend()
        uses_threads = getattr(backend, "uses_threads", False)
        runs_several = in_processes or not objective.shares_trees
        n_processes = n_jobs if runs_several and not uses_threads else 1
    turns = stack.enter_context(opened)
    return StudyRun(configuration, objective, turns, on_scored, storage=storage, n_processes=n_processes)


def import_dask() -> Any:
    try:
        return import_module("kedro_sweep.search.run._dask_cluster")
    except ImportError as error:
        command = find_install_command("cluster")
        raise InputError(f"sweep.backend: dask needs Dask: run `{command}`.") from error
