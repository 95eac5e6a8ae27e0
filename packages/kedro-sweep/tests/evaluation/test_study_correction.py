"""The correction of a contest, and of an ensemble, repeats the choice among all configurations."""

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

from kedro_sweep.evaluation import PredictionStore, _study_correction, search_and_keep
from kedro_sweep.evaluation._study_correction import correct_studies
from kedro_sweep.evaluation.estimates import _draws
from kedro_sweep.evaluation.estimates._correction import correct_selection
from kedro_sweep.evaluation.predictions._out_of_fold import describe_truth
from kedro_sweep.evaluation.predictions._prediction_store import draw_lot, list_configurations
from kedro_sweep.search import Ensemble, StudyConfiguration, run_search

pytestmark = pytest.mark.usefixtures("two_folds")

Contest = tuple[dict[str, optuna.Study], dict[str, StudyConfiguration], PredictionStore]

CANDIDATES = {
    "tree": (
        {"class": "sklearn.tree.DecisionTreeClassifier"},
        {"max_depth": {"type": "int", "low": 1, "high": 9}},
    ),
    "ridge": (
        {"class": "sklearn.linear_model.RidgeClassifier"},
        {"alpha": {"type": "float", "low": 0.01, "high": 100, "log": True}},
    ),
}


@pytest.fixture
def search(configure: Callable[..., StudyConfiguration], tmp_path: Path) -> Callable[..., Contest]:
    """Search two candidates on the same folds."""

    def search(**changes: Any) -> Contest:
        configurations = {
            name: configure(model=model, search_space=space, **{"n_trials": 4} | changes)
            for name, (model, space) in CANDIDATES.items()
        }
        store = PredictionStore(
            FileSystemArtifactStore(tmp_path), describe_truth(configurations["tree"])
        )
        studies = {
            name: run_search(configuration, InMemoryStorage(), on_scored=store.keep)
            for name, configuration in configurations.items()
        }
        return studies, configurations, store

    return search


def test_the_choice_is_repeated_among_the_configurations_of_all_candidates(
    search: Callable[..., Contest],
) -> None:
    contest = studies, configurations, store = search()
    everything = [found for study in studies.values() for found in store.load(study).values()]
    expected = correct_selection(
        store.truth, everything, "accuracy", "maximize", {}, configurations["tree"].random_seed
    )
    assert correct_studies(*contest, Ensemble()) == expected
    assert expected.n_configurations > len(store.load(studies["tree"]))


def test_an_ensemble_is_selected_anew_in_each_of_200_draws(search: Callable[..., Contest]) -> None:
    contest = studies, configurations, store = search(n_trials=2)
    ensemble = Ensemble(size=3, trials=2)
    best_study = max(studies.values(), key=lambda study: study.best_value)
    store.keep_for_study(best_study, "dummy", next(iter(store.load(best_study).values())))
    correction = correct_studies(*contest, ensemble)
    assert correction.estimate is not None
    assert correction.n_draws == 200
    assert correction.estimate.low < correction.estimate.value < correction.estimate.high
    assert correction.gains["dummy"].low <= correction.gains["dummy"].value
    # Without time for a second model, the ensemble is the first one alone, or an equal that is faster.
    without_time = correct_studies(studies, configurations, replace(store, seconds=0), ensemble)
    first = correct_studies(*contest, Ensemble(size=1, trials=2))
    assert without_time.estimate is not None
    assert first.estimate is not None
    assert without_time.estimate.value == pytest.approx(first.estimate.value, abs=0.001)
    assert without_time != correction
    # With one model to choose from, nothing is left of the ensemble.
    single = correct_studies(*contest, Ensemble(size=3, trials=1))
    plain = correct_studies(*contest, Ensemble())
    assert single.estimate is not None
    assert plain.estimate is not None
    assert single.estimate.value == pytest.approx(plain.estimate.value, abs=0.01)


