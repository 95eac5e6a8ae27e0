"""A changed score starts with the trials of the study, scored again without training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import BaseStorage, InMemoryStorage
from sklearn.metrics import fbeta_score, make_scorer

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.search import StudyConfiguration, run_search
from kedro_sweep.search.reuse._strategy import FitFromScratch
from kedro_sweep.search.study import identify

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
DEPTHS = {"max_depth": {"type": "int", "low": 1, "high": 12}}
weighted_f2 = make_scorer(fbeta_score, beta=2, average="weighted")


@pytest.fixture
def good_wines(table: Table) -> Table:
    X, y = table
    return X, (y >= 6).astype(int)


@pytest.fixture
def search(configure: Configure, good_wines: Table, tmp_path: Path) -> Callable[..., optuna.Study]:
    """Search a tree; all searches share the storage and the predictions."""
    storage, artifacts = InMemoryStorage(), FileSystemArtifactStore(tmp_path)

    def search(**changes: Any) -> optuna.Study:
        settings = {"data": good_wines, "model": TREE, "search_space": DEPTHS, "n_trials": 6} | changes
        studies, _ = search_and_keep({"tree": configure(**settings)}, storage, artifacts)
        return studies["tree"]

    return search


def search_anew(configuration: StudyConfiguration, params: dict[str, Any]) -> float:
    storage: BaseStorage = InMemoryStorage()
    study = configuration.open_study(storage)
    study.enqueue_trial(params)
    return float(run_search(configuration, storage).trials[0].values[0])


@pytest.mark.parametrize(
    ("scoring", "tolerance"),
    [("f1_macro", 0), ("balanced_accuracy", 0), (f"{__name__}.weighted_f2", 0), ("neg_log_loss", 1e-6)],
)
def test_trials_are_scored_again_without_training(
    scoring: str,
    tolerance: float,
    search: Callable[..., optuna.Study],
    configure: Configure,
    good_wines: Table,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = search()
    different = {identify(trial.params) for trial in before.trials}
    fitted: list[Any] = []
    monkeypatch.setattr(FitFromScratch, "fit", lambda *_: fitted.append(1))
    after = search(scoring=scoring, n_trials=len(different))
    assert fitted == []
    assert after.study_name != before.study_name
    assert {identify(trial.params) for trial in after.trials} == different
    monkeypatch.undo()
    for trial in after.trials[:3]:
        anew = configure(good_wines, model=TREE, search_space=DEPTHS, n_trials=1, scoring=scoring)
        expected = search_anew(anew, trial.params)
        assert trial.values[0] == pytest.approx(expected, rel=tolerance, abs=0)


def test_other_scores_are_recorded_as_well(search: Callable[..., optuna.Study]) -> None:
    search()
    after = search(scoring=["f1_macro", "accuracy"], n_trials=1)
    assert all(trial.user_attrs["scores"].keys() == {"accuracy"} for trial in after.trials)


def test_trials_join_a_wider_space_with_their_times(search: Callable[..., optuna.Study]) -> None:
    before = search()
    wider = {"max_depth": {"type": "int", "low": 1, "high": 15}}
    after = search(scoring="f1_macro", search_space=wider, n_trials=7)
    expected = optuna.distributions.IntDistribution(1, 15)
    assert all(trial.distributions["max_depth"] == expected for trial in after.trials)
    durations = {trial.params["max_depth"]: trial.duration for trial in reversed(before.trials)}
    assert (
        durations.items()
        <= {trial.params["max_depth"]: trial.duration for trial in reversed(after.trials)}.items()
    )


def test_trials_of_other_folds_or_models_are_not_taken_over(search: Callable[..., optuna.Study]) -> None:
    search()
    assert len(search(scoring="f1_macro", n_trials=2, cv=4).trials) == 2


def test_a_score_that_reads_decisions_is_searched_anew(search: Callable[..., optuna.Study]) -> None:
    linear = {
        "model": {"class": "sklearn.linear_model.RidgeClassifier"},
        "search_space": {"alpha": {"type": "float", "low": 0.01, "high": 10, "log": True}},
    }
    search(**linear)
    assert len(search(**linear, scoring="roc_auc", n_trials=2).trials) == 2
