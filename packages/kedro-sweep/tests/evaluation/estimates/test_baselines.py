"""The baselines are scored on the folds of the search, once per study."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import create_trial
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier
from skrub import tabular_pipeline

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation.estimates import _baselines as baselines
from kedro_sweep.evaluation.estimates._baselines import score_baselines
from kedro_sweep.evaluation.predictions._out_of_fold import describe_truth
from kedro_sweep.evaluation.predictions._prediction_store import PredictionStore
from kedro_sweep.search import StudyConfiguration

Configure = Callable[..., StudyConfiguration]
Score = Callable[[StudyConfiguration], dict[str, Any]]

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
    )[0]


def test_they_are_a_dummy_and_the_estimator_with_its_defaults(
    configure: Configure, score: Score
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    X, y = configuration.X, configuration.y
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=42)
    assert score(configuration) == {
        "default": cross_val_score(tree, X, y, cv=3).mean(),
        "dummy": pytest.approx(cross_val_score(DummyClassifier(), X, y, cv=3).mean()),
        "strategy": "always 5",
    }


def test_an_untuned_gradient_boosting_is_scored_as_one_line_of_skrub(
    configure: Configure, score: Score
) -> None:
    wines = configure()
    two_classes = X, y = (wines.X, wines.y > 5)
    settings = {"model": TREE, "search_space": DEPTH, "scoring": "neg_log_loss"}
    configuration = configure(two_classes, **settings, untuned_boosting=True, cv=2)
    one_line = tabular_pipeline("classifier")
    expected = cross_val_score(one_line, X, y, cv=2, scoring="neg_log_loss").mean()
    assert score(configuration)["boosting"] == expected
    assert "boosting" not in score(configure(two_classes, **settings))  # stored, but not wanted


def test_untuned_gradient_boosting_of_text_is_repeatable(configure: Configure, score: Score) -> None:
    X, y = configure().X.iloc[::3], configure().y.iloc[::3] > 5
    words = np.random.default_rng(0).choice(list("abcdefgh"), size=(len(X), 6))
    text = X.assign(text=["".join(letters) for letters in words])
    studies = [DEPTH, {"max_depth": DEPTH["max_depth"] | {"high": 4}}]
    settings = {"model": TREE, "untuned_boosting": True, "scoring": "neg_log_loss", "cv": 2}
    first, second = (score(configure((text, y), search_space=space, **settings)) for space in studies)
    assert first["boosting"] == second["boosting"]


def test_a_score_of_probabilities_can_be_computed(configure: Configure, score: Score) -> None:
    wines = configure()
    two_classes = (wines.X, wines.y > 5)
    values = score(configure(two_classes, model=TREE, search_space=DEPTH, scoring="neg_log_loss"))
    assert values["dummy"] == pytest.approx(np.log(0.5), abs=0.01)
    assert values["strategy"] == "class shares"


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
    values, _ = score_baselines(study, configuration, store)
    assert fitted == []
    assert read.call_count == 1
    assert study.trials[0].params == {"min_samples_leaf": 1}
    assert values["default"] == study.trials[0].value
    assert np.array_equal(store.load_for_study(study)["default"].labels, store.load(study)[0].labels)


class Clocked(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """Predicts the first class, and moves its own clock when it is fitted."""

    clock = 0.0
    n_fitted = 0

    def __init__(self, overhead: float = 0.0, power: float = 1.0, x: int = 0) -> None:
        """Keep the seconds per fit, how the seconds grow with the rows, and what is searched."""
        self.overhead = overhead
        self.power = power
        self.x = x

    def fit(self, X: Any, y: Any) -> "Clocked":
        """Take a second per hundred rows, if the power is 1."""
        Clocked.clock += self.overhead + (len(y) / 100) ** self.power
        Clocked.n_fitted += len(y)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def score_clocked(
    configure: Configure, storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[dict[str, Any], dict[str, str]]]:
    """Score the baselines beside a trial that took some seconds, of a model that keeps its own time."""
    monkeypatch.setattr(baselines, "monotonic", lambda: Clocked.clock)
    Clocked.clock, Clocked.n_fitted = 0.0, 0

    def score(
        n_rows: int, trial: float, *, timeout: float | None = None, **params: float
    ) -> tuple[dict[str, Any], dict[str, str]]:
        X = pd.DataFrame({"a": np.arange(n_rows)})
        configuration = configure(
            (X, X["a"] % 2),
            model={"class": f"{__name__}.Clocked", "params": params},
            search_space={"x": {"type": "int", "low": 1, "high": 9}},
            timeout=timeout,
        )
        study, start = configuration.open_study(storage), datetime(2026, 1, 1)
        finished = create_trial(value=0.5)
        finished.datetime_start = start
        finished.datetime_complete = start + timedelta(seconds=trial)
        study.add_trial(finished)
        store = PredictionStore(FileSystemArtifactStore(tmp_path), describe_truth(configuration))
        return score_baselines(study, configuration, store)

    return score


@pytest.mark.parametrize(
    ("params", "trial"), [({}, 200.0), ({"power": 2.0}, 5000.0), ({"overhead": 5.0}, 205.0)]
)
def test_an_untuned_model_that_takes_longer_than_two_trials_is_given_up(
    params: dict[str, float], trial: float, score_clocked: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    values, notes = score_clocked(30_000, trial, **params)
    assert values["default"] is None
    assert values["dummy"] == pytest.approx(0.5, abs=0.001)
    assert Clocked.clock <= 2 * trial
    assert Clocked.n_fitted < 7_000  # of 60,000 for three folds
    assert f"its limit is {2 * trial:g} s" in notes["default"]
    assert notes["default"] in caplog.messages
    assert f"Scoring the untuned model, which may take up to {2 * trial:g} s." in caplog.messages


@pytest.mark.parametrize(
    ("params", "trial"),
    [({}, 350.0), ({"power": 0.0, "overhead": 2.0}, 8.0)],
)
def test_an_untuned_model_that_takes_as_long_as_two_trials_is_scored(
    params: dict[str, float], trial: float, score_clocked: Any
) -> None:
    values, notes = score_clocked(30_000, trial, **params)
    assert (values["default"], notes) == (0.5, {})


@pytest.mark.parametrize(
    ("timeout", "overhead", "is_scored"),
    [(None, 9.0, True), (None, 11.0, False), (60, 2.2, True), (60, 3.0, False)],
)
def test_a_quick_model_may_take_half_a_minute_or_an_eighth_of_the_time_limit(
    timeout: float | None, overhead: float, is_scored: bool, score_clocked: Any
) -> None:
    values, notes = score_clocked(30, 0.1, timeout=timeout, overhead=overhead)
    assert (values["default"] is not None) == (not notes) == is_scored


def test_without_predictions_the_value_of_the_trial_is_enough(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = {"min_samples_leaf": {"type": "int", "low": 1, "high": 9}}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    configuration = configure(model=tree, search_space=leaves, n_trials=1, predictions={"keep": False})
    study, store = search_tree(configuration, InMemoryStorage(), FileSystemArtifactStore(tmp_path))
    monkeypatch.setattr(baselines, "_cross_validate", None)
    values, _ = score_baselines(study, configuration, store)
    assert values["default"] == study.trials[0].value


def test_only_the_dummy_of_an_earlier_version_is_scored_again(
    configure: Configure, score: Score, storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    values = score(configuration)
    study = optuna.load_study(study_name=configuration.study_name, storage=storage)
    study.set_user_attr("baselines", {"default": values["default"], "dummy": 0.1})
    monkeypatch.setattr(baselines, "_score_untuned", None)
    assert score(configuration) == values
    assert study.user_attrs["baselines"] == values


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
    assert message.startswith("The untuned model has no score. ValueError: Expected n_neighbors")


def test_a_store_that_cannot_be_written_costs_no_baseline(
    configure: Configure, storage: InMemoryStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH)
    gone = FileSystemArtifactStore(tmp_path / "gone")
    store = PredictionStore(gone, describe_truth(configuration))
    values, _ = score_baselines(configuration.open_study(storage), configuration, store)
    assert None not in values.values()
    assert "The dummy model: its predictions could not be kept" in caplog.text


def test_they_are_fitted_and_scored_with_weights(configure: Configure, score: Score) -> None:
    wines = configure()
    settings = {"model": TREE, "search_space": DEPTH, "untuned_boosting": True, "cv": 2}
    unweighted = configure((wines.X, wines.y > 5), **settings)
    weights = np.random.default_rng(0).gamma(1, size=len(wines.y))
    configuration = replace(unweighted, weights=weights)
    scores: dict[str, list[float]] = {"default": [], "boosting": []}
    for fold in configuration.folds:
        own = np.delete(weights, fold.test)
        np.testing.assert_array_equal(fold.weights_train, own)
        tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=42)
        boosting = tabular_pipeline("classifier")
        tree.fit(fold.X_train, fold.y_train, own)
        last = boosting.steps[-1][0]
        boosting.fit(fold.X_train, fold.y_train, **{f"{last}__sample_weight": own})
        for name, model in (("default", tree), ("boosting", boosting)):
            y_pred = model.predict(fold.X_test)
            scores[name].append(accuracy_score(fold.y_test, y_pred, sample_weight=weights[fold.test]))
    found = score(configuration)
    assert found["default"] == np.mean(scores["default"])
    assert found["boosting"] == np.mean(scores["boosting"])
    other = score(unweighted)
    assert all(found[name] != other[name] for name in ("default", "boosting", "dummy"))


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame])
def test_many_rows_of_any_kind_are_tried_on_a_few_first(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MANY_ROWS", 64)
    rows = np.arange(128.0).reshape(-1, 1)
    fold = Mock(X_train=kind(rows), y_train=pd.Series(np.arange(128) // 64))
    baselines._check_growth(DecisionTreeClassifier(), fold, 5, 60.0)
    with pytest.raises(baselines._TooSlowError, match="it would take"):
        baselines._check_growth(DecisionTreeClassifier(), fold, 5, 0.0)
