"""A worker needs a database that several machines can share; `tests/cluster` tests the rest."""

from collections.abc import Callable

import pytest
from optuna.storages import BaseStorage

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration, add_trials

Configure = Callable[..., StudyConfiguration]


def test_a_worker_is_refused_in_a_storage_of_one_machine(
    storage: BaseStorage, configure: Configure
) -> None:
    with pytest.raises(InputError, match="A worker adds trials to a study in PostgreSQL"):
        add_trials({"model": configure()}, storage)
    assert storage.get_all_studies() == []
