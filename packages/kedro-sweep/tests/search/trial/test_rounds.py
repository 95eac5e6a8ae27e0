"""One fit per fold scores every number of boosting rounds exactly as a separate fit would."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.model_selection import cross_validate

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import PredictionStore
from kedro_sweep.evaluation.predictions._out_of_fold import describe_truth
from kedro_sweep.evaluation.predictions._prediction_store import list_configurations
from kedro_sweep.search import StudyConfiguration, run_search
from kedro_sweep.search.reuse import _boosting, _strategy
from kedro_sweep.search.reuse._strategy import FitFromScratch
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.run._worker import Clock, Worker
from kedro_sweep.search.settings import BoostingRounds, SearchSpace
from kedro_sweep.search.study import attributes
from kedro_sweep.search.trial import Objective

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

RATE = {"learning_rate": {"type": "float", "low": 0.1, "high": 1.0, "log": True}}
HISTOGRAMS = {"early_stopping": False, "min_samples_leaf": 2, "max_leaf_nodes": 8}


def configure_rounds(
    configure: Configure, kind: str, data: Table, high: int = 20, **changes: Any
) -> StudyConfiguration:
    name = f"sklearn.ensemble.{kind}"
    argument, fixed = ("max_iter", HISTOGRAMS) if "Hist" in kind else ("n_estimators", {})
    space = RATE | {argument: {"type": "rounds", "low": 3, "high": high}}
    return configure(
        data,
        model={"class": name, "params": fixed},
        search_space=space,
        **{"n_trials": 2, "scoring": "accuracy" if "Classifier" in kind else "r2"} | changes,
    )


def search_rounds(*args: Any, **changes: Any) -> tuple[StudyConfiguration, optuna.Study]:
    configuration = configure_rounds(*args, **changes)
    return configuration, run_search(configuration, InMemoryStorage())


@pytest.mark.parametrize(
    ("kind", "scoring"),
    [
        ("HistGradientBoostingClassifier", ["accuracy", "neg_log_loss"]),
        ("GradientBoostingClassifier", ["neg_log_loss", "accuracy"]),
    ],
)
def test_each_number_of_rounds_has_the_score_of_its_own_fit(
    kind: str,
    scoring: list[str],
    rare_classes: Table,
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configuration, study = search_rounds(configure, kind, rare_classes, 8, scoring=scoring)
    X, y = rare_classes
    for trial in study.trials:
        looked_at = trial.user_attrs[attributes.ROUNDS]
        assert len(looked_at["params"]) >= 2
        for rounds, value in zip(looked_at["params"], looked_at["values"], strict=True):
            own = configuration.build(trial.params | rounds)
            scores = cross_validate(own, X, y, cv=3, scoring=scoring)
            assert value == scores[f"test_{scoring[0]}"].mean()
        scores = cross_validate(configuration.build(trial.params), X, y, cv=3, scoring=scoring)
        assert trial.value == scores[f"test_{scoring[0]}"].mean() >= max(looked_at["values"])
        assert trial.user_attrs["scores"][scoring[1]] == scores[f"test_{scoring[1]}"].mean()
    assert "trained from scratch" not in caplog.text


def test_without_reuse_the_trials_are_the_same(values: Table, configure: Configure) -> None:
    kind = "HistGradientBoostingRegressor"
    reused, scratch = (
        search_rounds(configure, kind, values, reuse=reuse)[1].trials for reuse in (True, False)
    )
    assert [(each.params, each.value, each.user_attrs) for each in reused] == [
        (each.params, each.value, each.user_attrs) for each in scratch
    ]


def test_one_fit_per_fold_goes_on_until_its_curve_has_turned(
    values: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    fit = _boosting._grow_warm

    def grow(model: Any, rows: Any, stops: Sequence[int], goes_on: Any) -> None:
        def see(grown: Any, size: int) -> bool:
            sizes.append(size)
            return bool(goes_on(grown, size))

        fit(model, rows, stops, see)

    histograms = _boosting._HISTOGRAMS._replace(grow=grow)
    monkeypatch.setitem(_boosting._LIBRARIES, ("sklearn", "HistGradientBoosting"), histograms)
    monkeypatch.setattr(FitFromScratch, "fit", None)
    _, study = search_rounds(configure, "HistGradientBoostingRegressor", values, high=2_000)
    untuned, drawn = study.trials
    assert untuned.params["max_iter"] == 100
    assert 2 * drawn.params["max_iter"] <= max(sizes) < 2_000


def test_the_untuned_number_of_rounds_is_scored_as_it_is(values: Table, configure: Configure) -> None:
    _, study = search_rounds(configure, "HistGradientBoostingRegressor", values, high=200)
    untuned, drawn = study.trials
    assert untuned.params == {"max_iter": 100, "learning_rate": 0.1}
    assert attributes.ROUNDS not in untuned.user_attrs
    assert attributes.ROUNDS in drawn.user_attrs


def test_the_predictions_of_all_numbers_are_kept(
    rare_classes: Table, configure: Configure, tmp_path: Path
) -> None:
    configuration = configure_rounds(configure, "HistGradientBoostingClassifier", rare_classes)
    store = PredictionStore(FileSystemArtifactStore(tmp_path), describe_truth(configuration))
    study = run_search(configuration, InMemoryStorage(), on_scored=store.keep)
    configurations = list_configurations(study)
    assert [found.position for found in configurations[:2]] == [None, None]
    assert len(configurations) > len(study.trials)
    for found in configurations:
        predictions = store.read(found)
        assert predictions is not None
        y, folds = store.truth.y, store.truth.folds
        scores = [np.mean((predictions.labels == y)[folds == fold]) for fold in np.unique(folds)]
        assert np.mean(scores) == pytest.approx(found.value)
    assert len(list(tmp_path.iterdir())) == len(study.trials)


def test_a_narrower_range_takes_over_a_trial_without_the_numbers_beyond_it(
    values: Table, configure: Configure
) -> None:
    kind, storage = "HistGradientBoostingRegressor", InMemoryStorage()
    before = run_search(configure_rounds(configure, kind, values), storage).trials
    fits = min(before, key=lambda trial: int(trial.params["max_iter"]))
    high = fits.params["max_iter"]
    study = run_search(configure_rounds(configure, kind, values, high=high), storage)
    assert fits.params in [trial.params for trial in study.trials]
    assert max(found.params["max_iter"] for found in list_configurations(study)) == high


def test_rounds_of_what_has_none_are_an_error(values: Table, configure: Configure) -> None:
    space = {"max_depth": {"type": "rounds", "low": 1, "high": 9}}
    model = {"class": "sklearn.tree.DecisionTreeRegressor"}
    configuration = configure(values, model=model, search_space=space, scoring="r2")
    with pytest.raises(InputError, match="max_depth: type: rounds is not for DecisionTreeRegressor"):
        run_search(configuration, InMemoryStorage())


def test_numbers_to_look_at_grow_by_a_factor() -> None:
    dimension = BoostingRounds.model_validate({"type": "rounds", "low": 20, "high": 2_000})
    assert dimension.numbers == [
        *(20, 28, 40, 57, 80, 113, 160, 226, 320, 453, 640, 905, 1280, 1810),
        2_000,
    ]
    assert BoostingRounds.model_validate({"type": "rounds", "low": 5, "high": 5}).numbers == [5]


def search_space(
    configure: Configure, data: Table, space: dict[str, Any], **changes: Any
) -> list[optuna.trial.FrozenTrial]:
    model = {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": HISTOGRAMS}
    configuration = configure(
        data, model=model | changes.pop("model", {}), search_space=space, **changes
    )
    return run_search(configuration, InMemoryStorage()).trials


ROUNDS = {"max_iter": {"type": "rounds", "low": 5, "high": 300}}


def test_a_curve_does_not_turn_before_its_score_has_moved(configure: Configure) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(900, 3)), columns=list("abc"))
    y = pd.Series(np.where(X["a"] + random.normal(size=900) / 2 > 2, "rare", "usual"))
    rate = {"learning_rate": {"type": "float", "low": 0.02, "high": 0.021}}
    # The first rounds predict no rare class at all.
    [trial] = search_space(configure, (X, y), rate | ROUNDS, n_trials=1, scoring="f1_macro")
    values = trial.user_attrs[attributes.ROUNDS]["values"]
    assert trial.value is not None
    assert trial.value > min(values) + 0.1
    assert trial.params["max_iter"] > 20


def test_without_time_a_curve_ends_with_its_first_numbers(
    values: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_strategy, "NEXT", 1e9)
    _, study = search_rounds(configure, "HistGradientBoostingRegressor", values, high=2_000, timeout=60)
    assert [trial.params["max_iter"] for trial in study.trials] == [100, 3]


def test_under_a_limit_of_time_the_untuned_model_may_take_fewer_rounds(
    values: Table, configure: Configure
) -> None:
    configuration, study = search_rounds(
        configure, "HistGradientBoostingRegressor", values, 200, timeout=600, n_trials=1
    )
    # Only the first score is that of all rounds, however long they take.
    assert study.trials[0].params["max_iter"] == 100
    study = configuration.open_study(InMemoryStorage())
    study.enqueue_trial({"learning_rate": 0.1, "max_iter": 100})
    limited = Clock(end=time.time() + 600)
    turns = Turns(study, configuration.search_space, "one", 1)
    trial = Worker(configuration, Objective(configuration), turns).run_trial(limited)
    assert trial is not None
    looked_at = [rounds["max_iter"] for rounds in trial.user_attrs[attributes.ROUNDS]["params"]]
    assert max(looked_at) <= 100
    assert trial.params["max_iter"] <= 100
    X, y = values
    estimator = configuration.build(trial.params)
    assert trial.value == cross_validate(estimator, X, y, cv=3, scoring="r2")["test_score"].mean()


def test_categories_need_no_fit_from_scratch(
    two_classes: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = two_classes
    X = X.assign(kind=pd.Series(np.where(X["a"] > 2, "low", "high")).astype("category"))
    monkeypatch.setattr(FitFromScratch, "fit", None)
    model = {"preprocessing": "auto"}
    trials = search_space(configure, (X, y), RATE | ROUNDS, n_trials=2, model=model, scoring="accuracy")
    assert all(trial.value is not None for trial in trials)


def test_a_category_that_only_test_rows_have_needs_no_fit_from_scratch(
    two_classes: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = two_classes
    kinds = np.where(X["a"] > 2, "low", "high")
    kinds[::40] = [f"kind {number}" for number in range(len(kinds[::40]))]
    monkeypatch.setattr(FitFromScratch, "fit", None)
    data, model = (X.assign(kind=pd.Series(kinds)), y), {"preprocessing": "auto"}
    trials = search_space(configure, data, RATE | ROUNDS, n_trials=1, model=model, scoring="accuracy")
    assert trials[0].value is not None


def test_equal_parameters_are_looked_at_once(
    two_classes: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds: list[int] = []
    look = _boosting.NestedBoosting.look_at_rounds

    def count(self: Any, estimator: Any, fold: int, *others: Any) -> None:
        folds.append(fold)
        look(self, estimator, fold, *others)

    monkeypatch.setattr(_boosting.NestedBoosting, "look_at_rounds", count)
    rounds = {"max_iter": ROUNDS["max_iter"] | {"high": 20}}
    space = rounds | {"l2_regularization": {"type": "categorical", "choices": [1.0]}}
    first, again = search_space(configure, two_classes, space, n_trials=2, scoring="accuracy")
    assert (again.params, again.value) == (first.params, first.value)
    assert folds == [0, 1, 2]


def test_a_wider_range_of_rounds_is_looked_at(two_classes: Table, configure: Configure) -> None:
    storage, found = InMemoryStorage(), []
    for high, n_trials in ((4, 1), (40, 2)):
        study = run_search(
            configure(
                two_classes,
                model={"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": HISTOGRAMS},
                search_space={"max_iter": {"type": "rounds", "low": 3, "high": high}},
                n_trials=n_trials,
                scoring="neg_log_loss",
            ),
            storage,
        )
        found.append(study.trials[-1].params["max_iter"])
    assert found[0] == 4 < found[1]


def test_rounds_are_looked_at_only_where_their_condition_holds(
    two_classes: Table, configure: Configure
) -> None:
    space = {
        "early_stopping": {"type": "categorical", "choices": [True, False]},
        "max_iter": ROUNDS["max_iter"] | {"when": {"early_stopping": False}},
    }
    fixed = {"params": {"min_samples_leaf": 2, "max_leaf_nodes": 8, "n_iter_no_change": 2}}
    trials = search_space(configure, two_classes, space, n_trials=6, model=fixed, scoring="accuracy")
    assert {trial.params["early_stopping"] for trial in trials} == {True, False}
    for trial in trials:
        assert ("max_iter" in trial.params) is not trial.params["early_stopping"]


def test_nothing_can_depend_on_the_rounds() -> None:
    space = ROUNDS | {
        "l2_regularization": {"type": "float", "low": 0, "high": 1, "when": {"max_iter": 5}}
    }
    with pytest.raises(ValueError, match="max_iter has type rounds"):
        SearchSpace.model_validate(space)


def test_a_trial_that_was_killed_after_its_choice_keeps_it(
    two_classes: Table, configure: Configure
) -> None:
    model = {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": HISTOGRAMS}
    configuration = configure(two_classes, model=model, search_space=ROUNDS, n_trials=1)
    storage = InMemoryStorage()
    study = configuration.open_study(storage)
    study.enqueue_trial({"max_iter": 20}, user_attrs={attributes.ROUNDS: {"params": [{"max_iter": 40}]}})
    [trial] = run_search(configuration, storage).trials
    assert trial.params == {"max_iter": 20}
    assert trial.user_attrs[attributes.ROUNDS] == {}  # their predictions are lost
