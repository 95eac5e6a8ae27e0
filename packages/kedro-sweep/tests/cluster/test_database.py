"""The database of a fleet assigns each trial once, survives lost connections and hides its URL."""

import logging
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import optuna
import pytest
from kedro.io import DataCatalog
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kedro_sweep.datasets.optuna_storage_dataset import OptunaStorageDataset
from kedro_sweep.errors import ConnectionLostError, InputError
from kedro_sweep.search import open_database
from kedro_sweep.search.storage import _connection as connection
from kedro_sweep.search.storage._connection import is_connection_lost
from kedro_sweep.search.storage._database import URL_VARIABLE, StudyDatabase
from kedro_sweep.search.study.attributes import OWNER, SUSPECT


@pytest.fixture
def storage(database_url: str) -> StudyDatabase:
    storage = open_database(database_url, heartbeat_interval=1, grace_period=1, patience=1)
    assert isinstance(storage, StudyDatabase)
    return storage


@pytest.fixture
def study(storage: StudyDatabase) -> optuna.Study:
    return optuna.create_study(storage=storage, direction="maximize")


def test_exactly_the_total_is_assigned_however_many_ask(
    storage: StudyDatabase, study: optuna.Study
) -> None:
    study.enqueue_trial({"x": 1})
    with ThreadPoolExecutor(8) as pool:
        taken = [*pool.map(lambda n: storage.take_trial(study._study_id, str(n), 20), range(40))]
    assert len({trial for trial in taken if trial is not None}) == 20
    assert taken.count(None) == 20
    trials = study.trials
    assert [trial.number for trial in trials] == [*range(20)]
    assert all(trial.state == TrialState.RUNNING and OWNER in trial.system_attrs for trial in trials)
    assert trials[0].system_attrs["fixed_params"] == {"x": 1}


def test_a_repeated_request_takes_no_second_trial(storage: StudyDatabase, study: optuna.Study) -> None:
    # This happens if the connection is lost after the commit.
    first = storage.take_trial(study._study_id, "one", 5)
    assert storage.take_trial(study._study_id, "one", 5) == first
    assert storage.take_trial(study._study_id, "other", 5) != first


def test_a_suspect_is_taken_only_to_run_alone(storage: StudyDatabase, study: optuna.Study) -> None:
    study.enqueue_trial({}, user_attrs={SUSPECT: True})
    assert storage.take_trial(study._study_id, "beside others", 1, alone=False) is None
    assert storage.take_trial(study._study_id, "alone", 1) is not None


def test_a_trial_that_sends_heartbeats_is_not_lost(storage: StudyDatabase, study: optuna.Study) -> None:
    trial_id = storage.take_trial(study._study_id, "one", 1)
    assert trial_id is not None
    for _ in range(4):
        time.sleep(0.5)
        storage.record_heartbeat(trial_id)
        assert storage.put_back_lost(study._study_id) == {}


def test_a_trial_that_never_sent_a_heartbeat_is_lost_in_the_end(
    storage: StudyDatabase, study: optuna.Study
) -> None:
    study.ask({"x": FloatDistribution(0, 1)})  # as Optuna alone starts trials
    time.sleep(1.5)
    assert storage.put_back_lost(study._study_id) == {}
    storage.watch_running(study._study_id)
    time.sleep(1.5)
    assert storage.put_back_lost(study._study_id) == {0: TrialState.WAITING}


def test_of_equally_good_trials_the_first_is_the_best(
    storage: StudyDatabase, study: optuna.Study
) -> None:
    for value in (0.1, 0.5, 0.5, 0.2, 0.5):
        study.add_trial(optuna.create_trial(value=value))
    # PostgreSQL moves a changed row to the end of the table.
    assert study.best_trial.number == 1
    other = optuna.create_study(storage=storage, direction="minimize")
    with pytest.raises(ValueError, match="No trials are completed yet"):
        _ = other.best_trial
    for value in (0.5, 0.1, 0.1):
        other.add_trial(optuna.create_trial(value=value))
    assert other.best_trial.number == 1


def test_a_lost_connection_is_tried_again_until_the_time_is_up(network: Any, database_url: str) -> None:
    storage = open_database(network.through(database_url), patience=1)
    study = optuna.create_study(storage=storage)
    network.cut()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(study.set_user_attr, "kept", value=True)
        time.sleep(0.5)
        network.restore()
        answer.result(10)
    assert study.user_attrs["kept"] is True
    network.cut()
    reason = r"could not be reached for 1 s \(.*(closed|refused).*\)\. All finished trials are kept"
    with pytest.raises(ConnectionLostError, match=reason):
        study.set_user_attr("kept", value=False)
    start = time.monotonic()
    with pytest.raises(ConnectionLostError):  # at once: the end of a run must not wait again
        study.set_user_attr("kept", value=False)
    assert time.monotonic() - start < 1
    network.restore()
    assert study.user_attrs["kept"] is True


def test_a_run_that_ends_anyway_does_not_wait_for_a_lost_connection(
    network: Any, database_url: str
) -> None:
    storage = open_database(network.through(database_url))
    assert isinstance(storage, StudyDatabase)
    study = optuna.create_study(storage=storage)
    network.cut()
    storage.give_up()
    start = time.monotonic()
    with pytest.raises(ConnectionLostError):
        study.set_user_attr("kept", value=False)
    assert time.monotonic() - start < 5
    network.restore()
    study.set_user_attr("kept", value=True)


