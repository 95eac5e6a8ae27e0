"""Databases other than PostgreSQL are for one run at a time; `tests/cluster` tests PostgreSQL."""

import os
from pathlib import Path

import pytest
from optuna.storages import RDBStorage

from kedro_sweep.search import open_database
from kedro_sweep.search.storage._database import URL_VARIABLE


def test_sqlite_is_not_shared_by_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    storage = open_database(f"sqlite:///{tmp_path / 'studies.db'}")
    assert type(storage) is RDBStorage
    assert URL_VARIABLE not in os.environ
