"""How to connect to PostgreSQL: the URL, the settings of a connection, and locks."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kedro_sweep.errors import InputError

# SQLAlchemy is imported only if a database is used; most studies are in a journal.
if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

TABLES = "the tables of all studies"

# If the network fails, both ends notice within half a minute instead of hours, and sooner if others wait
# for a transaction. All machines read the database's clock in the same time zone.
CONNECT_ARGS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
    "options": " ".join(
        f"-c {setting}"
        for setting in (
            "timezone=utc",
            "tcp_keepalives_idle=10",
            "tcp_keepalives_interval=5",
            "tcp_keepalives_count=4",
            "tcp_user_timeout=30s",
            "idle_in_transaction_session_timeout=15s",
        )
    ),
}
# What PostgreSQL answers while it is a standby, before it takes over from a server that failed.
READ_ONLY = "25006"
# For a lock: its transaction stays idle for as long as the process that holds it lets no thread run. A
# process that is stopped holds it for no longer than that.
LONG_TRANSACTION = "SET LOCAL idle_in_transaction_session_timeout = '1h'"


def is_postgres(url: str) -> bool:
    """Check whether a database URL is one of PostgreSQL, with any driver or none."""
    return url.partition("://")[0].partition("+")[0] in {"postgres", "postgresql"}


def name_driver(url: str) -> str:
    """Name the driver, psycopg 3, in a URL of PostgreSQL."""
    return f"postgresql+psycopg://{url.partition('://')[2]}"


def make_connect_args(url: str) -> dict[str, Any]:
    """Make the settings of a connection; those in the URL have precedence."""
    from sqlalchemy import make_url  # noqa: PLC0415

    query = make_url(url).query
    options = {"options": f"{query['options']} {CONNECT_ARGS['options']}"} if "options" in query else {}
    return {name: value for name, value in CONNECT_ARGS.items() if name not in query} | options


def check_url(url: str) -> None:
    """Check that a URL can be parsed, because an error of the driver might show part of it."""
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    with suppress(ArgumentError, ValueError):
        if "@" not in (make_url(url).host or ""):
            return
    raise InputError(
        "The URL of the database of the studies is malformed. It should look like "
        "postgresql://user:password@host/database, with special characters in the password encoded: "
        "%40 for @, %25 for %, %3A for :, %2F for /."
    )


def check_connection(url: str) -> None:
    """Connect once, so that a wrong URL or a server that is down is an error at once."""
    with _make_engine(url).connect():
        pass


@contextmanager
def hold_tables(url: str) -> Iterator[None]:
    """Let only one process at a time create the tables."""
    with _make_engine(url).begin() as connection:
        lock(connection, TABLES)
        yield


def lock(connection: "Connection", name: str, *, waits: bool = True) -> None:
    """Take the lock of a name, which the transaction of the connection then holds until it ends."""
    from sqlalchemy import func, select  # noqa: PLC0415

    connection.exec_driver_sql(LONG_TRANSACTION)
    if waits:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    else:
        try_lock(connection, name)


def try_lock(connection: "Connection | Session", name: str) -> bool:
    """Take the lock of a name unless another transaction holds it."""
    from sqlalchemy import func, select  # noqa: PLC0415

    key = func.hashtextextended(name, 0)
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(key))))


def is_connection_lost(error: BaseException | None) -> bool:
    """Check whether an error means that the connection is lost, or the database is down or starting."""
    from sqlalchemy.exc import (  # noqa: PLC0415
        DBAPIError,
        InterfaceError,
        OperationalError,
        PendingRollbackError,
    )

    # Optuna repeats some reads in the same transaction, which fails because it needs a rollback first.
    signs = (InterfaceError, OperationalError, PendingRollbackError)
    while error is not None:
        if isinstance(error, signs):
            return True
        if isinstance(error, DBAPIError) and (
            error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY
        ):
            return True
        error = error.__cause__
    return False


def find_reason(error: BaseException) -> str:
    """Find what the database itself, or its driver, says about an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).strip().partition("\n")[0]


def _make_engine(url: str) -> "Engine":
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415

    return create_engine(url, poolclass=NullPool, connect_args=make_connect_args(url))
