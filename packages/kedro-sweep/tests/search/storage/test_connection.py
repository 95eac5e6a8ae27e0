"""Lost connections to PostgreSQL; `tests/cluster` tests real ones."""

import psycopg
import pytest
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError, PendingRollbackError

from kedro_sweep.errors import InputError
from kedro_sweep.search.storage._connection import check_url, is_connection_lost


def chain(error: Exception, cause: Exception) -> Exception:
    """Return an error that was raised from another one."""
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
        (InternalError("INSERT", {}, psycopg.errors.ReadOnlySqlTransaction()), True),
        (InternalError("INSERT", {}, psycopg.errors.InternalError_()), False),
        (KeyError("no such study"), False),
    ],
)
def test_a_lost_connection_is_told_from_other_errors(error: Exception, is_lost: bool) -> None:
    assert is_connection_lost(error) is is_lost


@pytest.mark.parametrize("url", ["postgresql://me:sec@ret@host/db", "postgresql://me:secret@host:5x/db"])
def test_a_malformed_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InputError, match="malformed") as caught:
        check_url(url)
    assert "ret" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_password_with_encoded_characters_is_accepted() -> None:
    check_url("postgresql://me:p%40ss%2Fw%3Ard@host/db")
