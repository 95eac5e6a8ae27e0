"""How to connect to PostgreSQL: the URL, the settings of a connection, and locks."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Optuna imports these on first use, because most studies are in a journal.
from optuna.storages._rdb.storage import sqlalchemy, sqlalchemy_orm

from kedro_sweep.errors import InputError

# If the network fails, both ends notice within half a minute instead of hours, and sooner if others wait
# for a transaction. All machines read the database's clock in the same time zone.
CONNECT_ARGS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
    "options": (
        "-c timezone=utc -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 "
        "-c tcp_keepalives_count=4 -c tcp_user_timeout=30s -c idle_in_transaction_session_timeout=15s"
    ),
}
# What PostgreSQL answers while it is a standby, before it takes over from a server that failed.
READ_ONLY = "25006"
# How long the transaction of a lock may stay idle, because its process lets no thread run or is stopped.
# The longer time is for a trial: nobody waits for its lock, and a fit in C may take that long.
LOCK_IDLE, TRIAL_IDLE = "5min", "1h"


def is_postgres(url: str) -> bool:
    return url.partition("://")[0].partition("+")[0] in {"postgres", "postgresql"}


def name_driver(url: str) -> str:
    """Write psycopg 3 into the URL."""
    return f"postgresql+psycopg://{url.partition('://')[2]}"


def make_connect_args(url: str) -> dict[str, Any]:
    """Make the settings of a connection; those in the URL have precedence."""
    query = sqlalchemy.make_url(url).query
    options = {"options": f"{query['options']} {CONNECT_ARGS['options']}"} if "options" in query else {}
    return {name: value for name, value in CONNECT_ARGS.items() if name not in query} | options


def check_url(url: str) -> None:
    """Check that a URL can be parsed, because an error of the driver might show part of it."""
    with suppress(sqlalchemy.exc.ArgumentError, ValueError):
        if "@" not in (sqlalchemy.make_url(url).host or ""):
            return
    raise InputError(
        "The URL of the database of the studies is malformed. It should look like "
        "postgresql://user:password@host/database, with special characters in the password encoded: "
        "%40 for @, %25 for %, %3A for :, %2F for /."
    )


@contextmanager
def hold_tables(url: str) -> Iterator[None]:
    """Only one process at a time may create the tables."""
    engine = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, connect_args=make_connect_args(url)
    )
    with engine.begin() as connection:
        lock(connection, "the tables of all studies")
        yield


def lock(connection: "sqlalchemy.Connection", name: str, *, waits: bool = True) -> None:
    """Take the lock of a name, which the transaction of the connection then holds until it ends."""
    idle = LOCK_IDLE if waits else TRIAL_IDLE
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{idle}'")
    if waits:
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(_hash(name))))
    else:
        try_lock(connection, name)


def try_lock(connection: "sqlalchemy.Connection | sqlalchemy_orm.Session", name: str) -> bool:
    taken = sqlalchemy.select(sqlalchemy.func.pg_try_advisory_xact_lock(_hash(name)))
    return bool(connection.scalar(taken))


def _hash(name: str) -> Any:
    return sqlalchemy.func.hashtextextended(name, 0)


def is_connection_lost(error: BaseException | None) -> bool:
    """Check whether an error means that the connection is lost, or the database is down or starting."""
    exc = sqlalchemy.exc
    # Optuna repeats some reads in the same transaction, which fails because it needs a rollback first.
    signs = (exc.InterfaceError, exc.OperationalError, exc.PendingRollbackError)
    while error is not None:
        if isinstance(error, signs):
            return True
        if isinstance(error, exc.DBAPIError) and (
            error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY
        ):
            return True
        error = error.__cause__
    return False


def find_reason(error: BaseException) -> str:
    """What the database itself, or its driver, says."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).strip().partition("\n")[0]
