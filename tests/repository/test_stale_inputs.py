"""A run never loads results made with other parameters than it records."""

import json
from typing import Any

import pandas as pd
import pytest
from kedro_sweep.tracking._session_store import read_sessions

from tests.conftest import Project
from tests.repository.conftest import Refused

REGRESSOR = {"class": "sklearn.ensemble.ExtraTreesRegressor"}


def records(project: Project) -> int:
    """The number of runs on record."""
    return len(read_sessions(project.path / "data/09_tracking/session_store.db"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"frac": 0.3}}, "data.frac 0.15 → 0.3"),
        ({"sweep": {"model": REGRESSOR}}, "is_classifier True → False"),
    ],
)
def test_tables_of_other_parameters_are_refused_and_nothing_is_recorded(
    change: dict[str, Any], message: str, prepared: Project, refused: Refused
) -> None:
    prepared.configure(**change)
    assert f"other parameters than those of this run: {message}. Run the pipeline" in refused(
        prepared, "ds"
    )
    assert records(prepared) == 1  # that of the pipeline dp
    assert prepared.studies() == {}
    assert not prepared.versions("run_parameters.json")


def test_a_run_that_makes_the_tables_again_may_change_everything(prepared: Project) -> None:
    prepared.configure(data={"frac": 0.3, "random_seed": 43}, sweep={"n_trials": 1})
    prepared.run_here("dp", "ds")
    assert len(pd.read_parquet(prepared.path / "data/05_model_input/test.parquet")) == 306


def test_a_parameter_that_made_the_tables_may_be_given_again(
    prepared: Project, refused: Refused
) -> None:
    prepared.run_here("dp", data={"frac": 0.3})
    assert "data.frac 0.3 → 0.15" in refused(prepared, "ds")
    prepared.run_here("ds", data={"frac": 0.3}, sweep={"n_trials": 1})
    [file] = prepared.versions("run_parameters.json")
    assert json.loads(file.read_text())["data.frac"] == 0.3


def test_a_feature_may_be_dropped(prepared: Project) -> None:
    prepared.run_here("ds", data={"features": ["pH", "alcohol"]}, sweep={"n_trials": 1})
    [file] = prepared.versions("features.json")
    assert json.loads(file.read_text())["features"] == ["pH", "alcohol"]


@pytest.mark.parametrize(
    "change",
    [
        {"sweep": {"model": {"params": {"criterion": "entropy"}}}},
        {"data": {"features": ["pH", "alcohol"]}},
    ],
    ids=str,
)
def test_members_of_another_study_are_refused(
    change: dict[str, Any], searched: Project, refused: Refused
) -> None:
    [name] = searched.studies()
    models = searched.versions("model.pkl")
    searched.configure(**change)
    message = refused(searched, "ds", from_nodes=["data_science.train_model"])
    assert f"come from a search of study {name}, but this run's parameters" in message
    assert searched.versions("model.pkl") == models


def test_a_change_that_leaves_the_study_as_it_is_may_start_at_training(searched: Project) -> None:
    searched.configure(sweep={"n_trials": 50, "sampler": {"class": "RandomSampler"}})
    searched.run_here("ds", from_nodes=["data_science.train_model"])
    assert len(searched.versions("model.pkl")) == 2
