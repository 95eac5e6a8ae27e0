"""A run never loads results made with other parameters than it records."""

import json

from kedro_sweep.tracking._session_store import read_sessions

from tests.conftest import Project
from tests.repository.conftest import Refused


def records(project: Project) -> int:
    """The number of runs on record."""
    return len(read_sessions(project.path / "data/09_tracking/session_store.db"))


def test_tables_of_other_parameters_are_refused_and_nothing_is_recorded(
    prepared: Project, refused: Refused
) -> None:
    prepared.configure(data={"frac": 0.3})
    message = "other parameters than those of this run: data.frac 0.15 → 0.3. Run the pipeline"
    assert message in refused(prepared, "ds")
    assert records(prepared) == 1  # that of the pipeline dp
    assert prepared.studies() == {}
    assert not prepared.versions("run_parameters.json")


def test_a_feature_may_be_dropped(prepared: Project) -> None:
    columns = ["pH", "alcohol"]
    prepared.run_here("ds", to_outputs=["features"], data={"features": columns}, sweep={"n_trials": 1})
    [file] = prepared.versions("features.json")
    assert json.loads(file.read_text())["features"] == columns


def test_members_of_another_study_are_refused(searched: Project, refused: Refused) -> None:
    [name] = searched.studies()
    models = searched.versions("model.pkl")
    searched.configure(sweep={"model": {"params": {"criterion": "entropy"}}})
    message = refused(searched, "ds", from_nodes=["data_science.train_model"])
    assert f"come from a search of study {name}, but this run's parameters" in message
    assert searched.versions("model.pkl") == models


def test_a_change_that_leaves_the_study_as_it_is_may_start_at_training(searched: Project) -> None:
    searched.configure(sweep={"n_trials": 50, "sampler": {"class": "RandomSampler"}})
    searched.run_here("ds", from_nodes=["data_science.train_model"])
    assert len(searched.versions("model.pkl")) == 2
