"""A snapshot of a study keeps its finished trials, and writes to the study."""

import copy

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from kedro_sweep.search.storage._snapshot import take_snapshot


@pytest.fixture(params=["maximize", "minimize"])
def study(request: pytest.FixtureRequest) -> optuna.Study:
    study = optuna.create_study(direction=request.param)
    for value in (0.5, 0.9, 0.9, 0.2, 0.2):
        study.add_trial(create_trial(value=value))
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.ask()
    return study


def test_later_trials_do_not_change_it(study: optuna.Study) -> None:
    best, finished = study.best_trial, study.trials[:-1]
    snapshot = take_snapshot(study)
    for value in (0.0, 1.0):
        study.add_trial(create_trial(value=value))
    assert snapshot.trials == finished
    assert snapshot.get_trials(deepcopy=False, states=(TrialState.FAIL,)) == finished[-1:]
    assert (snapshot.best_trial.value, study.best_trial.value) == (best.value, round(best.value or 0))
    assert len(snapshot.trials_dataframe()) == len(finished)


def test_the_first_of_equally_good_trials_is_the_best(study: optuna.Study) -> None:
    assert take_snapshot(study).best_trial.number in (1, 3)


def test_a_study_without_a_value_has_no_best_trial() -> None:
    with pytest.raises(ValueError, match="No trials are completed yet"):
        _ = take_snapshot(optuna.create_study()).best_trial


def test_what_is_written_to_it_is_written_to_the_study(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    snapshot.set_user_attr("baseline", 0.4)
    assert study.user_attrs["baseline"] == snapshot.user_attrs["baseline"] == 0.4


def test_it_can_be_copied(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    assert copy.deepcopy(snapshot).trials == snapshot.trials


def test_other_studies_of_its_storage_are_shown_as_they_are(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    other = optuna.create_study(storage=study._storage)
    other.add_trial(create_trial(value=0.1))
    assert len(snapshot._storage.get_all_trials(other._study_id)) == 1
