"""Dask is refused if its workers could not reach the studies."""

import socket
import sys
from collections.abc import Callable

import optuna
import pytest
from optuna.storages import BaseStorage, InMemoryStorage

from kedro_sweep.errors import InputError
from kedro_sweep.search.run import _dask_cluster as dask_cluster
from kedro_sweep.search.run._study_run import import_dask

DASK = {"backend": "dask", "scheduler": "tcp://127.0.0.1:9"}


def test_a_storage_that_the_workers_cannot_reach_is_refused(
    run: Callable[..., optuna.Study], storage: BaseStorage
) -> None:
    with pytest.raises(InputError, match=r"sweep\.backend: dask needs a PostgreSQL database"):
        run(storage, **DASK)
    assert optuna.get_all_study_names(storage) == []
    with pytest.raises(InputError, match="run with --env cluster"):
        run(InMemoryStorage(), **DASK)


def test_a_server_that_is_no_scheduler_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        message = f"no Dask scheduler answers at {address}"
        with pytest.raises(InputError, match=message), dask_cluster.connect(address):
            pass


def test_an_address_that_does_not_suit_the_tls_settings_is_one_clear_error() -> None:
    message = r"tls://127\.0\.0\.1:9 does not suit Dask's TLS settings\. TLS expects"
    with pytest.raises(InputError, match=message), dask_cluster.connect("tls://127.0.0.1:9"):
        pass


def test_without_dask_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, dask_cluster.__name__)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"sweep\.backend: dask needs Dask: run `.* cluster`"):
        import_dask()
