"""The summary of a search corrects its best value, and says which runs are comparable."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import (
    PredictionStore,
    choose_members,
    load_study,
    search_and_keep,
    summarize,
)
from kedro_sweep.evaluation import _summary as module
from kedro_sweep.evaluation._summary import SweepSummary, fingerprint_comparable
from kedro_sweep.evaluation.estimates._correction import Estimate, correct_selection
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep, configure_candidates
from kedro_sweep.tables import Data, prepare_rows

pytestmark = pytest.mark.usefixtures("two_folds")

Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 9}}


def keep(
    configuration: StudyConfiguration, artifacts: FileSystemArtifactStore
) -> tuple[optuna.Study, PredictionStore]:
    """Search with one candidate."""
    studies, store = search_and_keep({"tree": configuration}, InMemoryStorage(), artifacts)
    return studies["tree"], store


def sum_up(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> dict[str, Any]:
    """Summarize a search with one candidate, of which the best trial is the model."""
    members = [describe(study.best_trial)]
    return summarize({"tree": study}, {"tree": configuration}, store, members, Ensemble()).to_flat()


def describe(trial: FrozenTrial, candidate: str = "tree") -> dict[str, Any]:
    """Describe the only trial of a model."""
    return {"candidate": candidate, "trial": trial.number, "weight": 1.0, "params": trial.params}


@pytest.fixture
def search(configure: Configure, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Search the depth of a tree, and summarize."""

    def search(**sweep: Any) -> dict[str, Any]:
        configuration = configure(**{"model": TREE, "search_space": DEPTH} | sweep)
        artifacts = FileSystemArtifactStore(tmp_path)
        study, store = keep(configuration, artifacts)
        summary = sum_up(study, configuration, store)
        if summary["corrected_value"] is not None:
            expected = correct_selection(
                store.truth,
                list(store.load(study).values()),
                configuration.scoring,
                configuration.sweep.direction,
                random_seed=configuration.random_seed,
            ).estimate
            assert expected is not None
            assert summary["corrected_value"] == expected.value
            assert [summary["corrected_low"], summary["corrected_high"]] == [*expected[1:]]
        return summary

    return search


def test_the_best_value_is_corrected_and_compared_with_the_baselines(
    search: Callable[..., dict[str, Any]],
) -> None:
    summary = search(n_trials=6)
    assert summary["corrected_low"] < summary["corrected_value"] < summary["corrected_high"]
    assert summary["corrected_value"] < summary["best_value"]
    assert summary["corrected_draws"] == 1000
    assert 1 < summary["corrected_trials"] <= 6
    for name in ("default", "dummy"):
        low, high = (summary[f"gain_over_{name}_{end}"] for end in ("low", "high"))
        assert low <= summary[f"gain_over_{name}"] <= high
    read = SweepSummary.model_validate(json.loads(json.dumps(summary)))
    assert read.to_flat() == summary


def test_an_ensemble_that_ends_with_one_trial_is_that_trial(
    configure: Configure, tmp_path: Path
) -> None:
    configuration = configure(model=TREE, search_space=DEPTH, n_trials=4)
    study, store = keep(configuration, FileSystemArtifactStore(tmp_path))
    one = min(study.trials, key=lambda trial: trial.value or 0.0)
    of_study = {"tree": study}, {"tree": configuration}, store
    found = summarize(*of_study, [describe(one)], Ensemble(size=3))
    assert found.model_name == "only trial of the ensemble"
    assert summarize(*of_study, [describe(study.best_trial)], Ensemble(size=3)).choice == "best"
    assert (found.best_trial, found.best_params) == (one.number, one.params)
    assert found.best_value == one.value
    assert "ensemble_value" not in found.to_flat()


def test_a_file_of_an_earlier_release_is_read_with_what_it_has() -> None:
    file = {"study": "forest", "scoring": "r2", "corrected_value": 0.5, "corrected_low": 0.4}
    file |= {"default_value": 0.3, "dummy_value": None, "corrected_note": None, "retired": 1}
    file |= {"gain_over_default": 0.2, "gain_over_default_low": 0.1, "gain_over_default_high": 0.3}
    read = SweepSummary.model_validate(file)
    assert [candidate.study for candidate in read.candidates] == ["forest"]
    assert read.gains == {"untuned": Estimate(0.2, 0.1, 0.3)}
    assert (read.corrected, read.untuned_value, read.dummy_value) == (None, 0.3, None)
    assert read.dummy_strategy == "class shares or mean"


