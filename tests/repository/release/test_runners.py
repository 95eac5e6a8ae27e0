"""Every way of Kedro to run a pipeline works, once for real."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from functools import partial
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest
import uvicorn
import yaml
from kedro.runner import SequentialRunner, ThreadRunner
from kedro.server.http_server import create_http_server

from tests.conftest import Project, read_yaml
from tests.repository.conftest import read_ends
from tests.test_catalog import FIGURES, TRACKED

SMALL = {"n_trials": 3, "cv": 2}


@pytest.fixture(scope="module")
def shared(copy_project: Callable[[], Project]) -> Project:
    """A copy for all tests of this file: each adds a run of its own."""
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
    """Start the server of `kedro server` in a thread; give its address."""
    app = create_http_server(project.path)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with chdir(project.path):
            yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def post(address: str, **request: Any) -> dict[str, Any]:
    """Ask the server for a run; return its answer."""
    body = json.dumps(request).encode()
    with urlopen(Request(f"{address}/run", body, {"Content-Type": "application/json"})) as answer:
        content: dict[str, Any] = json.load(answer)
        return content


def test_the_server_runs_requests_one_at_a_time(shared: Project) -> None:
    # The server itself runs requests in threads of one process.
    ends = read_ends(shared)
    with serve(shared) as address, ThreadPoolExecutor(2) as pool:
        split = partial(post, address, pipeline_names=["dp", "ds"])
        requests = [pool.submit(split, params={"data": {"random_seed": seed}}) for seed in (1, 2)]
        answers = {answer["status"]: answer for answer in (request.result() for request in requests)}
        assert answers["failure"]["error"]["type"] == "InputError"
        assert "Another run of this project" in answers["failure"]["error"]["message"]
        stale = post(address, pipeline_names=["ds"], params={"data": {"random_seed": 3}})
        assert "data.random_seed" in stale["error"]["message"]
    recorded = {run_id: end for run_id, end in read_ends(shared).items() if run_id not in ends}
    assert recorded == {answers["success"]["run_id"]: "finished"}
