"""Real servers for these tests: PostgreSQL, a network that can fail, and a Dask cluster."""

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread

import pytest
from benchmarks.guarded import GuardedServer
from benchmarks.postgres import MissingServerError, PostgresServer, find_free_port, find_programs
from sqlalchemy import make_url

from kedro_sweep.errors import find_install_command


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop, and say what to install, if a server is missing. A skipped test might go unnoticed."""
    if not all(map(find_spec, ("distributed", "psycopg"))):
        command = find_install_command("cluster")
        pytest.exit(f"Dask or psycopg is missing. Run `{command}`", returncode=1)
    try:
        find_programs()
    except MissingServerError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of these tests. A test that stops it must start it again."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    """The URL of an empty database, including the password."""
    return postgres.make_database()


class Network:
    """A connection to a server of this machine that can fail."""

    def __init__(self, port: int) -> None:
        """Start to forward connections.

        Args:
            port: The server's port.
        """
        self._server_port = port
        self._sockets: set[socket.socket] = set()
        self._forwards, self._accepts = Event(), Event()
        self._forwards.set()
        self._accepts.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._listen, daemon=True).start()

    def through(self, url: str) -> str:
        """Change a URL so that connections use this network.

        Args:
            url: The URL of a database.

        Returns:
            The changed URL.
        """
        return make_url(url).set(port=self.port).render_as_string(hide_password=False)

    def stall(self) -> None:
        """Forward nothing. Neither end notices, as when a cable is pulled."""
        self._forwards.clear()

    def cut(self) -> None:
        """End all connections, and refuse new ones, as when a router restarts."""
        self._accepts.clear()
        self._end_connections()

    def restore(self) -> None:
        """Forward everything again."""
        self._accepts.set()
        self._forwards.set()

    def close(self) -> None:
        """End all connections for good."""
        self.restore()
        self._listener.close()
        self._end_connections()

    def _end_connections(self) -> None:
        for each in [*self._sockets]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if not self._accepts.is_set():
            client.close()
            return
        self._forwards.wait()
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            self._sockets |= {client, server}
            back = Thread(target=self._forward, args=(server, client), daemon=True)
            back.start()
            self._forward(client, server)
            back.join()
            self._sockets -= {client, server}

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._forwards.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def network(postgres: PostgresServer) -> Iterator[Network]:
    """A network between the tests and PostgreSQL, for URLs changed by `through`."""
    network = Network(postgres.port)
    yield network
    network.close()


class DaskCluster:
    """A scheduler and workers, each in its own process, started with the commands in the docs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start the scheduler.

        Args:
            environment: Environment variables of the workers, in addition to those of this process.
        """
        path = os.pathsep.join(filter(None, sys.path))  # pytest may have added to it
        self._environment = {**os.environ, "PYTHONPATH": path, **environment}
        self.address = f"tcp://127.0.0.1:{find_free_port()}"
        self.workers: list[GuardedServer] = []
        options = ("--host", self.address, "--no-dashboard", "--no-show")
        self.scheduler = self._start("scheduler", *options)

    def add_workers(self, n_workers: int, *options: str) -> None:
        """Start workers, and wait until the scheduler knows them.

        Args:
            n_workers: Number of workers.
            *options: Options of the command, such as `--nthreads 2`.
        """
        from distributed import Client  # noqa: PLC0415

        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", *options)
        self.workers += [self._start("worker", self.address, *options) for _ in range(n_workers)]
        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=60)

    def close(self) -> None:
        """End all processes."""
        for server in (*self.workers, self.scheduler):
            server.kill()
            server.close()

    def _start(self, kind: str, *options: str) -> GuardedServer:
        folder = Path(tempfile.mkdtemp(prefix=f"kedro-sweep-dask-{kind}-"))
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        server = GuardedServer(command, folder, environment=self._environment)
        server.start()
        return server


@pytest.fixture
def start_dask() -> Iterator[Callable[..., DaskCluster]]:
    """Start a scheduler and some workers, with additional environment variables and options."""
    clusters: list[DaskCluster] = []

    def start(n_workers: int, environment: Mapping[str, str], *options: str) -> DaskCluster:
        clusters.append(DaskCluster(environment))
        clusters[-1].add_workers(n_workers, *options)
        return clusters[-1]

    yield start
    for cluster in clusters:
        cluster.close()
