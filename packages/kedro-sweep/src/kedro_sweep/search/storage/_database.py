"""Studies in a database, which many machines can share if it is PostgreSQL."""

import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial, wraps
from threading import Event, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from joblib.externals.loky import get_reusable_executor
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, RDBStorage

# Optuna imports these on first use, because most studies are in a journal.
from optuna.storages._rdb.storage import models, sqlalchemy
from optuna.storages._rdb.storage import sqlalchemy_dialects_postgresql as postgresql
from optuna.storages._rdb.storage import sqlalchemy_orm as orm
from optuna.study import StudyDirection
from optuna.trial import TrialState

from kedro_sweep.errors import ConnectionLostError, InputError
from kedro_sweep.search.storage import _connection
from kedro_sweep.search.storage._lost_trials import LOST
from kedro_sweep.search.study import attributes

logger = logging.getLogger(__name__)

URL_VARIABLE = "STUDY_DATABASE_URL"
PATIENCE = 60.0
# The grace period is longer, so an outage that ends in time makes no trial count as lost.
TIMES = {"heartbeat_interval": 10, "grace_period": 90}
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0

# What Optuna calls during a search. Each call is one transaction, which can be repeated.
REPEATABLE = BaseStorage.__abstractmethods__ - {"delete_study"} | {
    "_create_new_trial",
    "_get_trials",
    "_get_stale_trial_ids",
    "_set_trial_param",
    "get_trial_id_from_study_id_trial_number",
}

P = ParamSpec("P")
R = TypeVar("R")


def _repeat(
    method: Callable[Concatenate["StudyDatabase", P], R],
) -> Callable[Concatenate["StudyDatabase", P], R]:
    """Repeat a transaction if its connection is lost, with increasing pauses."""

    @wraps(method)
    def repeat(self: "StudyDatabase", /, *args: P.args, **kwargs: P.kwargs) -> R:
        pause = FIRST_PAUSE
        while True:
            try:
                result = method(self, *args, **kwargs)
            except Exception as error:
                if not _connection.is_connection_lost(error):
                    raise
                now = time.monotonic()
                if self._lost_since is None:
                    self._lost_since = now
                    logger.warning(
                        "The database of the studies cannot be reached. Trying again for %g s.",
                        self.patience,
                    )
                if now - self._lost_since > self.patience:
                    raise ConnectionLostError(
                        f"The database of the studies could not be reached for {self.patience:g} s "
                        f"({_connection.find_reason(error)}). All finished trials are kept: when the "
                        "database is back, run again to continue."
                    ) from error
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._lost_since = None
                return result

    return repeat


