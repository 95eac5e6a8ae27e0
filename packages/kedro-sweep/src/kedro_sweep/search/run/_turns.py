"""Who may run which trial of a study: of one machine, or of several that share a database."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, NamedTuple
from uuid import uuid4

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError, InputError
from kedro_sweep.search.settings import SearchSpace
from kedro_sweep.search.storage import StudyDatabase, hold_study, requeue, suspect, take_snapshot
from kedro_sweep.search.study import StudyConfiguration, attributes, describe_nearest, introduce_study

logger = logging.getLogger(__name__)


class Free(NamedTuple):
    n_trials: int  # that may start
    n_missing: int  # that are not finished, including those that run
    alone: bool  # they must run alone: one of them may have killed its process before


@dataclass
class Turns:
    """The trials of a study that only this run searches."""

    study: optuna.Study
    space: SearchSpace
    search: str  # identifies the search, which may include several studies
    total: int | None = None  # of finished trials; None for that of the run which started the study
    finds_rounds: bool = False  # even a trial that was queued with a number of boosting rounds
    alone: bool = False  # this process runs nothing else, so it may take a trial that may kill it

    is_shared: ClassVar[bool] = False

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        return self.space.distributions()

    @property
    def owner(self) -> str:
        """What the owner of a trial of this search begins with."""
        return ""

    def find_total(self) -> int:
        return self.total or 0

    def announce(self, total: int) -> None:
        """Tell workers on other machines how many trials the study should have."""

    def freeze(self) -> None:
        """Keep the finished trials as they are now if other machines may add more."""

    def give_up(self) -> None:
        """Do not wait for a lost storage, because the run ends anyway."""

    def put_back_lost(self) -> None:
        """Put trials of lost processes back in the queue."""

    def count_free(self) -> Free:
        # Read once, because other processes change them between two reads.
        trials, total = self.study.get_trials(deepcopy=False), self.find_total()
        waiting = [trial for trial in trials if trial.state == TrialState.WAITING]
        n_suspects = sum(attributes.SUSPECT in trial.user_attrs for trial in waiting)
        n_free = total - len(trials) + len(waiting)
        n_missing = total - sum(trial.state.is_finished() for trial in trials)
        if self._runs_alone(n_free, n_suspects):
            return Free(n_free, n_missing, alone=True)
        return Free(n_free - n_suspects, n_missing, alone=False)

    def _runs_alone(self, n_free: int, n_suspects: int) -> bool:
        return n_suspects > 0  # a killed run continues with the trials that it left

    def take(self) -> optuna.Trial | None:
        """Start a trial and draw its parameters, unless the study has its total."""
        trials = self.study.get_trials(deepcopy=False)
        if sum(trial.state != TrialState.WAITING for trial in trials) >= self.find_total():
            return None
        return self._draw(self.study.ask())

    def _draw(self, trial: optuna.Trial) -> optuna.Trial:
        """Draw all parameters, then those that exist only for some values of those drawn so far."""
        asked = self.distributions
        while asked:
            for name, distribution in asked.items():
                # The trial finds its number of boosting rounds, unless it was queued with one.
                has_rounds = name in trial._fixed_params and not self.finds_rounds
                if name != self.space.rounds or has_rounds:
                    trial._suggest(name, distribution)
            if not self.space.has_conditions:
                break
            params = trial.params  # Optuna copies it on every access
            more = self.space.distributions(params)
            asked = {name: found for name, found in more.items() if name not in {*params, *asked}}
        return trial

    def show_running(self, trial: optuna.Trial) -> AbstractContextManager[None]:
        """Show other machines that a trial is running."""
        return nullcontext()

    def tell(self, trial: optuna.Trial, value: float | None, state: TrialState) -> FrozenTrial:
        return self.study.tell(trial, value, state=state, skip_if_finished=True)


@dataclass
class SharedTurns(Turns):
    """The trials of a study in a database, which other machines may be searching."""

    storage: StudyDatabase = field(kw_only=True)

    is_shared: ClassVar[bool] = True

    @property
    def owner(self) -> str:
        return self.search

    def find_total(self) -> int:
        return int(self.study.user_attrs.get(attributes.TOTAL, 0)) if self.total is None else self.total

    def announce(self, total: int) -> None:
        """Workers on other machines stop at this total."""
        if self.study.user_attrs.get(attributes.TOTAL) != total:
            self.study.set_user_attr(attributes.TOTAL, total)

    def freeze(self) -> None:
        self.study = take_snapshot(self.study)

    def give_up(self) -> None:
        self.storage.give_up()

    def put_back_lost(self) -> None:
        for number, state in self.storage.put_back_lost(self.study._study_id).items():
            if state == TrialState.WAITING:
                text = "The process of trial %d was lost. The trial will run again, alone."
            else:
                text = "The process of trial %d was lost for the second time. The trial fails."
            logger.warning(text, number)

    def _runs_alone(self, n_free: int, n_suspects: int) -> bool:
        return n_free <= n_suspects  # they run last, because the other cores are idle meanwhile

    def take(self) -> optuna.Trial | None:
        self.put_back_lost()
        # The second part identifies the request: if its answer is lost, it is repeated.
        owner = f"{self.owner}/{uuid4().hex}"
        study, total = self.study, self.find_total()
        trial_id = self.storage.take_trial(study._study_id, owner, total, alone=self.alone)
        if trial_id is None:
            return None
        # Read all trials once, including this one, for the sampler and to find equal parameters.
        study._thread_local.cached_all_trials = None
        study._get_trials(deepcopy=False, use_cache=True)
        trial = self._draw(optuna.Trial(study, trial_id))
        # If this process stalled, another one may have drawn its own parameters for the trial.
        drawn, stored = trial._cached_frozen_trial, self.storage.get_trial(trial_id)
        return trial if _represent(drawn) == _represent(stored) else None

    def show_running(self, trial: optuna.Trial) -> AbstractContextManager[None]:
        return self.storage.show_running(trial._trial_id)

    def tell(self, trial: optuna.Trial, value: float | None, state: TrialState) -> FrozenTrial:
        """Finish a trial, even if it was queued again while the database was out of reach."""
        found = trial._cached_frozen_trial
        values = None if value is None else [value]
        if state == TrialState.PRUNED and found.last_step is not None:
            values = [found.intermediate_values[found.last_step]]
        self.study.sampler.after_trial(self.study, found, state, values)
        self.storage.set_trial_state_values(trial._trial_id, state, values)
        return self.storage.get_trial(trial._trial_id)


def _represent(trial: FrozenTrial) -> dict[str, float]:
    """Represent the parameters as Optuna stores them: 1 equals 1.0, and NaN equals itself."""
    return {
        name: trial.distributions[name].to_internal_repr(value) for name, value in trial.params.items()
    }


def open_turns(
    configuration: StudyConfiguration, storage: BaseStorage, search: str, *, explain: bool, adds: bool
) -> AbstractContextManager[Turns]:
    """Open or create a study whose trials this run may take, or say why the storage does not suit."""
    if isinstance(storage, StudyDatabase):
        return _open_shared(configuration, storage, search, explain=explain, adds=adds)
    if adds:
        raise InputError(
            "A worker adds trials to a study in PostgreSQL, which several machines can search: run "
            "it with --env cluster, or set the URL of a PostgreSQL database in study_storage."
        )
    if configuration.sweep.backend == "dask":
        raise InputError(
            "sweep.backend: dask needs a PostgreSQL database that every Dask worker can reach: run with "
            "--env cluster, or set the URL of a PostgreSQL database in study_storage."
        )
    return _open_alone(configuration, storage, search, explain=explain)


@contextmanager
def _open_alone(
    configuration: StudyConfiguration, storage: BaseStorage, search: str, *, explain: bool
) -> Iterator[Turns]:
    """A storage that allows only one run to search a study at a time."""
    with hold_study(storage, configuration.find_name(storage)):
        study = configuration.open_study(storage)
        introduce_study(study, configuration, storage, explain=explain)
        if is_in_memory(storage):
            requeue(study)  # no killed process left them: it would have taken the storage with it
        else:
            suspect(study)
        try:
            yield Turns(study, configuration.search_space, search)
        finally:
            requeue(study)


@contextmanager
def _open_shared(
    configuration: StudyConfiguration, storage: StudyDatabase, search: str, *, explain: bool, adds: bool
) -> Iterator[Turns]:
    """Other processes may be searching the study."""
    name = configuration.find_name(storage)
    started = (
        other.study_name for other in storage.get_all_studies() if attributes.TOTAL in other.user_attrs
    )
    if adds and name not in started:
        raise InputError(
            f"This worker has no study to add trials to: {name} is not in the database. "
            f"{describe_nearest(configuration, storage)}"
        )
    storage.share_url()
    with storage.hold(name):
        study = configuration.open_study(storage)
        if not adds:
            introduce_study(study, configuration, storage, explain=explain)
        storage.watch_running(study._study_id)
    try:
        yield SharedTurns(study, configuration.search_space, search, storage=storage)
    except KeyError as error:
        if any(other._study_id == study._study_id for other in storage.get_all_studies()):
            raise
        raise InputError(
            f"Study {name} was removed while this run was searching it: run again to start a new one."
        ) from error
    finally:
        # Others requeue them when their heartbeats stop, unless the study was removed.
        with suppress(ConnectionLostError, KeyError):
            requeue(study, search)


def is_in_memory(storage: BaseStorage) -> bool:
    if isinstance(storage, RDBStorage):
        url = storage.engine.url
        return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    return isinstance(storage, InMemoryStorage)