def test_a_machine_that_loses_the_network_within_a_transaction_stops_no_other(
    network: Any, database_url: str, study: optuna.Study, storage: StudyDatabase
) -> None:
    lost = open_database(network.through(database_url))
    assert isinstance(lost, StudyDatabase)

    def lose_the_network(session: Session) -> None:
        session.execute(text("SET idle_in_transaction_session_timeout = '1s'"))
        network.stall()
        # The others wait for this transaction, until the server ends it.
        assert storage.take_trial(study._study_id, "another", 1) is not None
        network.restore()
        session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as caught, lost._change(study._study_id) as session:
        lose_the_network(session)
    assert is_connection_lost(caught.value)


def test_a_hold_that_is_lost_ends_without_an_error(network: Any, database_url: str) -> None:
    storage = open_database(network.through(database_url))
    assert isinstance(storage, StudyDatabase)
    with storage.hold("mine"):
        network.cut()
    network.restore()
    with storage.hold("mine"):
        pass


def test_a_hold_outlives_the_time_that_a_transaction_may_be_idle(
    storage: StudyDatabase, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_IDLE", "3s")
    other = open_database(database_url)
    assert isinstance(other, StudyDatabase)
    held: list[str] = []

    def wait() -> None:
        with other.hold("mine"):
            held.append("other")

    with ThreadPoolExecutor(1) as pool:
        with storage.hold("mine"):
            waiting = pool.submit(wait)
            time.sleep(5)
            held.append("one")
        waiting.result(10)
    assert held == ["one", "other"]


def test_one_process_at_a_time_holds_a_study(database_url: str) -> None:
    one, other = open_database(database_url), open_database(database_url)
    assert isinstance(one, StudyDatabase)
    assert isinstance(other, StudyDatabase)
    held: list[str] = []

    def wait() -> None:
        with other.hold("mine"):
            held.append("other")

    with ThreadPoolExecutor(1) as pool:
        with one.hold("mine"):
            waiting = pool.submit(wait)
            with other.hold("another"):
                time.sleep(0.5)
            held.append("one")
        waiting.result(10)
    assert held == ["one", "other"]


@pytest.mark.parametrize(
    "prefix", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgres"]
)
def test_the_url_names_the_driver_or_not(prefix: str, database_url: str) -> None:
    storage = open_database(
        f"{prefix}://{database_url.partition('://')[2]}?options=-csearch_path%3Dpublic"
    )
    assert isinstance(storage, StudyDatabase)
    with storage.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"
        assert connection.exec_driver_sql("SHOW search_path").scalar() == "public"


UNPICKLE = "import pickle, sys; print(pickle.load(sys.stdin.buffer).get_all_studies()[0].study_name)"


def unpickle(content: bytes, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", UNPICKLE]
    return subprocess.run(command, input=content, capture_output=True, check=False, env=environment)


def test_a_copy_contains_no_url_and_finds_it_in_the_environment(
    storage: StudyDatabase, study: optuna.Study, database_url: str
) -> None:
    storage.share_url()
    content = pickle.dumps(storage)
    url = make_url(database_url)
    for secret in (url.password, url.host, url.database):
        assert str(secret).encode() not in content
    assert unpickle(content, {**os.environ}).stdout.decode().strip() == study.study_name
    without = {name: value for name, value in os.environ.items() if name != URL_VARIABLE}
    message = unpickle(content, without).stderr.decode()
    assert f"{URL_VARIABLE} is not set in the environment of a worker process" in message


def test_the_password_is_nowhere(
    postgres: Any,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(URL_VARIABLE, database_url)
    dataset = OptunaStorageDataset(url_variable=URL_VARIABLE)
    catalog = DataCatalog({"study_storage": dataset})
    storage = catalog.load("study_storage")
    study = optuna.create_study(storage=storage)
    study.set_user_attr("n_trials", 1)
    shown = [str(dataset), repr(dataset), repr(catalog), str(catalog.to_config()), repr(storage)]
    shown += [str(storage), repr(storage.engine), str(study.user_attrs)]
    storage.patience = 0.5
    postgres.stop()
    try:
        with pytest.raises(ConnectionLostError) as caught:
            study.set_user_attr("n_trials", 2)
        with pytest.raises(InputError) as refused:
            open_database(database_url)
    finally:
        postgres.start()
    for error in (caught.value, refused.value):
        cause: BaseException | None = error
        while cause is not None:
            shown += [str(cause), repr(cause)]
            cause = cause.__cause__ or cause.__context__
    password = make_url(database_url).password
    assert password
    assert not [text for text in [*shown, *caplog.messages] if password in text]


def test_tables_of_another_optuna_are_one_clear_error(storage: StudyDatabase, database_url: str) -> None:
    with storage.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v99.0.0.a'"))
    with pytest.raises(InputError, match=r"cannot be opened\. The runtime optuna version"):
        open_database(database_url)


def test_a_password_outside_of_the_url_is_refused(database_url: str) -> None:
    with pytest.raises(InputError, match="connect_args contains a password"):
        open_database(database_url, {"connect_args": {"password": "secret"}})


@pytest.mark.parametrize("part", ["password", "database"])
def test_a_database_that_cannot_be_opened_is_one_error_without_the_password(
    part: str, database_url: str
) -> None:
    url = make_url(database_url).set(**{part: "wrong{x}"})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="The database of the studies cannot be opened") as caught:
        open_database(url.render_as_string(hide_password=False))
    text = str(caught.value)
    assert str(make_url(database_url).password) not in text
    assert "wrong" not in text or part == "database"