def test_candidates_without_the_probabilities_that_the_score_reads_are_no_choices(
    search: Callable[..., Contest],
) -> None:
    x = np.random.default_rng(0).normal(size=90)
    data = pd.DataFrame({"x": x}), pd.Series(np.abs(x) > 0.7)  # which no line separates
    contest = studies, _, store = search(data=data, scoring="roc_auc", n_trials=2)
    trees = correct_studies(*contest, Ensemble())
    assert trees.n_configurations == len(store.load(studies["tree"]))
    assert trees.estimate is not None
    # In an ensemble, they vote.
    both = correct_studies(*contest, Ensemble(size=2))
    assert both.n_configurations == sum(len(store.load(study)) for study in studies.values())
    assert both.estimate is not None
    only_lines = {"ridge": studies["ridge"]}
    assert "does not predict probabilities" in correct_studies(only_lines, *contest[1:], Ensemble()).note


def score_own(model: Any, X: Any, y: Any) -> float:
    return float(np.mean(model.predict(X) == y))


def test_an_ensemble_by_a_scorer_of_ones_own_is_not_corrected(search: Callable[..., Contest]) -> None:
    correction = correct_studies(*search(scoring=f"{__name__}.score_own", n_trials=2), Ensemble(size=2))
    assert correction.estimate is None
    assert "for each blend in each draw" in correction.note


def test_of_a_large_table_an_ensemble_is_corrected_on_as_many_rows_as_take_seconds(
    search: Callable[..., Contest], monkeypatch: pytest.MonkeyPatch
) -> None:
    studies, configurations, store = search(n_trials=4)
    sampled = {name: replace(each, n_train=10**6) for name, each in configurations.items()}
    monkeypatch.setattr(_draws, "BLENDED_CELLS", 800_000)
    contest = studies, sampled, store
    correction = correct_studies(*contest, Ensemble(size=2))
    n_rows = len(store.truth.y)
    n_drawn = int(correction.note.split()[1])
    assert 50 < n_drawn < n_rows
    assert f"From {n_drawn} of {n_rows} held-out rows." in correction.note
    assert correction.estimate is not None
    assert correction.draws is not None
    assert correction.draws.n_units == n_drawn
    assert correction.uncorrected is not None  # on these rows, too
    assert (
        correction.uncorrected
        != correct_studies(studies, configurations, store, Ensemble(size=2)).uncorrected
    )


def test_only_a_random_sample_is_used_if_predictions_were_removed(
    configure: Callable[..., StudyConfiguration], tmp_path: Path
) -> None:
    space = {
        "max_depth": {"type": "int", "low": 1, "high": 20},
        "min_samples_leaf": {"type": "int", "low": 1, "high": 50},
    }
    model, predictions = CANDIDATES["tree"][0], {"max_mb": 0.1}
    configurations = {
        "tree": configure(model=model, search_space=space, n_trials=40, predictions=predictions)
    }
    artifacts = FileSystemArtifactStore(tmp_path)
    studies, store = search_and_keep(configurations, InMemoryStorage(), artifacts)
    kept = store.load(studies["tree"]).keys()
    everything = list_configurations(studies["tree"])
    drawn = [found.number for found in sorted(everything, key=draw_lot)]
    sample = next(n for n, number in enumerate(drawn) if number not in kept)
    assert 10 <= sample < len(kept) < len(everything)
    correction = correct_studies(studies, configurations, store, Ensemble())
    assert correction.n_configurations == sample
    assert f"among {sample} of them, drawn at random" in correction.note


def test_luck_that_the_correction_cannot_remove_is_named(
    search: Callable[..., Contest], monkeypatch: pytest.MonkeyPatch
) -> None:
    contest = studies, *_ = search(n_trials=2)
    assert correct_studies(*contest, Ensemble()).note == ""
    for values in ({}, {0: 0.1}):  # cut off by the limit of time, and pruned for its score
        state = optuna.trial.TrialState.PRUNED
        studies["tree"].add_trial(optuna.trial.create_trial(state=state, intermediate_values=values))
    assert "1 pruned trial cannot take part" in correct_studies(*contest, Ensemble()).note
    monkeypatch.setattr(_study_correction, "MANY_ARGUMENTS", 1)
    assert "With 1 arguments" in correct_studies(*contest, Ensemble()).note