def test_it_names_the_task_the_model_and_the_rows(
    search: Callable[..., dict[str, Any]], configure: Configure
) -> None:
    summary = search(n_trials=1)
    assert summary["task"] == "classification"
    assert summary["model"] == TREE["class"]
    assert summary["rows"] == len(configure().X)
    assert (summary["n_trials"], summary["n_complete"], summary["n_fail"]) == (1, 1, 0)


def test_the_folds_of_the_best_trial_are_described(search: Callable[..., dict[str, Any]]) -> None:
    summary = search(n_trials=6, cv=3)
    assert np.mean(summary["fold_scores"]) == pytest.approx(summary["best_value"])
    assert 0 < summary["folds_p_value"] <= 1
    assert summary["never_predicted"] == ["3"]  # the rarest


def test_without_predictions_it_says_why_nothing_is_corrected(
    search: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    summary = search(n_trials=2, predictions={"keep": False})
    assert summary["corrected_value"] is summary["gain_over_default"] is None
    assert summary["corrected_note"] == "sweep.predictions.keep is false."
    assert summary["fold_scores"] == []
    assert "no stored out-of-fold predictions, so their table has no rows" in caplog.text
    assert summary["default_value"] > 0


@pytest.mark.parametrize("size", [0, 3])
def test_the_out_of_fold_predictions_are_those_of_the_model(
    size: int, configure: Configure, tmp_path: Path
) -> None:
    ensemble = Ensemble(size=size)
    tree = {"tree": configure(model=TREE, search_space=DEPTH, n_trials=4, cv=3, ensemble={"size": size})}
    studies, store = search_and_keep(tree, InMemoryStorage(), FileSystemArtifactStore(tmp_path))
    members = choose_members(studies, tree, store, ensemble)
    summary = summarize(studies, tree, store, members, ensemble)
    is_right = summary.out_of_fold["y_pred"] == summary.out_of_fold["y_true"]
    score = is_right.groupby(summary.out_of_fold["fold"]).mean().mean()
    assert score == pytest.approx(summary.ensemble_value if size else summary.best_value)
    assert "out_of_fold" not in summary.to_flat()


@pytest.mark.parametrize("choose", ["fastest", "simplest"])
def test_the_summary_describes_the_model_that_is_delivered(
    choose: str, configure: Configure, tmp_path: Path
) -> None:
    ridge = {"class": "sklearn.linear_model.RidgeClassifier"}
    strong = {"alpha": {"type": "float", "low": 1.0, "high": 100.0, "log": True}}
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 30}}
    rule: dict[str, Any] = {"n_trials": 4, "cv": 3, "contest": {"turn": 2}, "choose": choose}
    scoring = ["accuracy", "f1_macro"]
    configurations = {
        "forest": configure(model=forest, search_space=DEPTH, scoring=scoring, **rule),
        "ridge": configure(model=ridge, search_space=strong, scoring=scoring, **rule),
    }
    artifacts = FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, InMemoryStorage(), artifacts)
    [member] = choose_members(studies, configurations, store, Ensemble())
    summary = summarize(studies, configurations, store, [member], Ensemble())
    trial = studies[member["candidate"]].trials[member["trial"]]
    assert member["candidate"] == "ridge"
    assert (summary.candidate, summary.best_trial, summary.best_value) == (
        "ridge",
        trial.number,
        trial.value,
    )
    assert (summary.study, summary.model) == (studies["ridge"].study_name, ridge["class"])
    assert (summary.best_params, summary.scores) == (trial.params, trial.user_attrs["scores"])
    assert summary.untuned_value == studies["ridge"].user_attrs["baselines"]["default"]
    is_right = summary.out_of_fold["y_pred"] == summary.out_of_fold["y_true"]
    score = is_right.groupby(summary.out_of_fold["fold"]).mean().mean()
    assert score == pytest.approx(trial.value)
    assert summary.uncorrected_value == pytest.approx(trial.value)
    assert summary.to_flat()["choose"] == choose


