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


def raise_in_turn(*errors: Exception) -> Exception:
    """Raise errors, each while the one before is handled, and catch the last."""
    try:
        if len(errors) > 1:
            raise raise_in_turn(*errors[:-1])
        raise errors[0]
    except Exception as error:
        if error is errors[-1]:
            return error
        try:
            raise errors[-1]
        except Exception as last:
            return last


LOST = OperationalError("SELECT 1", {}, Exception("server closed the connection"))


@pytest.mark.parametrize(
    ("errors", "is_lost"),
    [
        ([LOST], True),
        ([LOST, StorageInternalError()], True),
        ([LOST, PendingRollbackError(), StorageInternalError()], True),
        ([IntegrityError("INSERT", {}, Exception("duplicate key")), StorageInternalError()], False),
        ([KeyError("no such study")], False),
    ],
)
def test_a_lost_connection_is_told_from_other_errors(errors: list[Exception], is_lost: bool) -> None:
    assert is_connection_lost(raise_in_turn(*errors)) is is_lost
