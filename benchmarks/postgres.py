"""A temporary PostgreSQL server on a free port of this machine."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from signal import SIGINT, SIGQUIT

from benchmarks.guarded import GuardedServer

INSTALL = "PostgreSQL is missing. On Debian or Ubuntu: apt install postgresql"


class MissingServerError(RuntimeError):
    """PostgreSQL is not installed on this machine."""


def find_programs() -> Path:
    """Find the newest PostgreSQL of Debian's packages, or else the one on the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise MissingServerError(INSTALL)
    return (found[-1] if found else Path(os.path.realpath(str(on_path)))).parent


def find_free_port() -> int:
    """Find a free port of the loopback interface."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


class PostgresServer:
    """A server with its own data folder and password, which ends with the process that started it.

    PostgreSQL refuses to run as root. If this process is root, Debian's user `postgres` runs it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """Create the data folder and start the server."""
        programs = find_programs()
        self.version = programs.parent.name if programs.parent.name.isdecimal() else "of the PATH"
        is_root = os.geteuid() == 0
        user = "postgres" if is_root else None
        folder = Path(tempfile.mkdtemp(prefix="kedro-sweep-postgres-"))
        self.password, self.port = token_hex(12), find_free_port()
        secret = folder / "password"
        secret.write_text(self.password)
        if user:
            shutil.chown(folder, user, user)
            shutil.chown(secret, user, user)
        data = folder / "data"
        account = {"user": user, "group": user, "extra_groups": []} if user else {}
        initdb = [str(programs / "initdb"), f"--pgdata={data}", "--username=sweep", f"--pwfile={secret}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [*initdb, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **account,  # type: ignore[call-overload]
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "on" if durable else "off",
        }
        self._server = GuardedServer(
            [
                str(programs / "postgres"),
                *("-D", str(data)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            folder,
            user=user,
        )
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._server.start()
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError):
                self._execute("SELECT 1")
                return
            if time.monotonic() > deadline:
                log = self._server.log.read_text()
                raise RuntimeError(f"PostgreSQL has not started:\n{log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server as `systemctl stop` does: it closes all connections and files."""
        self._server.end(SIGINT)

    def crash(self) -> None:
        """Stop the server as a crash would: it must recover when it starts again."""
        self._server.end(SIGQUIT)

    def restart(self) -> None:
        """Stop the server and start it again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop the server and remove its data."""
        self._server.close()

    def make_database(self) -> str:
        """Create an empty database."""
        name = f"studies_{token_hex(4)}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://sweep:{self.password}@127.0.0.1:{self.port}/{database}"

    def _execute(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415  # in the extra `cluster`

        url = self._url("postgres").replace("+psycopg", "")
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
                connection.execute(statement)
        except psycopg.OperationalError as error:
            raise ConnectionError(error) from error