def test_the_fastest_of_the_configurations_that_are_as_good_is_described(
    configure: Configure, tmp_path: Path
) -> None:
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"max_depth": 3}}
    sizes = {"n_estimators": {"type": "int", "low": 1, "high": 20}}
    configuration = configure(model=forest, search_space=sizes, n_trials=5)
    artifacts = FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep({"forest": configuration}, InMemoryStorage(), artifacts)
    members = choose_members(studies, {"forest": configuration}, store, Ensemble())
    summary = summarize(studies, {"forest": configuration}, store, members, Ensemble())
    assert summary.trials is not None
    trials = summary.trials.set_index("number")
    best, fastest = trials.loc[summary.best_trial], summary.fastest
    assert bool(best["as_good"])
    assert fastest["seconds_of_model"] == pytest.approx(best["seconds_to_predict"])
    assert fastest["seconds"] <= fastest["seconds_of_model"]
    assert fastest["as_good"] == trials["as_good"].sum()
    assert fastest["params"] == studies["forest"].trials[fastest["trial"]].params
    read = SweepSummary.model_validate(json.loads(json.dumps(summary.to_flat())))
    assert read.fastest == fastest


def test_the_trials_of_a_candidate_that_always_fails_count(configure: Configure, tmp_path: Path) -> None:
    rule = {"n_trials": 5, "contest": {"turn": 2}}
    neighbors = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    too_many = {"n_neighbors": {"type": "int", "low": 10**5, "high": 10**6}}
    configurations = {
        "broken": configure(model=neighbors, search_space=too_many, **rule),
        "tree": configure(model=TREE, search_space=DEPTH, **rule),
    }
    artifacts = FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, InMemoryStorage(), artifacts)
    members = [describe(studies["tree"].best_trial)]
    summary = summarize(studies, configurations, store, members, Ensemble()).to_flat()
    broken, tree = summary["candidates"]
    assert (broken["n_trials"], broken["best_value"]) == (2, None)
    assert (tree["n_trials"], tree["best_value"]) == (3, summary["best_value"])
    assert (summary["n_trials"], summary["n_fail"]) == (5, 2)


def find_file(study: optuna.Study, number: int) -> str:
    """The names of a trial's predictions in the artifact store."""
    attributes = study.trials[number].system_attrs
    [file] = [name.removeprefix("artifacts:") for name in attributes if name.startswith("artifacts:")]
    return file


def test_it_says_what_predictions_are_missing(configure: Configure, tmp_path: Path) -> None:
    configuration = configure(model=TREE, search_space=DEPTH, n_trials=5)
    artifacts = FileSystemArtifactStore(tmp_path)
    study, store = keep(configuration, artifacts)
    values = {number: study.trials[number].values[0] for number in store.load(study)}
    assert sum_up(study, configuration, store)["n_configurations"] == len(values)

    artifacts.remove(find_file(study, min(values, key=values.__getitem__)))
    fewer = sum_up(study, configuration, store)
    assert fewer["corrected_trials"] == len(values) - 1
    assert fewer["corrected_note"].startswith(
        f"Only {len(values) - 1} of {len(values)} configurations have stored predictions, so some"
    )
    artifacts.remove(find_file(study, study.best_trial.number))
    without_best = sum_up(study, configuration, store)
    assert without_best["corrected_value"] is None
    assert without_best["corrected_note"] == "The predictions of the best trial are not stored."
    for path in tmp_path.iterdir():
        path.unlink()
    none = sum_up(study, configuration, store)
    assert none["corrected_value"] is None
    assert "kedro sweep studies --remove NAME" in none["corrected_note"]


def score_by_size(model: Any, X: Any, y: Any) -> float:
    """Return another score once the predictions are replayed."""
    return float(model.predict(X)[0] == y.iloc[0]) + 0.5 * hasattr(model, "tree_")


def score_square_by_size(model: Any, X: Any, y: Any) -> float:
    """Return a larger error once the predictions are replayed."""
    error = float(((model.predict(X) - y) ** 2).mean())
    return error if hasattr(model, "tree_") else 2 * error


