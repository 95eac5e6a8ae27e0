"""What a run logs, records and sends to trackers contains no password, wherever the user put one."""

import logging
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kedro.framework.project import LOGGING, configure_logging
from kedro_sweep.startup import use_project_logging

from wine_sweep.__main__ import main

from tests.conftest import ROOT, Project

MARK = "hunter2"
# All that a run writes but the figures of the study.
PAGES = ["--to-outputs=report,model_card_page,runs_comparison_page,runs_comparison,findings"]
PLACES = [
    "printed.txt",
    ".viz",
    "data/05_model_input",
    "data/06_models",
    "data/07_model_output",
    "data/08_reporting",
    "data/09_tracking/.neptune",
    "data/09_tracking/mlflow.db",
    "data/09_tracking/run_parameters.json",
    "data/09_tracking/session_store.db",
    "data/09_tracking",
]


class SilentHandler(SimpleHTTPRequestHandler):
    """Prints no request among the messages of the run."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a web server that has the wines."""
    handler = partial(SilentHandler, directory=str(ROOT / "data/01_raw"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def run(copy_project: Callable[[], Project], address: str) -> Project:
    """A project after one run with both trackers, and a password wherever a user may put one."""
    project = copy_project()
    project.configure(data={"features": ["alcohol", "pH"]}, sweep={"cv": 2})
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    remote = f"remote add origin https://{MARK}@localhost/it.git"
    for command in ("init -q", remote, "add conf", "commit -q -m Start"):
        subprocess.run([*git, *command.split()], cwd=project.path, check=True)
    catalog = project.path / "conf/base/catalog.yml"
    url = f"{address}/WineQT.csv?sig={MARK}\n  load_args: {{ storage_options: {{ name: value }} }}"
    summary = "filepath: data/05_model_input/data_summary.json"
    text = catalog.read_text().replace("data/01_raw/WineQT.csv", url)
    catalog.write_text(text.replace(summary, f"{summary}\n  credentials: disk"))
    both = project.path / "conf/both"
    both.mkdir()
    for name in ("mlflow", "neptune"):
        (project.path / f"conf/{name}/{name}.yml").rename(both / f"{name}.yml")
    # Without MLflow's catalog, which would only add the time to copy the figures.
    (project.path / "conf/neptune/catalog.yml").rename(both / "catalog.yml")
    (both / "credentials.yml").write_text(f"disk: {{ name: {MARK} }}")
    params = f"sweep.n_trials=1,sweep.scheduler=tcp://me:{MARK}@host:1"
    kept = dict(LOGGING)
    with (
        (project.path / "printed.txt").open("w") as printed,
        redirect_stdout(printed),
        redirect_stderr(printed),
        chdir(project.path),
    ):
        # Log as the command does when it starts, and what pytest has taken for itself: the warnings.
        use_project_logging()
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        main(["--env=both", f"--params={params}", *PAGES], standalone_mode=False)
    configure_logging(kept)
    return project


@pytest.mark.parametrize("place", PLACES)
def test_no_password_is_in(place: str, run: Project) -> None:
    path = run.path / place
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if MARK.encode() in file.read_bytes()] == []


def test_the_rest_of_a_url_is_recorded(run: Project) -> None:
    [recorded] = run.versions("run_parameters.json")
    assert "tcp://***@host:1" in recorded.read_text()
    printed = re.sub(r"\s+", "", (run.path / "printed.txt").read_text())
    assert "WineQT.csv?***" in printed  # in a warning of Kedro's dataset
