"""The baselines are scored on the folds of the search, once per study."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import BaseStorage, InMemoryStorage
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation import baselines, search_and_keep
from kedro_sweep.evaluation.baselines import score_baselines
from kedro_sweep.evaluation.out_of_fold import describe_truth
from kedro_sweep.evaluation.prediction_store import PredictionStore
from kedro_sweep.search import StudyConfiguration

Configure = Callable[..., StudyConfiguration]
Score = Callable[[StudyConfiguration], dict[str, float | None]]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "params": {"min_samples_leaf": 5}}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 3}}


def search_tree(
    configuration: StudyConfiguration, storage: BaseStorage, *rest: Any
) -> tuple[optuna.Study, PredictionStore]:
    """Search one estimator, and keep its predictions."""
    studies, store = search_and_keep({"tree": configuration}, storage, *rest)
    return studies["tree"], store


@pytest.fixture
def storage() -> InMemoryStorage:
    """Holds the study."""
    return InMemoryStorage()


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[StudyConfiguration], PredictionStore]:
    """Keep predictions in a folder."""
    artifacts = FileSystemArtifactStore(tmp_path)
    return lambda configuration: PredictionStore(artifacts, describe_truth(configuration))


@pytest.fixture
def score(
    storage: InMemoryStorage, make_store: Callable[[StudyConfiguration], PredictionStore]
) -> Score:
    """Score the baselines of a study."""
    return lambda configuration: score_baselines(
        configuration.open_study(storage), configuration, make_store(configuration)
    )


def test_they_are_a_dummy_and_the_estimator_with_its_defaults(
    configure: Configure, score: Score
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    X, y = configuration.X, configuration.y
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=42)
    assert score(configuration) == {
        "default": cross_val_score(tree, X, y, cv=3).mean(),
        "dummy": cross_val_score(DummyClassifier(), X, y, cv=3).mean(),
    }


def test_the_dummy_of_a_regression_predicts_the_mean(configure: Configure, score: Score) -> None:
    alpha = {"alpha": {"type": "float", "low": 0.1, "high": 10}}
    ridge = {"class": "sklearn.linear_model.Ridge", "preprocessing": "none"}
    configuration = configure(model=ridge, search_space=alpha, scoring="r2")
    X, y = configuration.X, configuration.y
    assert score(configuration) == {
        "default": cross_val_score(Ridge(random_state=42), X, y, cv=3).mean(),
        "dummy": cross_val_score(DummyRegressor(), X, y, cv=3).mean(),
    }


def test_a_score_of_probabilities_can_be_computed(configure: Configure, score: Score) -> None:
    wines = configure()
    two_classes = (wines.X, wines.y > 5)
    values = score(configure(two_classes, model=TREE, search_space=DEPTH, scoring="neg_log_loss"))
    assert values["dummy"] == pytest.approx(np.log(0.5), abs=0.01)


def test_they_are_scored_once_per_study(
    configure: Configure, score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    values = score(configuration)
    monkeypatch.setattr(baselines, "_cross_validate", None)
    assert score(configuration) == values


def test_the_trial_of_the_defaults_is_not_scored_again(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = {"min_samples_leaf": {"type": "int", "low": 1, "high": 9}}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    configuration = configure(model=tree, search_space=leaves, n_trials=3)
    study, store = search_tree(configuration, InMemoryStorage(), FileSystemArtifactStore(tmp_path))
    fitted = []
    cross_validate = baselines._cross_validate

    def spy(estimator: Any, *rest: Any) -> Any:
        fitted.append(type(estimator))
        return cross_validate(estimator, *rest)

    monkeypatch.setattr(baselines, "_cross_validate", spy)
    read = Mock(wraps=store.artifacts.open_reader)
    monkeypatch.setattr(store.artifacts, "open_reader", read)
    values = score_baselines(study, configuration, store)
    assert fitted == [DummyClassifier]
    assert read.call_count == 1
    assert study.trials[0].params == {"min_samples_leaf": 1}
    assert values["default"] == study.trials[0].value
    assert np.array_equal(store.load_for_study(study)["default"].labels, store.load(study)[0].labels)


def test_they_are_scored_again_where_their_predictions_are_gone(
    configure: Configure, score: Score, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    values = score(configuration)
    files = list(tmp_path.iterdir())
    for file in files:
        file.unlink()
    assert score(configuration) == values
    assert len(list(tmp_path.iterdir())) == len(files) == 2


def test_their_predictions_are_kept_beside_those_of_the_trials(
    configure: Configure,
    score: Score,
    storage: InMemoryStorage,
    make_store: Callable[[StudyConfiguration], PredictionStore],
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    values = score(configuration)
    store = make_store(configuration)
    kept = store.load_for_study(optuna.load_study(study_name=configuration.study_name, storage=storage))
    assert kept.keys() == {"default", "dummy"}
    for name, predictions in kept.items():
        hits = predictions.labels == store.truth.y
        by_fold = [hits[store.truth.folds == fold].mean() for fold in range(3)]
        assert values[name] == np.mean(by_fold)


def test_no_predictions_are_kept_if_none_are_wanted(
    configure: Configure, score: Score, tmp_path: Path
) -> None:
    values = score(configure(model=TREE, search_space=DEPTH, predictions={"keep": False}))
    assert values["default"] is not None
    assert list(tmp_path.iterdir()) == []


def test_a_default_that_does_not_suit_the_table_has_no_score(
    configure: Configure, score: Score, caplog: pytest.LogCaptureFixture
) -> None:
    neighbors = {"class": "sklearn.neighbors.KNeighborsClassifier", "preprocessing": "none"}
    space = {"n_neighbors": {"type": "int", "low": 1, "high": 3}}
    X = configure().X.head(6)
    y = pd.Series(["a", "b"] * 3, index=X.index)
    few = configure((X, y), model=neighbors, search_space=space, cv=2)
    values = score(few)
    assert values["default"] is None
    assert values["dummy"] is not None
    [message] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert message.startswith("The baseline 'default' has no score. ValueError: Expected n_neighbors")


def test_a_store_that_cannot_be_written_costs_no_baseline(
    configure: Configure, storage: InMemoryStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    gone = FileSystemArtifactStore(tmp_path / "gone")
    store = PredictionStore(gone, describe_truth(configuration))
    values = score_baselines(configuration.open_study(storage), configuration, store)
    assert None not in values.values()
    assert "The predictions of the baseline 'dummy' could not be kept" in caplog.text