@pytest.mark.parametrize(("scorer", "unit"), [("score_by_size", None), ("score_square_by_size", 1e-5)])
def test_predictions_that_do_not_give_the_best_value_correct_nothing(
    scorer: str, unit: float | None, configure: Configure, tmp_path: Path
) -> None:
    wines = configure()
    numbers = {"class": "sklearn.tree.DecisionTreeRegressor"}
    configuration = configure(
        (wines.X, wines.y * unit if unit else wines.y),
        model=numbers if unit else TREE,
        search_space=DEPTH,
        n_trials=2,
        scoring=f"{__name__}.{scorer}",
    )
    study, store = keep(configuration, FileSystemArtifactStore(tmp_path))
    summary = sum_up(study, configuration, store)
    assert summary["corrected_value"] is None
    assert "needs more than predictions and probabilities" in summary["corrected_note"]


def add_up_costs(model: Any, X: Any, y: Any) -> float:
    return float(-5 * (model.predict(X) < y).sum() - (model.predict(X) > y).sum())


def test_a_score_that_is_a_sum_is_not_corrected_and_a_note_says_why(
    search: Callable[..., dict[str, Any]],
) -> None:
    summary = search(n_trials=2, scoring=f"{__name__}.add_up_costs")
    assert summary["corrected_value"] is summary["gain_over_dummy"] is None
    assert "depends on the number of rows" in summary["corrected_note"]


def test_a_default_without_the_score_is_left_out_of_the_correction(
    configure: Configure, tmp_path: Path
) -> None:
    wines = configure()
    two_classes = (wines.X, wines.y > 5)
    sgd = {"class": "sklearn.linear_model.SGDClassifier", "preprocessing": "none"}
    losses = {"loss": {"type": "categorical", "choices": ["log_loss", "modified_huber"]}}
    configuration = configure(
        two_classes, model=sgd, search_space=losses, n_trials=2, scoring="neg_brier_score"
    )
    study, store = keep(configuration, FileSystemArtifactStore(tmp_path))
    summary = sum_up(study, configuration, store)  # the default, hinge, has no probabilities
    assert summary["default_value"] is summary["gain_over_default"] is None
    assert summary["corrected_value"] is not None
    assert summary["gain_over_dummy"] is not None


def test_folds_that_follow_time_are_not_resampled(search: Callable[..., dict[str, Any]]) -> None:
    splitter = {"class": "sklearn.model_selection.TimeSeriesSplit", "params": {"n_splits": 2}}
    summary = search(n_trials=2, cv=splitter)
    assert summary["corrected_value"] is None
    assert "follow time" in summary["corrected_note"]


def test_scores_of_other_models_and_features_are_comparable(configure: Configure) -> None:
    forest, tree = configure(), configure(model=TREE, search_space=DEPTH, n_trials=9)
    few = configure((forest.X[["pH", "alcohol"]], forest.y))
    keys = {fingerprint_comparable(configuration) for configuration in (forest, tree, few)}
    assert len(keys) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"cv": 4},
        {"scoring": "f1_macro"},
        {"direction": "minimize"},
        {"model": {"class": "sklearn.ensemble.RandomForestRegressor"}, "scoring": "r2"},
    ],
    ids=str,
)
def test_scores_on_other_folds_or_by_another_measure_are_not(
    change: dict[str, Any], configure: Configure
) -> None:
    assert fingerprint_comparable(configure(**change)) != fingerprint_comparable(configure())


def test_scores_on_other_rows_are_not_comparable(configure: Configure) -> None:
    whole = configure()
    fewer = configure((whole.X[1:], whole.y[1:]))
    assert fingerprint_comparable(fewer) != fingerprint_comparable(whole)


def test_scores_with_other_weights_are_not_comparable(configure: Configure) -> None:
    configuration = configure()
    weights = np.arange(1.0, 1 + len(configuration.y))
    weighted = [replace(configuration, weights=each) for each in (None, weights, weights[::-1].copy())]
    assert len({*map(fingerprint_comparable, [configuration, *weighted])}) == 3


