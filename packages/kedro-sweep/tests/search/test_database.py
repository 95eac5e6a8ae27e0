"""Databases other than PostgreSQL serve one run at a time; `tests/cluster` tests PostgreSQL."""

import os
from pathlib import Path

import pytest
from optuna.exceptions import StorageInternalError
from optuna.storages import InMemoryStorage, RDBStorage
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError

from kedro_sweep.search import open_database
from kedro_sweep.search.database import URL_VARIABLE, find_database, is_connection_lost


def test_sqlite_is_not_shared_by_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    storage = open_database(f"sqlite:///{tmp_path / 'studies.db'}")
    assert type(storage) is RDBStorage
    assert find_database(storage) is None
    assert find_database(InMemoryStorage()) is None
    assert URL_VARIABLE not in os.environ


def chain(error: Exception, cause: Exception) -> Exception:
    """Give an error as if it were raised from another."""
    error.__cause__ = cause
    return error


LOST = OperationalError("SELECT 1", {}, Exception("server closed the connection"))


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (LOST, True),
        (chain(StorageInternalError(), LOST), True),
        (chain(StorageInternalError(), PendingRollbackError()), True),
        (chain(StorageInternalError(), IntegrityError("INSERT", {}, Exception("duplicate key"))), False),
        (KeyError("no such study"), False),
    ],
)
def test_a_lost_connection_is_told_from_other_errors(error: Exception, is_lost: bool) -> None:
    assert is_connection_lost(error) is is_lost
