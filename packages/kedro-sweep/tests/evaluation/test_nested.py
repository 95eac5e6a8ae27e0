"""Nested cross-validation repeats the whole search without each fold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from kedro_sweep.evaluation import choose_members, correct_studies, search_and_keep, summarize
from kedro_sweep.evaluation._nested import predict_nested
from kedro_sweep.search import Ensemble, StudyConfiguration

pytestmark = pytest.mark.usefixtures("two_folds")

Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
BEST_TRIAL = Ensemble()


def depths(high: int) -> dict[str, object]:
    return {"max_depth": {"type": "int", "low": 1, "high": high}}


def test_without_a_choice_each_fold_is_predicted_as_in_the_search(
    configure: Configure, tmp_path: Path
) -> None:
    configurations = {"tree": configure(model=TREE, search_space=depths(1), n_trials=1)}
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, storage, artifacts)
    [only] = store.load(studies["tree"]).values()
    nested = predict_nested(configurations, storage, store, BEST_TRIAL)
    np.testing.assert_array_equal(nested.labels, only.labels)
    np.testing.assert_allclose(nested.need_probabilities(), only.need_probabilities(), rtol=1e-6)


@pytest.mark.parametrize("size", [0, 3])
def test_the_whole_search_runs_without_each_fold_and_a_second_run_adds_nothing(
    size: int, configure: Configure, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=depths(9), n_trials=2, nested=True)
    configurations = {"tree": configuration}
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)
    ensemble = Ensemble(size=size)
    seen = []
    for _ in range(2):
        studies, store = search_and_keep(configurations, storage, artifacts)
        members = choose_members(studies, configurations, store, ensemble)
        summary = summarize(studies, configurations, store, members, ensemble)
        everything = optuna.get_all_study_summaries(storage)
        known = dict(summary) | {"out_of_fold": summary.out_of_fold.to_dict("list")}
        seen.append((known, sorted(found.n_trials for found in everything)))
    first, second = seen
    assert first == second
    assert first[1] == [2] * (1 + len(configuration.folds))
    assert summary.nested
    assert summary.corrected is not None
    assert summary.corrected.low < summary.corrected.value < summary.corrected.high
    assert summary.gains.keys() == {"untuned", "dummy"}
    assert summary.corrected_note == "From nested cross-validation."


def test_folds_that_the_inner_searches_cannot_make_cost_the_estimate_and_not_the_run(
    configure: Configure, table: tuple[pd.DataFrame, pd.Series], tmp_path: Path
) -> None:
    _, y = table
    groups = pd.Series(np.arange(len(y)) % 8, y.index)
    configuration = configure(model=TREE, search_space=depths(3), n_trials=1, nested=True, cv=8)
    configurations = {"tree": replace(configuration, groups=groups)}
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, storage, artifacts)
    correction = correct_studies(studies, configurations, store, BEST_TRIAL)
    assert correction.estimate is None
    assert "Nested cross-validation failed. sweep.cv: 8 folds cannot be made" in correction.note


def test_the_inner_searches_have_the_weights_of_their_rows(configure: Configure, tmp_path: Path) -> None:
    configuration = configure(model=TREE, search_space=depths(1), n_trials=1)
    weights = np.random.default_rng(0).gamma(1, size=len(configuration.y)) ** 3
    configurations = {"tree": replace(configuration, weights=weights)}
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, storage, artifacts)
    [only] = store.load(studies["tree"]).values()
    nested = predict_nested(configurations, storage, store, BEST_TRIAL)
    np.testing.assert_allclose(nested.need_probabilities(), only.need_probabilities(), rtol=1e-6)