class StudyDatabase(RDBStorage):
    """Studies in PostgreSQL, which any number of processes on any number of machines can search.

    It assigns trials one by one, so a study gets exactly its total, and waits for a lost connection.
    """

    _lost_since: float | None = None

    def __init__(
        self,
        url: str,
        engine_kwargs: dict[str, Any] | None = None,
        *,
        patience: float = PATIENCE,
        is_copy: bool = False,
        **times: Any,
    ) -> None:
        times = TIMES | times
        self._arguments = {"engine_kwargs": engine_kwargs, "patience": patience, **times}
        self.patience = patience
        logging.getLogger(RDBStorage.__module__).addFilter(_is_no_retry)
        self._connect(_connection.name_driver(url), engine_kwargs or {}, times, is_copy=is_copy)

    @_repeat
    def _connect(
        self, url: str, engine_kwargs: dict[str, Any], times: dict[str, Any], *, is_copy: bool
    ) -> None:
        connect_args = _connection.make_connect_args(url) | engine_kwargs.get("connect_args", {})
        with warnings.catch_warnings(), nullcontext() if is_copy else _connection.hold_tables(url):
            warnings.simplefilter("ignore", ExperimentalWarning)  # heartbeats are experimental
            super().__init__(
                # Optuna treats braces as placeholders, and a password may contain them.
                url.replace("{", "{{").replace("}", "}}"),
                {**engine_kwargs, "connect_args": connect_args},
                skip_compatibility_check=is_copy,
                skip_table_creation=is_copy,
                **times,
            )

    def __getstate__(self) -> dict[Any, Any]:
        """Leave out the URL, which may contain a password."""
        return self._arguments

    def __setstate__(self, state: dict[Any, Any]) -> None:
        if URL_VARIABLE not in os.environ:
            raise InputError(
                f"{URL_VARIABLE} is not set in the environment of a worker process: set it to the URL "
                "of the database of the studies."
            )
        self.__init__(os.environ[URL_VARIABLE], **state, is_copy=True)  # type: ignore[misc]

    def _get_best_trial_id(self, study_id: int, direction: StudyDirection) -> int:
        """Find the first of equally good trials; Optuna lets the database choose one."""
        return BaseStorage.get_best_trial(self, study_id)._trial_id

    @_repeat
    def take_trial(self, study_id: int, owner: str, total: int, *, alone: bool = True) -> int | None:
        """Take a queued trial, or create one, unless the study has its total."""
        trials, marks = models.TrialModel, models.TrialSystemAttributeModel
        with self._change(study_id) as session:
            of_owner = (
                sqlalchemy.select(trials.trial_id)
                .join(marks, marks.trial_id == trials.trial_id)
                .where(trials.study_id == study_id, trials.state == TrialState.RUNNING)
                .where(marks.key == attributes.OWNER, marks.value_json == json.dumps(owner))
            )
            taken: int | None = session.scalar(of_owner)
            if taken is not None:  # the connection was lost after the commit
                return taken
            counts = sqlalchemy.select(trials.state, sqlalchemy.func.count())
            counts = counts.where(trials.study_id == study_id).group_by(trials.state)
            numbers = {row[0]: row[1] for row in session.execute(counts)}
            n_waiting = numbers.pop(TrialState.WAITING, 0)
            n_started = sum(numbers.values())
            if n_started >= total:
                return None
            trial = self._find_waiting(session, study_id, alone=alone)
            if trial is not None:
                trial.state = TrialState.RUNNING
                trial.datetime_start = datetime.now()
            elif n_started + n_waiting < total:
                trial = self._get_prepared_new_trial(study_id, None, session)
            else:
                return None
            trial_id = int(trial.trial_id)
            self._set_trial_attr_without_commit(session, marks, trial_id, attributes.OWNER, owner)
            now = {"heartbeat": sqlalchemy.func.current_timestamp()}
            beat = postgresql.insert(models.TrialHeartbeatModel).values(trial_id=trial_id, **now)
            session.execute(beat.on_conflict_do_update(index_elements=["trial_id"], set_=now))
        return trial_id

    @staticmethod
    def _find_waiting(session: "orm.Session", study_id: int, *, alone: bool) -> Any:
        trials, marks = models.TrialModel, models.TrialUserAttributeModel
        waiting = sqlalchemy.select(trials).where(
            trials.study_id == study_id, trials.state == TrialState.WAITING
        )
        if not alone:
            is_mark = (marks.trial_id == trials.trial_id) & (marks.key == attributes.SUSPECT)
            waiting = waiting.where(~sqlalchemy.exists().where(is_mark))
        first = waiting.order_by(trials.trial_id).limit(1).with_for_update()
        return session.scalars(first).one_or_none()

    @_repeat
    def put_back_lost(self, study_id: int) -> dict[int, TrialState]:
        """Queue trials without a heartbeat or lock; one that is lost for the second time fails."""
        if not self._get_stale_trial_ids(study_id):
            return {}
        states: dict[int, TrialState] = {}
        trial: Any
        with self._change(study_id) as session:
            # Another process may have put them back first.
            for trial_id in self._get_stale_trial_ids(study_id):
                trial = models.TrialModel.find_or_raise_by_id(trial_id, session, for_update=True)
                if trial.state != TrialState.RUNNING or not _connection.try_lock(
                    session, _name_lock(trial_id)
                ):
                    continue
                table = models.TrialUserAttributeModel
                marks = table.where_trial_id(trial_id, session)
                was_lost = any(mark.key == attributes.SUSPECT for mark in marks)
                key, value = (attributes.ERROR, LOST) if was_lost else (attributes.SUSPECT, True)
                self._set_trial_attr_without_commit(session, table, trial_id, key, value)
                trial.state = TrialState.FAIL if was_lost else TrialState.WAITING
                if was_lost:
                    trial.datetime_complete = datetime.now()
                states[trial.number] = trial.state
        return states

    @_repeat
    def watch_running(self, study_id: int) -> None:
        """Record a first heartbeat for running trials without one, such as trials of Optuna alone."""
        trials, heartbeats = models.TrialModel, models.TrialHeartbeatModel
        running = sqlalchemy.select(trials.trial_id, sqlalchemy.func.current_timestamp()).where(
            trials.study_id == study_id, trials.state == TrialState.RUNNING
        )
        beats = postgresql.insert(heartbeats).from_select(["trial_id", "heartbeat"], running)
        with self._change(study_id) as session:
            session.execute(beats.on_conflict_do_nothing())

    def give_up(self) -> None:
        self._lost_since = float("-inf")

    def share_url(self) -> None:
        """Store the URL in the environment, where the worker processes of this machine find it."""
        url = self.engine.url.render_as_string(hide_password=False)
        if os.environ.get(URL_VARIABLE) != url:
            os.environ[URL_VARIABLE] = url
            get_reusable_executor().shutdown()  # those that are running know another URL, or none

    @contextmanager
    def _change(self, study_id: int) -> Iterator["orm.Session"]:
        """Begin a transaction, and keep all others of the same study waiting until it ends."""
        with orm.Session(self.engine) as session, session.begin():
            models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            yield session

    def show_running(self, trial_id: int) -> AbstractContextManager[None]:
        """Send heartbeats, and hold a lock: a fit in C may let no thread run for minutes."""
        beat = partial(RDBStorage.record_heartbeat, self, trial_id)
        return self.hold(_name_lock(trial_id), beat, waits=False)

    @contextmanager
    def hold(
        self, name: str, beat: Callable[[], object] = lambda: None, *, waits: bool = True
    ) -> Iterator[None]:
        """Keep other processes that hold the same name waiting. A lost connection releases it."""
        connection, over = self._lock(name, waits), Event()

        def repeat() -> None:
            while not over.wait(self.heartbeat_interval):
                with suppress(Exception):  # the next time, it may succeed
                    beat()
                    # The server ends a transaction that is idle for long.
                    connection.exec_driver_sql("SELECT 1")

        thread = Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            # Closing ends the transaction, which releases the lock, as a lost connection did.
            with suppress(sqlalchemy.exc.SQLAlchemyError):
                connection.close()

    @_repeat
    def _lock(self, name: str, waits: bool) -> "sqlalchemy.Connection":
        connection = self.engine.connect()
        try:
            _connection.lock(connection, name, waits=waits)
        except BaseException:
            connection.close()
            raise
        return connection


