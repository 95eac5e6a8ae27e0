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
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    space = {"max_depth": {"type": "int", "low": 1, "high": 9}}
    settings = {"model": tree, "search_space": space, "n_trials": 1, "predictions": predictions}
    limited = {"": configure(timeout=600, **settings)}
    _, store = search_and_keep(limited, storage, artifacts)
    assert store.seconds is not None
    assert 0 < store.seconds < 600
    # Nothing is left to search, so all of the time is.
    _, store = search_and_keep(limited, storage, artifacts)
    assert store.seconds == pytest.approx(600, abs=1)
    unlimited = {"": configure(**settings)}
    _, store = search_and_keep(unlimited, storage, artifacts)
    assert store.seconds is None