def test_a_weighted_search_is_corrected_with_its_weights(configure: Configure, tmp_path: Path) -> None:
    settings = {"model": TREE, "search_space": DEPTH, "n_trials": 4}
    configuration = configure(**settings)
    weights = np.random.default_rng(0).gamma(1, size=len(configuration.y))
    weighted = replace(configuration, weights=weights)
    study, store = keep(weighted, FileSystemArtifactStore(tmp_path))
    summary = sum_up(study, weighted, store)
    assert summary["corrected_note"] == ""
    assert summary["uncorrected_value"] == pytest.approx(study.best_value)
    assert summary["corrected_low"] < summary["corrected_value"] < summary["corrected_high"]
    plain, plain_store = keep(configuration, FileSystemArtifactStore(tmp_path))
    unweighted = sum_up(plain, configuration, plain_store)
    widths = [found["corrected_high"] - found["corrected_low"] for found in (summary, unweighted)]
    assert widths[0] > widths[1]


def test_the_study_that_a_summary_names_is_found() -> None:
    storage = InMemoryStorage()
    for name in ("mine", "other"):
        optuna.create_study(storage=storage, study_name=name)
    assert load_study(storage, {"study": "mine"}).study_name == "mine"
    with pytest.raises(InputError, match="The study of this search, removed, is not in the storage"):
        load_study(storage, {"study": "removed"})


def score_own(model: Any, X: Any, y: Any) -> float:
    return float((model.predict(X) == y).mean())


def test_scores_by_another_version_of_an_own_scorer_are_not_comparable(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = configure(scoring=f"{__name__}.score_own")
    before = fingerprint_comparable(configuration)
    monkeypatch.setattr(module, "hash_sources", lambda modules: dict.fromkeys(modules, "edited"))
    assert fingerprint_comparable(configuration) != before


def test_folds_of_another_shuffle_are_not_comparable(configure: Configure) -> None:
    shuffled = {"class": "sklearn.model_selection.KFold", "params": {"shuffle": True}}
    keys = {fingerprint_comparable(configure(cv=shuffled, random_seed=seed)) for seed in (1, 2)}
    assert len(keys) == 2
    assert len({fingerprint_comparable(configure(random_seed=seed)) for seed in (1, 2)}) == 1


def test_the_other_scores_are_those_of_the_best_trial_and_leave_runs_comparable(
    configure: Configure, tmp_path: Path
) -> None:
    scoring = ["accuracy", "f1_macro", "matthews_corrcoef"]
    configuration = configure(model=TREE, search_space=DEPTH, n_trials=3, scoring=scoring)
    artifacts = FileSystemArtifactStore(tmp_path)
    study, store = keep(configuration, artifacts)
    summary = sum_up(study, configuration, store)
    assert list(summary["scores"]) == scoring[1:]
    assert summary["scores"] == study.best_trial.user_attrs["scores"]
    alone = configure(model=TREE, search_space=DEPTH, scoring="accuracy")
    assert summary["comparable"] == fingerprint_comparable(alone)
    more = configure(model=TREE, search_space=DEPTH, scoring=[*scoring, "balanced_accuracy"])
    assert sum_up(study, more, store)["scores"] == summary["scores"] | {"balanced_accuracy": None}


def test_a_search_on_a_sample_says_so_and_keeps_its_study(
    parameters: dict[str, Any], tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    train = pd.DataFrame({"a": random.normal(size=1_000), "b": random.normal(size=1_000)})
    train["y"] = np.where(train["a"] + random.normal(size=1_000) > 0, "yes", "no")
    data = Data(y_label="y", random_seed=0)
    settings = {"model": TREE, "search_space": DEPTH, "n_trials": 4, "search_rows": 200}
    sweep = Sweep.model_validate(parameters["sweep"] | settings)
    preparation, artifacts = prepare_rows(train, {}, data), FileSystemArtifactStore(tmp_path)
    storage, summaries = InMemoryStorage(), []
    for _ in range(2):
        configurations = configure_candidates(train, preparation, data, sweep)
        studies, store = search_and_keep(configurations, storage, artifacts)
        [(name, study)] = studies.items()
        members = [describe(study.best_trial, name)]
        summaries.append(summarize(studies, configurations, store, members, Ensemble()).to_flat())
    first, second = summaries
    assert (first["rows"], first["n_trials"]) == (200, 4)
    assert "a sample of 200 of 1,000 training rows" in first["corrected_note"]
    assert (second["study"], second["n_trials"]) == (first["study"], 4)