for _name in REPEATABLE:
    setattr(StudyDatabase, _name, _repeat(getattr(RDBStorage, _name)))


def _name_lock(trial_id: int) -> str:
    return f"trial {trial_id}"


def _is_no_retry(record: logging.LogRecord) -> bool:
    """Drop the pages of SQL that Optuna logs when it repeats a read."""
    return "Falling back to a slower alternative" not in record.getMessage()


def open_database(url: str, engine_kwargs: dict[str, Any] | None = None, **options: Any) -> RDBStorage:
    """Open a database, and create the tables if they do not exist.

    Args:
        url: An SQLAlchemy database URL. Any number of machines can share PostgreSQL, `postgresql://…`;
            any other database is for one run at a time.
        engine_kwargs: Arguments of SQLAlchemy's `create_engine`.
        **options: Options of `StudyDatabase`.

    Returns:
        The storage.

    Raises:
        InputError: If the database cannot be opened. The message does not show the password.
    """
    if "password" in (engine_kwargs or {}).get("connect_args", {}):
        raise InputError(
            "engine_kwargs.connect_args contains a password, which would be sent to worker processes. "
            "Put it into the URL, which is not sent."
        )
    try:
        if not _connection.is_postgres(url):
            return RDBStorage(url, engine_kwargs=engine_kwargs or {})
        _connection.check_url(url)
        # A wrong URL, or a server that is down, is an error at once.
        with _connection.hold_tables(_connection.name_driver(url)):
            pass
        return StudyDatabase(url, engine_kwargs, **options)
    # Optuna raises a RuntimeError if another version made the tables.
    except (ImportError, RuntimeError, sqlalchemy.exc.SQLAlchemyError) as error:
        raise InputError(
            f"The database of the studies cannot be opened. {_connection.find_reason(error)}\nStart it, "
            "install its driver (the extra `cluster` contains that of PostgreSQL), or correct its URL."
        ) from error
