"""Predictions are kept with their trials, within a budget, and are the same when they are loaded."""

import gc
import logging
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import BaseStorage, InMemoryStorage
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation._search import search_and_keep
from kedro_sweep.evaluation.ensemble._pool import score
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, align, describe_truth
from kedro_sweep.evaluation.predictions._prediction_store import (
    PredictionStore,
    draw_lot,
    find_unshared_files,
    list_configurations,
    remove_files,
)
from kedro_sweep.search import FoldPrediction, StudyConfiguration, open_journal, run_search
from kedro_sweep.search.storage._studies import remove_studies, summarize_studies

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

TREE: dict[str, Any] = {"class": "sklearn.tree.DecisionTreeClassifier"}


def depths(high: int) -> dict[str, Any]:
    return {"max_depth": {"type": "int", "low": 1, "high": high}}


def search_tree(
    configuration: StudyConfiguration, storage: BaseStorage, *rest: Any
) -> tuple[optuna.Study, PredictionStore]:
    """Search one estimator, and keep its predictions."""
    studies, store = search_and_keep({"tree": configuration}, storage, *rest)
    return studies["tree"], store


class FullDisk(FileSystemArtifactStore):
    """A disk that is full after the first file."""

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Write, or not."""
        if list(self._base_path.iterdir()):
            raise OSError(28, "No space left on device", artifact_id)
        super().write(artifact_id, content_body)


@pytest.fixture
def artifacts(tmp_path: Path) -> FileSystemArtifactStore:
    (tmp_path / "predictions").mkdir()
    return FileSystemArtifactStore(tmp_path / "predictions")


@pytest.fixture
def files(artifacts: FileSystemArtifactStore, tmp_path: Path) -> Callable[[], set[str]]:
    return lambda: {file.name for file in (tmp_path / "predictions").iterdir()}


def test_predictions_of_classes_are_loaded_as_they_were_and_give_the_score(
    artifacts: FileSystemArtifactStore, configure: Configure
) -> None:
    configuration = configure(model=TREE, search_space=depths(9), n_trials=6)
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    predictions = store.load(study)
    different = {trial.params["max_depth"]: trial.number for trial in reversed(study.trials)}
    assert sorted(predictions) == sorted(different.values())
    truth = store.truth
    for number, found in predictions.items():
        folds = [truth.folds == fold for fold in range(3)]
        scores = [accuracy_score(truth.y[rows], found.labels[rows]) for rows in folds]
        assert np.mean(scores) == pytest.approx(study.trials[number].value)
        assert found.probabilities is not None
        assert truth.classes is not None
        assert found.probabilities.shape == (len(truth.y), len(truth.classes))
        assert np.allclose(found.probabilities.sum(axis=1), 1)


def test_predictions_of_numbers_lose_no_bit(
    artifacts: FileSystemArtifactStore, configure: Configure, table: Table
) -> None:
    model = {"class": "sklearn.linear_model.Ridge"}
    space = {"alpha": {"type": "float", "low": 2, "high": 9}}
    configuration = configure(
        (table[0], table[1].astype(float)), model=model, search_space=space, scoring="r2", n_trials=2
    )
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    for number, found in store.load(study).items():
        assert found.probabilities is None
        rows = store.truth.folds == 0
        fold = configuration.folds[0]
        fitted = configuration.build(study.trials[number].params).fit(fold.X_train, fold.y_train)
        assert (found.labels[rows] == fitted.predict(fold.X_test)).all()
        assert r2_score(store.truth.y[rows], found.labels[rows]) == fitted.score(
            fold.X_test, fold.y_test
        )


def test_loaded_predictions_take_little_more_memory_than_their_files(
    artifacts: FileSystemArtifactStore, configure: Configure, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=depths(20), n_trials=20)
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    n_bytes = sum(file.stat().st_size for file in (tmp_path / "predictions").iterdir())
    store.load(study)  # once before, because it imports modules
    tracemalloc.start()
    loaded = store.load(study)
    gc.collect()  # other tests set how much garbage may pile up
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded) > 5
    assert held < 1.3 * n_bytes
    assert peak < 2 * n_bytes


class Precise(DecisionTreeClassifier):  # type: ignore[misc]
    """A tree that is sure of everything, with probabilities in single or double precision."""

    def __init__(self, precision: str = "float32", max_depth: int | None = None) -> None:
        """Set up a tree."""
        super().__init__(max_depth=max_depth)
        self.precision = precision

    def predict_proba(self, X: Any) -> Any:
        """Predict 0 or 1 for each class."""
        return super().predict_proba(X).round().astype(self.precision)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_log_loss_clips_stored_probabilities_where_it_clips_those_of_the_model(
    precision: str, artifacts: FileSystemArtifactStore, configure: Configure, table: Table
) -> None:
    configuration = configure(
        (table[0], table[1] > 5),
        model={"class": f"{__name__}.Precise", "params": {"precision": precision}},
        search_space=depths(9),
        scoring="neg_log_loss",
        n_trials=2,
    )
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    for number, found in store.load(study).items():
        [value] = study.trials[number].values
        assert value == pytest.approx(score("neg_log_loss", store.truth, found))
        assert value < -5
        own = score(f"{__name__}.score_by_log_loss", store.truth, found)
        assert own == pytest.approx(value)


def score_by_log_loss(model: Any, X: Any, y: Any) -> float:
    return float(-log_loss(y, model.predict_proba(X)))


def test_a_file_is_as_small_as_announced(
    artifacts: FileSystemArtifactStore, configure: Configure, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=depths(9), n_trials=1)
    _, store = search_tree(configuration, InMemoryStorage(), artifacts)
    [file] = (tmp_path / "predictions").iterdir()
    n_bytes = len(configuration.X) * (1 + 4 * 6)
    assert n_bytes < file.stat().st_size <= store.count_nbytes() <= n_bytes + 1024


def test_nothing_is_kept_if_nothing_is_to_be_kept(
    artifacts: FileSystemArtifactStore, files: Callable[[], set[str]], configure: Configure
) -> None:
    configuration = configure(model=TREE, search_space=depths(9), predictions={"keep": False})
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    assert len(study.trials) == 5
    assert store.load(study) == {}
    assert files() == set()


def test_a_missing_file_and_a_part_of_one_are_left_out(
    artifacts: FileSystemArtifactStore, configure: Configure, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=depths(20), n_trials=4)
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    n_loaded = len(store.load(study))
    first, second, *_ = (tmp_path / "predictions").iterdir()
    first.unlink()
    second.write_bytes(second.read_bytes()[:500])
    assert len(store.load(study)) == n_loaded - 2


def test_a_full_disk_costs_no_trial_and_is_said_once(
    tmp_path: Path, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "full").mkdir()
    configuration = configure(model=TREE, search_space=depths(20), n_trials=4)
    study, store = search_tree(configuration, InMemoryStorage(), FullDisk(tmp_path / "full"))
    plain = run_search(configuration, InMemoryStorage())
    assert [trial.value for trial in study.trials] == [trial.value for trial in plain.trials]
    assert len(store.load(study)) == 1
    [message] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert message.startswith("The predictions of ")
    assert "OSError: [Errno 28] No space left on device" in message
    assert "These trials count, but estimates that need predictions leave them out." in message


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_over_the_budget_the_best_trials_and_a_random_sample_keep_their_files(
    direction: str,
    artifacts: FileSystemArtifactStore,
    files: Callable[[], set[str]],
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    configuration = configure(
        model=TREE,
        search_space=depths(20),
        n_trials=12,
        direction=direction,
        predictions={"max_mb": 0.03},
    )
    most: list[int] = []
    study, store = search_tree(
        configuration, InMemoryStorage(), artifacts, [lambda study, trial: most.append(len(files()))]
    )
    n_kept = 30_000 // store.count_nbytes()
    assert 1 < n_kept < 6
    assert max(most) == n_kept + 1  # the budget holds while the search runs
    values = {trial.params["max_depth"]: trial.values[0] for trial in study.trials}
    configurations = list_configurations(study)
    is_reversed = direction == "maximize"
    best = sorted(configurations, key=lambda found: found.value, reverse=is_reversed)[: n_kept // 2]
    sample = [found for found in sorted(configurations, key=draw_lot) if found not in best]
    kept = {found.number for found in best + sample[: n_kept - len(best)]}
    assert store.load(study).keys() == kept
    [message] = [text for text in caplog.messages if text.startswith("Removed the predictions")]
    assert message.startswith(f"Removed the predictions of {len(values) - n_kept} trials")


def test_a_smaller_budget_holds_without_a_new_trial(
    artifacts: FileSystemArtifactStore, files: Callable[[], set[str]], configure: Configure
) -> None:
    storage = InMemoryStorage()
    sweep: dict[str, Any] = {"model": TREE, "search_space": depths(20), "n_trials": 6}
    search_tree(configure(**sweep), storage, artifacts)
    _, store = search_tree(configure(**sweep, predictions={"max_mb": 0.03}), storage, artifacts)
    assert len(files()) == 30_000 // store.count_nbytes() == 3


def test_files_that_cannot_be_removed_do_not_stop_the_search(
    artifacts: FileSystemArtifactStore,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(file: str) -> None:
        raise PermissionError("Access denied.")

    monkeypatch.setattr(artifacts, "remove", refuse)
    configuration = configure(
        model=TREE, search_space=depths(20), n_trials=8, predictions={"max_mb": 0.01}
    )
    study, _ = search_tree(configuration, InMemoryStorage(), artifacts)
    assert len(study.trials) == 8
    [message] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert "cannot be removed: PermissionError: Access denied." in message


def test_a_study_that_takes_trials_over_has_their_predictions(
    artifacts: FileSystemArtifactStore, files: Callable[[], set[str]], configure: Configure
) -> None:
    storage = InMemoryStorage()
    first, store = search_tree(
        configure(model=TREE, search_space=depths(5), n_trials=4), storage, artifacts
    )
    before = files()
    wider = configure(model=TREE, search_space=depths(6), n_trials=4)
    study, again = search_tree(wider, storage, artifacts)
    assert study.study_name != first.study_name
    n_taken = len(store.load(first))
    found = list(again.load(study).values())
    for one, other in zip(found[:n_taken], store.load(first).values(), strict=True):
        assert (one.labels == other.labels).all()
    assert before <= files()


def test_a_baseline_is_kept_for_the_study_and_replaced(
    artifacts: FileSystemArtifactStore, files: Callable[[], set[str]], configure: Configure
) -> None:
    configuration = configure()
    store = PredictionStore(artifacts, describe_truth(configuration))
    study = configuration.open_study(InMemoryStorage())
    n_rows = len(store.truth.y)
    for label in (1, 2):
        store.keep_for_study(study, "dummy", Predictions(np.full(n_rows, label), None))
    store.keep_for_study(study, "non-tuned", Predictions(store.truth.y, np.ones((n_rows, 6)) / 6))
    loaded = store.load_for_study(study)
    assert sorted(loaded) == ["dummy", "non-tuned"]
    assert set(loaded["dummy"].labels) == {2}
    assert (loaded["non-tuned"].labels == store.truth.y).all()
    assert store.load(study) == {}
    assert len(files()) == 2


def test_files_of_removed_studies_go_unless_another_study_shares_them(
    artifacts: FileSystemArtifactStore,
    files: Callable[[], set[str]],
    configure: Configure,
    tmp_path: Path,
) -> None:
    storage: BaseStorage = open_journal(str(tmp_path / "studies.journal"))
    first, _ = search_tree(configure(model=TREE, search_space=depths(5), n_trials=3), storage, artifacts)
    shared = files()
    second, store = search_tree(
        configure(model=TREE, search_space=depths(20), n_trials=6), storage, artifacts
    )
    store.keep_for_study(second, "dummy", Predictions(store.truth.y, None))
    own = files() - shared
    assert find_unshared_files(storage, [first.study_name]) == set()
    assert find_unshared_files(storage, [second.study_name]) == own
    assert find_unshared_files(storage, [first.study_name, second.study_name]) == own | shared
    assert remove_files(artifacts, own) == len(own)
    assert remove_files(artifacts, own) == 0
    assert files() == shared
    # Removing the other study leaves its files listed.
    remove_studies(
        storage, [study for study in summarize_studies(storage) if study.name == first.study_name]
    )
    again = open_journal(str(tmp_path / "studies.journal"))
    assert find_unshared_files(again, [second.study_name]) == own | shared


def test_keeping_is_handed_to_worker_processes(
    artifacts: FileSystemArtifactStore, configure: Configure
) -> None:
    configuration = configure()
    store = PredictionStore(artifacts, describe_truth(configuration))
    study = configuration.open_study(InMemoryStorage())
    trial = study.ask(configuration.search_space.distributions())
    folds = [FoldPrediction(fold.y_test.to_numpy(), None, None) for fold in configuration.folds]
    pickle.loads(pickle.dumps(store.keep))(trial, folds)
    study.tell(trial, 1.0)
    [found] = store.load(study).values()
    assert (found.labels == align(folds, store.truth).labels).all()
    assert (found.labels == store.truth.y).all()


def test_the_time_to_predict_is_kept_with_the_predictions(
    artifacts: FileSystemArtifactStore, configure: Configure
) -> None:
    configuration = configure(model=TREE, search_space=depths(9), n_trials=2)
    study, store = search_tree(configuration, InMemoryStorage(), artifacts)
    assert all(0 < found.seconds < 1 for found in store.load(study).values())
    rows = len(store.truth.y)
    store.keep_for_study(study, "dummy", Predictions(np.zeros(rows, dtype=int), None))
    assert np.isnan(store.load_for_study(study)["dummy"].seconds)  # as in files of earlier releases
