"""The servers and the network of these tests behave as the tests assume."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy
from distributed import Client
from sqlalchemy.exc import OperationalError


def ask(url: str) -> Any:
    """Ask the server for an answer on a new connection."""
    engine = sqlalchemy.create_engine(url, connect_args={"connect_timeout": 2})
    with engine.connect() as connection:
        answer = connection.execute(sqlalchemy.text("SELECT 1")).scalar()
    engine.dispose()
    return answer


def test_postgres_keeps_committed_rows_when_it_crashes(postgres: Any, database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept (value integer)"))
        connection.execute(sqlalchemy.text("INSERT INTO kept VALUES (42)"))
    engine.dispose()
    postgres.crash()
    with pytest.raises(OperationalError):
        ask(database_url)
    postgres.start()
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT value FROM kept")).scalar() == 42
    engine.dispose()


def test_a_cut_network_ends_connections_and_refuses_new_ones(network: Any, database_url: str) -> None:
    url = network.through(database_url)
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        network.cut()
        with pytest.raises(OperationalError):
            connection.execute(sqlalchemy.text("SELECT 1"))
    with pytest.raises(OperationalError):
        ask(url)
    network.restore()
    assert ask(url) == 1
    engine.dispose()


def test_a_stalled_network_answers_nothing_until_it_is_restored(network: Any) -> None:
    with socket.create_connection(("127.0.0.1", network.port)) as connection:
        connection.settimeout(0.3)
        network.stall()
        connection.sendall(bytes.fromhex("0000000804d2162f"))  # asks whether the server supports TLS
        with pytest.raises(TimeoutError):
            connection.recv(1)
        network.restore()
        connection.settimeout(5)
        assert connection.recv(1) == b"N"


def test_the_scheduler_notices_that_a_dask_worker_was_killed(start_dask: Callable[..., Any]) -> None:
    cluster = start_dask(2, {"STUDY_DATABASE_URL": "the worker's own"})
    with Client(cluster.address) as client:
        read = "STUDY_DATABASE_URL"
        assert [*client.run(lambda: __import__("os").environ[read]).values()] == ["the worker's own"] * 2
        cluster.workers[0].kill()
        assert client.submit(sum, [1, 2]).result(timeout=30) == 3
        assert len(client.ncores()) == 1
