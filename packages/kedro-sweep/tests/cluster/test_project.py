"""The commands of several machines, each in its own copy of the project, finish one study."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search import open_database
from kedro_sweep.search.storage._database import URL_VARIABLE

ROOT = Path(__file__).parents[4]
N_TRIALS = 12
WORKER = ("--pipelines", "worker")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Start]:
    """Start `kedro run --env cluster` in the project folder of a machine."""
    # Ctrl-C ends a process even if a shell runs the tests in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    processes: list[subprocess.Popen[str]] = []

    def start(machine: str, *arguments: str, url: str = database_url) -> subprocess.Popen[str]:
        folder = tmp_path / machine
        if not folder.exists():
            for name in ("conf", "src", "data/01_raw"):
                ignored = shutil.ignore_patterns("local", "credentials*")
                shutil.copytree(ROOT / name, folder / name, ignore=ignored)
            for name in ("pyproject.toml", ".telemetry"):
                shutil.copy(ROOT / name, folder)
        environment = {**os.environ, URL_VARIABLE: url, "PREDICTION_FOLDER": str(tmp_path / "shared")}
        if not url:
            del environment[URL_VARIABLE]
        command = [sys.executable, "-m", "kedro", "run", "--env", "cluster", *arguments]
        processes.append(
            subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> str:
    """Wait until a process ends, and return what it printed as one line."""
    return " ".join(process.communicate(timeout=300)[0].split())


def list_trials(url: str) -> list[FrozenTrial]:
    storage = open_database(url)
    studies = storage.get_all_studies()
    return storage.get_all_trials(studies[0]._study_id) if studies else []


def test_two_terminals_and_a_worker_finish_one_study(
    start: Start, tmp_path: Path, database_url: str
) -> None:
    # Without reuse, the trials take a while.
    total = ("--params", f"sweep.n_trials={N_TRIALS},sweep.reuse=false")
    machines = [
        start("one", "--pipelines", "dp,ds", *total),
        start("two", "--pipelines", "dp,ds", *total),
    ]
    deadline = time.monotonic() + 120
    while not list_trials(database_url) and time.monotonic() < deadline:
        time.sleep(0.2)
    worker = start("three", *WORKER)
    printed = [finish(machine) for machine in (*machines, worker)]
    assert [machine.returncode for machine in (*machines, worker)] == [0, 0, 0], printed
    trials = list_trials(database_url)
    assert [trial.number for trial in trials] == [*range(N_TRIALS)]
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    results = [tmp_path / name / "data/07_model_output" for name in ("one", "two")]
    best, other = (json.loads((folder / "best_params.json").read_text()) for folder in results)
    assert best == other
    assert not (tmp_path / "three/data/07_model_output").exists()
    assert len([*(tmp_path / "shared").iterdir()]) >= len({str(trial.params) for trial in trials})


def test_what_a_machine_cannot_do_is_one_message(
    start: Start, tmp_path: Path, database_url: str
) -> None:
    without_url = start("one", *WORKER, url="")
    without_study = start("two", *WORKER)
    message = f"The environment variable {URL_VARIABLE} is not set: set it to the URL of the database"
    assert message in finish(without_url)
    assert "The storage has no study yet: start `kedro run --env cluster` first" in finish(without_study)
    one = start("one", "--pipelines", "dp,ds", "--params", "sweep.n_trials=2")
    assert "Traceback" not in finish(one)
    refused = finish(start("two", *WORKER, "--params", "data.random_seed=7"))
    name = open_database(database_url).get_all_studies()[0].study_name
    assert f"The most similar study is {name}. What differs: data " in refused
    assert "random_seed 42 → 7" in refused
    assert "Traceback" not in refused


def test_ctrl_c_on_one_machine_leaves_its_trial_to_the_other(start: Start, database_url: str) -> None:
    total = ("--pipelines", "dp,ds", "--params", "sweep.n_trials=1000,sweep.reuse=false")
    one = start("one", *total)
    deadline = time.monotonic() + 120
    while len(list_trials(database_url)) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    one.send_signal(signal.SIGINT)
    printed = finish(one)
    assert (
        "Interrupted. Finished trials are kept, unless the storage is temporary: run again to continue."
        in printed
    )
    states = {trial.state for trial in list_trials(database_url)}
    assert TrialState.RUNNING not in states
    assert TrialState.COMPLETE in states
