"""Several runs in one process, as in a notebook or a server, keep their records apart."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from kedro_datasets.pandas import CSVDataset
from kedro_sweep.errors import InputError
from kedro_sweep.tracking import FILE_NAME, read_sessions

from tests.conftest import Project, read_yaml


def test_a_session_in_another_thread_is_refused_and_leaves_no_trace(
    copy_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: Project = copy_project()
    has_begun, may_load = Event(), Event()
    load = CSVDataset.load

    def load_late(dataset: CSVDataset) -> Any:
        has_begun.set()
        assert may_load.wait(60)
        return load(dataset)

    monkeypatch.setattr(CSVDataset, "load", load_late)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(project.run_here, "dp", data={"random_seed": 1})
        assert has_begun.wait(60)
        with pytest.raises(InputError, match="Another run of this project is in progress"):
            project.run_here("dp", data={"random_seed": 2})
        may_load.set()
        first.result()
    assert read_seeds(project) == [1]
    project.run_here("dp", data={"random_seed": 3})
    assert read_seeds(project) == [1, 3]


def read_seeds(project: Project) -> list[int]:
    """The seeds of the recorded runs, oldest first; the tables are those of the newest one."""
    sessions = read_sessions(project.path / "data/09_tracking" / FILE_NAME)
    assert all(session["finished"] for session in sessions.values())
    seeds = [sessions[run]["runtime_params"]["data"]["random_seed"] for run in sorted(sessions)]
    record = read_yaml(project.path / "data/05_model_input/data_summary.json")
    assert record["parameters"]["random_seed"] == seeds[-1]
    return seeds
