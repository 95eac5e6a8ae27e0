"""A changed score starts with the trials of the study, scored again without training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep import SweepSearchCV
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Rescored, rescore_studies, search_and_keep
from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth
from kedro_sweep.search import StudyConfiguration, run_search
from kedro_sweep.search.reuse._strategy import FitFromScratch
from kedro_sweep.search.study import identify
from kedro_sweep.search.study.attributes import INTRODUCED, SAVED

pytestmark = pytest.mark.usefixtures("two_folds")

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
DEPTHS = {"max_depth": {"type": "int", "low": 1, "high": 12}}
LINEAR = {
    "model": {"class": "sklearn.linear_model.RidgeClassifier"},
    "search_space": {"alpha": {"type": "float", "low": 0.01, "high": 10, "log": True}},
}
weighted_f2 = make_scorer(fbeta_score, beta=2, average="weighted")


def share_right(estimator: Any, X: Any, y: pd.Series) -> float:
    """A score in a file of the user's own, whose source is part of the study's description."""
    return float((estimator.predict(X) == y).mean())


def mean_alcohol(estimator: Any, X: Any, y: pd.Series) -> float:
    return float(X["alcohol"].mean())


@pytest.fixture
def good_wines(table: Table) -> Table:
    X, y = table
    return X, (y >= 6).astype(int)


@pytest.fixture
def configure_tree(configure: Configure, good_wines: Table) -> Configure:
    settings = {"data": good_wines, "model": TREE, "search_space": DEPTHS, "n_trials": 4}
    return lambda **changes: configure(**settings | changes)


@pytest.fixture
def storage() -> BaseStorage:
    return InMemoryStorage()


@pytest.fixture
def search(
    configure_tree: Configure, storage: BaseStorage, tmp_path: Path
) -> Callable[..., optuna.Study]:
    """Search a tree; all searches share the storage and the predictions."""

    def search(**changes: Any) -> optuna.Study:
        configurations, artifacts = (
            {"tree": configure_tree(**changes)},
            FileSystemArtifactStore(tmp_path),
        )
        return search_and_keep(configurations, storage, artifacts)[0]["tree"]

    return search


@pytest.fixture
def rescore(configure_tree: Configure, storage: BaseStorage, tmp_path: Path) -> Callable[..., Rescored]:
    """Score a search again, by the storage and the predictions of the searches."""

    def rescore(scoring: str, **settings: Any) -> Rescored:
        before, after = (configure_tree(**settings, **by) for by in ({}, {"scoring": scoring}))
        store = PredictionStore(FileSystemArtifactStore(tmp_path), describe_truth(before))
        [found] = rescore_studies({"tree": before}, {"tree": after}, storage, store)
        return found

    return rescore


def search_anew(configuration: StudyConfiguration, params: dict[str, Any]) -> float:
    storage: BaseStorage = InMemoryStorage()
    study = configuration.open_study(storage)
    study.enqueue_trial(params)
    return float(run_search(configuration, storage).trials[0].values[0])


@pytest.mark.parametrize(
    ("scoring", "tolerance"),
    [
        ("f1_macro", 0),
        ("balanced_accuracy", 0),
        (f"{__name__}.weighted_f2", 0),
        (f"{__name__}.share_right", 0),
        ("neg_log_loss", 1e-6),
    ],
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
    for trial in after.trials[:2]:
        anew = configure(good_wines, model=TREE, search_space=DEPTHS, n_trials=1, scoring=scoring)
        expected = search_anew(anew, trial.params)
        assert trial.values[0] == pytest.approx(expected, rel=tolerance, abs=0)


def test_other_scores_are_recorded_as_well(search: Callable[..., optuna.Study]) -> None:
    search()
    after = search(scoring=["f1_macro", "accuracy"], n_trials=1)
    assert all(trial.user_attrs["scores"].keys() == {"accuracy"} for trial in after.trials)


def test_a_notebook_gets_the_folds_of_all_scores(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 2))
    target = (rows[:, 0] > 0).astype(int)
    space, scoring = {"max_depth": (1, 3)}, ["accuracy", "roc_auc"]
    how: dict[str, Any] = {"n_trials": 2, "cv": 3, "scoring": scoring, "storage": tmp_path / "journal"}
    for refit in ("roc_auc", "accuracy"):
        tree = DecisionTreeClassifier(random_state=0)
        found = SweepSearchCV(tree, space, refit=refit, **how).fit(rows, target)
    for name in scoring:
        assert np.isfinite(found.cv_results_[f"mean_test_{name}"]).all()


def test_trials_join_a_wider_space_with_their_times(search: Callable[..., optuna.Study]) -> None:
    before = search()
    for trial in before.trials:
        before._storage.get_trial(trial._trial_id).system_attrs[SAVED] = 0.25
    wider = {"max_depth": {"type": "int", "low": 1, "high": 15}}
    after = search(scoring="f1_macro", search_space=wider, n_trials=5)
    n_copies = len({trial.params["max_depth"] for trial in before.trials})
    assert {trial.system_attrs.get(SAVED) for trial in after.trials[:n_copies]} == {0.25}
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
    search(**LINEAR)
    assert len(search(**LINEAR, scoring="roc_auc", n_trials=2).trials) == 2


# --- on demand ----------------------------------------------------------------------------------------


def test_a_search_is_scored_again_and_its_own_study_stays(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored]
) -> None:
    present = search()
    before = present.trials
    found = rescore("balanced_accuracy")
    assert found.study is not None
    values = {identify(trial.params): trial.value for trial in found.study.trials}
    assert values.keys() == {identify(trial.params) for trial in before}
    assert found.value_of_before == values[identify(present.best_params)]
    assert present.trials == before


def test_scoring_again_twice_adds_nothing(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored]
) -> None:
    search()
    first, again = rescore("f1_macro"), rescore("f1_macro")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.study is not None
    assert again.study is not None
    assert again.study.trials == first.study.trials


def test_a_takeover_that_was_interrupted_is_completed(
    search: Callable[..., optuna.Study],
    rescore: Callable[..., Rescored],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    different = {identify(trial.params) for trial in search().trials}
    add_trial, added = optuna.Study.add_trial, list[FrozenTrial]()

    def add_two(study: optuna.Study, trial: FrozenTrial) -> None:
        if len(added) == 2:
            raise KeyboardInterrupt
        added.append(trial)
        add_trial(study, trial)

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "add_trial", add_two)
        with pytest.raises(KeyboardInterrupt):
            rescore("f1_macro")
    found = rescore("f1_macro")
    assert found.is_new
    assert found.study is not None
    assert len(found.study.trials) == len(different) > 2
    assert {identify(trial.params) for trial in found.study.trials} == different


def test_a_study_without_any_score_takes_over_trials(
    configure_tree: Configure,
    storage: BaseStorage,
    search: Callable[..., optuna.Study],
    rescore: Callable[..., Rescored],
) -> None:
    interrupted = configure_tree(scoring="f1_macro").open_study(storage)
    interrupted.set_user_attr(INTRODUCED, True)
    search()
    assert rescore("f1_macro").is_new
    assert interrupted.trials


def test_a_run_continues_what_was_scored_again(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored]
) -> None:
    search()
    found = rescore("f1_macro")
    assert found.study is not None
    n_trials = len(found.study.trials) + 1
    after = search(scoring="f1_macro", n_trials=n_trials)
    assert (after.study_name, len(after.trials)) == (found.study.study_name, n_trials)


def test_without_a_study_the_most_similar_one_is_named(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored]
) -> None:
    with pytest.raises(InputError, match="The storage has no study yet: start `kedro run` first"):
        rescore("f1_macro")
    name = search().study_name
    with pytest.raises(InputError, match=f"most similar study is {name}.*cv 2 → 4"):
        rescore("f1_macro", cv=4)


def test_if_no_predictions_are_to_be_kept_the_setting_is_named(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored]
) -> None:
    settings = {"predictions": {"keep": False}}
    search(**settings)
    with pytest.raises(InputError, match=r"sweep\.predictions\.keep is false, so no predictions"):
        rescore("f1_macro", **settings)


def test_without_predictions_nothing_is_scored_again(
    search: Callable[..., optuna.Study], rescore: Callable[..., Rescored], tmp_path: Path
) -> None:
    search()
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(InputError, match=r"No predictions of this study are stored.*--remove NAME"):
        rescore("f1_macro")


@pytest.mark.parametrize(
    ("scoring", "settings", "expected"),
    [
        ("roc_auc", LINEAR, "'roc_auc' reads the decision_function of the model"),
        ("neg_log_loss", LINEAR, "'neg_log_loss' cannot be computed from stored predictions alone"),
        (f"{__name__}.mean_alcohol", {}, "mean_alcohol' cannot be computed from stored predictions"),
    ],
)
def test_a_score_of_something_that_is_not_stored_is_refused(
    scoring: str,
    settings: dict[str, Any],
    expected: str,
    search: Callable[..., optuna.Study],
    rescore: Callable[..., Rescored],
    storage: BaseStorage,
) -> None:
    search(**settings)
    with pytest.raises(InputError, match=expected):
        rescore(scoring, **settings)
    assert len(storage.get_all_studies()) == 1
