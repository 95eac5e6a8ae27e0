"""The search with its predictions, and the time that it leaves for the model."""

from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.search import StudyConfiguration


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_left_of_the_time_is_for_the_model(
    keep: bool, configure: Callable[..., StudyConfiguration], tmp_path: Path
) -> None:
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)
    predictions = {"keep": keep}
    limited = {"": configure(n_trials=2, timeout=600, predictions=predictions)}
    _, store = search_and_keep(limited, storage, artifacts)
    assert store.seconds is not None
    assert 0 < store.seconds < 600
    # Nothing is left to search, so all of the time is.
    _, store = search_and_keep(limited, storage, artifacts)
    assert store.seconds == pytest.approx(600, abs=1)
    unlimited = {"": configure(n_trials=2, predictions=predictions)}
    _, store = search_and_keep(unlimited, storage, artifacts)
    assert store.seconds is None
