"""Every way of Kedro to run a pipeline works, once for real."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import yaml
from kedro.runner import SequentialRunner, ThreadRunner

from tests.conftest import Project, read_yaml
from tests.repository.conftest import read_ends
from tests.test_catalog import FIGURES, TRACKED

SMALL = {"n_trials": 3, "cv": 2}


@pytest.fixture(scope="module")
def shared(copy_project: Callable[[], Project]) -> Project:
    """A copy that all tests of this file share; each adds a run."""
    project = copy_project()
    project.configure(sweep=SMALL)
    return project


def list_versions(project: Project) -> list[str]:
    """The versions of a run that ended with everything a run makes."""
    made = [f"{name}.json" for name in TRACKED] + ["model.pkl", "model_card.json", "report.html"]
    versions = [{file.parent.name for file in project.versions(name)} for name in made]
    figures = [
        {file.parent.name for suffix in ("json", "png") for file in project.versions(f"{name}.{suffix}")}
        for name in FIGURES
    ]
    return sorted(set.intersection(*versions, *figures))


def test_a_run_in_threads_makes_everything(shared: Project) -> None:
    before = list_versions(shared)
    shared.run_here(runner=ThreadRunner())
    assert len(list_versions(shared)) == len(before) + 1


def test_a_run_that_saves_in_the_background_makes_a_model(shared: Project) -> None:
    before = shared.versions("model_card.json")
    shared.run_here("dp", "ds", runner=SequentialRunner(is_async=True))
    assert len(shared.versions("model_card.json")) == len(before) + 1


def test_a_contest_with_an_ensemble_runs_in_processes(shared: Project) -> None:
    # A process, because ParallelRunner would fork this one with everything that the tests have loaded.
    file = shared.path / "conf/contest/parameters_data_science.yml"
    contest = read_yaml(file)
    models = contest["sweep"]["models"]
    contest["sweep"]["models"] = {
        name: models[name] for name in ("logistic_regression", "nearest_neighbors")
    }
    file.write_text(yaml.safe_dump(contest))
    before = shared.versions("test_metrics.json")
    params = "--params=sweep.n_trials=2,sweep.ensemble.size=2"
    options = ["--runner=ParallelRunner", "--env=contest", params, "--to-outputs=test_metrics"]
    subprocess.run([sys.executable, "-m", "kedro", "run", *options], cwd=shared.path, check=True)
    assert len(shared.versions("test_metrics.json")) == len(before) + 1
    summary = json.loads(shared.versions("sweep_summary.json")[-1].read_text())
    assert summary["ensemble_size"] == 2


@contextmanager
def serve(project: Project) -> Iterator[str]:
    """Start `kedro server` in a separate process, as a user does; return its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kedro", "server", "start", f"--port={port}"]
    with subprocess.Popen(command, cwd=project.path) as server:
        try:
            while True:
                assert server.poll() is None
                with suppress(URLError), urlopen(f"http://127.0.0.1:{port}/health"):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def post(address: str, **request: Any) -> dict[str, Any]:
    """Ask the server for a run; return its answer."""
    body = json.dumps(request).encode()
    with urlopen(Request(f"{address}/run", body, {"Content-Type": "application/json"})) as answer:
        content: dict[str, Any] = json.load(answer)
        return content


def read_records(project: Project, run_id: str) -> dict[str, Any]:
    """What a run has recorded about its data, search and model, without times."""
    names = (
        "run_parameters",
        "search_metrics",
        "test_metrics",
        "test_details",
        "findings",
        "model_card",
    )
    records = {
        name: json.loads(file.read_text(encoding="utf-8"))
        for name in names
        for file in project.versions(f"{name}.json")
        if file.parent.name == run_id
    }
    assert records.keys() == {*names}
    return records


def test_the_server_runs_one_request_at_a_time_and_each_run_records_its_own_results(
    shared: Project, tmp_path: Path
) -> None:
    # Only a process shows what its threads share: hooks, settings, logs, the workers of a search.
    alone = shared.copy(tmp_path / "alone")
    given: dict[int, Any] = {
        seed: {"data": {"random_seed": seed}, "sweep": {"n_trials": 2 + seed}} for seed in (1, 2)
    }
    ends = read_ends(shared)
    with serve(shared) as address, ThreadPoolExecutor(2) as pool:
        run = partial(post, address)
        requests = {seed: pool.submit(run, params=given[seed]) for seed in given}
        answers = {seed: request.result() for seed, request in requests.items()}
        [refused] = [seed for seed, answer in answers.items() if answer["status"] == "failure"]
        assert answers[refused]["error"]["type"] == "InputError"
        assert "Another run of this project is in progress" in answers[refused]["error"]["message"]
        answers[refused] = run(params=given[refused])
        stale = run(pipeline_names=["ds"], params={"data": {"random_seed": 3}})
        assert "data.random_seed" in stale["error"]["message"]
        flat = run(params={"sweep.n_trials": 5})
        assert "sweep.n_trials: nothing" in flat["error"]["message"]
        assert 'nest them, as in {"sweep"' in flat["error"]["message"]
    runs = {seed: answer["run_id"] for seed, answer in answers.items()}
    recorded = {run_id: end for run_id, end in read_ends(shared).items() if run_id not in ends}
    assert recorded == dict.fromkeys(runs.values(), "finished")
    for seed, run_id in runs.items():
        alone.run_here(**given[seed])
        newest = alone.versions("model_card.json")[-1].parent.name
        assert read_records(shared, run_id) == read_records(alone, newest)
        [report] = [file for file in shared.versions("report.html") if file.parent.name == run_id]
        study = read_study(shared, run_id)
        assert study == read_study(alone, newest)
        fingerprint = study.rpartition("-")[2]  # a page breaks the name
        assert fingerprint in report.read_text(encoding="utf-8")
        assert len(shared.studies()[study]) == 2 + seed


def read_study(project: Project, run_id: str) -> str:
    [file] = [file for file in project.versions("sweep_summary.json") if file.parent.name == run_id]
    [candidate] = json.loads(file.read_text(encoding="utf-8"))["candidates"]
    return str(candidate["study"])
