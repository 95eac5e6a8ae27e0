"""Lost connections to PostgreSQL; `tests/cluster` tests real ones."""

import pytest
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError

from kedro_sweep.search.connection import is_connection_lost


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
        (KeyError("no such study"), False),
    ],
)
def test_a_lost_connection_is_told_from_other_errors(error: Exception, is_lost: bool) -> None:
    assert is_connection_lost(error) is is_lost
