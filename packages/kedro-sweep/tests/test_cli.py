"""The commands of `kedro sweep`, in a project with the datasets that they read and nothing else."""

import json
import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from socket import create_server
from types import SimpleNamespace
from typing import Any
from wsgiref.util import setup_testing_defaults

import optuna
import optuna_dashboard
import pytest
import yaml
from click.testing import CliRunner, Result
from kedro.framework.project import configure_project
from optuna.storages import BaseStorage, RDBStorage

from kedro_sweep import cli
from kedro_sweep.search import open_journal
from kedro_sweep.tracking.kedro_viz import environment

PACKAGE = "tiny_project"
PYPROJECT = f"""\
[tool.kedro]
package_name = "{PACKAGE}"
project_name = "Tiny"
kedro_init_version = "1.7.0"
"""
SETTINGS = """\
CONFIG_LOADER_ARGS = {"base_env": "base", "default_run_env": "local"}
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow", "kedro-neptune")
"""
REGISTRY = """\
def register_pipelines():
    return {}
"""
STORAGE = "kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset"
TRACKED = "kedro_sweep.tracking.json_dataset.JSONDataset"
CATALOG = {
    "study_storage": {"type": STORAGE, "filepath": "data/studies.journal"},
    "tracked_runs": {
        "type": "kedro_sweep.datasets.runs_dataset.RunsDataset",
        "path": "data/09_tracking",
    },
    "sweep_summary": {
        "type": TRACKED,
        "filepath": "data/09_tracking/sweep_summary.json",
        "versioned": True,
    },
}

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        ".telemetry": "consent: false",
        "pyproject.toml": PYPROJECT,
        "conf/base/catalog.yml": yaml.safe_dump(CATALOG),
        "conf/base/parameters.yml": "{}",
        "conf/local/.gitkeep": "",
        f"src/{PACKAGE}/__init__.py": "",
        f"src/{PACKAGE}/settings.py": SETTINGS,
        f"src/{PACKAGE}/pipeline_registry.py": REGISTRY,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "data").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "src")
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is opened in a browser."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    return opened


@pytest.fixture
def sweep(project: Path) -> Callable[..., Result]:
    """Call `kedro sweep` in the project as Kedro does."""

    def call(*arguments: str, answer: str | None = None) -> Result:
        configure_project(PACKAGE, preserve_logging=True)  # pytest listens to what is logged
        with chdir(project):
            return CliRunner().invoke(
                cli.commands,
                ["sweep", *arguments],
                input=answer,
                obj=SimpleNamespace(project_path=project),
            )

    return call


def fails(result: Result) -> str:
    """Give the one message of a command that failed, without a traceback."""
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    _, start, message = result.output.rpartition("Error: ")
    assert start
    return message.strip()


def track(project: Path, run: str, dataset: str, **content: Any) -> None:
    """Save what a run tracks."""
    file = project / f"data/09_tracking/{dataset}.json/{run}/{dataset}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content))


def use_database(project: Path) -> str:
    """Let the environment `elsewhere` keep its studies in a database; give its URL."""
    url = f"sqlite:///{project}/studies.db"
    conf = project / "conf/elsewhere"
    conf.mkdir()
    (conf / "credentials.yml").write_text(yaml.safe_dump({"database": {"url": url}}))
    entry = {"type": STORAGE, "credentials": "database"}
    (conf / "catalog.yml").write_text(yaml.safe_dump({"study_storage": entry}))
    return url


def add_studies(storage: BaseStorage, *names: str) -> None:
    for name in names:
        study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
        study.add_trial(optuna.trial.create_trial(value=0.5))


@pytest.fixture
def three(project: Path) -> Path:
    """A journal with three studies, of which the newest run has the second."""
    journal = project / "data/studies.journal"
    add_studies(open_journal(str(journal)), "first", "second", "third")
    track(project, "2026-01-01T00.00.00.000Z", "sweep_summary", study="first")
    track(project, "2026-01-02T00.00.00.000Z", "sweep_summary", study="second")
    return journal


def list_studies(journal: Path) -> list[str]:
    return optuna.get_all_study_names(open_journal(str(journal)))


# --- The group ----------------------------------------------------------------------------------------


def test_kedro_has_the_commands_in_a_project(project: Path) -> None:
    # A process: whether Kedro finds the entry point is the point, and it only logs that it does not.
    command = [sys.executable, "-m", "kedro", "sweep", "--help"]
    shown = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout
    commands = re.findall("^  ([a-z][a-z-]+)  ", shown.partition("Commands:\n")[2], re.MULTILINE)
    assert commands == ["compare", "dashboard", "experiments", "neptune-export", "studies", "use"]


def test_loading_the_commands_imports_nothing_that_kedro_has_not() -> None:
    # A process, in which nothing is imported yet.
    script = """
import sys
import kedro.framework.cli.cli
before = set(sys.modules)
import kedro_sweep.cli
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(new - set(sys.stdlib_module_names))
"""
    shown = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert shown.strip() == "{'kedro_sweep'}"


def test_an_error_of_the_catalog_is_one_message(project: Path, sweep: Callable[..., Result]) -> None:
    (project / "conf/base/catalog.yml").write_text("{}")
    message = fails(sweep("studies"))
    assert "'study_storage' not found" in message
    assert "Correct the entry in conf/base/catalog.yml" in message


def test_a_damaged_journal_is_one_message(three: Path, sweep: Callable[..., Result]) -> None:
    lines = three.read_text().splitlines()
    lines[2] = lines[2][:-5]
    three.write_text("\n".join(lines) + "\n")
    assert fails(sweep("studies")).startswith(f"Line 3 of {three} is damaged. Make a copy")


def test_any_other_error_keeps_its_traceback(
    sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_load_catalog", lambda project, env: 1 / 0)
    assert isinstance(sweep("studies").exception, ZeroDivisionError)


# --- compare ------------------------------------------------------------------------------------------


def test_compare_writes_a_page_of_all_runs_and_opens_it(
    project: Path, sweep: Callable[..., Result], opened: list[str]
) -> None:
    runs = ["2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"]
    for run in runs:
        track(project, run, "test_metrics", acc=0.5)
    result = sweep("compare")
    page = project / "data/08_reporting/runs_comparison.html"
    assert result.output == f"The comparison of 2 runs: {page}\n"
    assert all(run in page.read_text() for run in runs)
    assert opened == [page.as_uri()]


def test_compare_leaves_the_browser_alone_if_told_to(
    sweep: Callable[..., Result], opened: list[str]
) -> None:
    assert sweep("compare", "--no-browser").exit_code == 0
    assert opened == []


# --- dashboard ----------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The study that Optuna Dashboard lists, with the address, in place of a server that never ends."""
    served = []

    def run_server(storage: BaseStorage, host: str, port: int) -> None:
        request: dict[str, Any] = {"PATH_INFO": "/api/studies"}
        setup_testing_defaults(request)
        answer = b"".join(optuna_dashboard.wsgi(storage)(request, lambda *_: None))
        [summary] = json.loads(answer)["study_summaries"]
        served.append((summary["study_name"], host, port))

    monkeypatch.setattr(optuna_dashboard, "run_server", run_server)
    return served


def test_dashboard_serves_the_studies_of_the_catalogs_journal(
    project: Path, sweep: Callable[..., Result], served: list[tuple[str, str, int]]
) -> None:
    add_studies(open_journal(str(project / "data/studies.journal")), "mine")
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert sweep("dashboard", "--port", str(port)).exit_code == 0
    assert served == [("mine", "127.0.0.1", port)]


def test_dashboard_follows_the_catalog_to_a_database(
    project: Path, sweep: Callable[..., Result], served: list[tuple[str, str, int]]
) -> None:
    add_studies(RDBStorage(use_database(project)), "theirs")
    assert sweep("dashboard", "--env", "elsewhere", "--port", "0").exit_code == 0
    assert served == [("theirs", "127.0.0.1", 0)]


def test_dashboard_says_how_to_install_what_it_needs(
    sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    monkeypatch.setattr("kedro_sweep.installation.find_install_command", "install {}".format)
    assert "run `install dashboard`" in fails(sweep("dashboard"))


@pytest.mark.parametrize("command", ["dashboard", "experiments"])
def test_a_port_in_use_is_refused(command: str, sweep: Callable[..., Result]) -> None:
    with create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"127.0.0.1:{port} is in use" in fails(sweep(command, "--port", str(port)))


# --- studies ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("three")
def test_studies_lists_all_and_marks_that_of_the_newest_run(sweep: Callable[..., Result]) -> None:
    result = sweep("studies")
    assert result.exit_code == 0
    names = [line for line in result.output.splitlines() if "1 complete" in line]
    assert [line.split(" 1 ")[0].strip() for line in names] == ["first", "▸ second", "third"]


def test_studies_says_that_there_is_none(sweep: Callable[..., Result]) -> None:
    assert sweep("studies").output == "There is no study: kedro run starts one.\n"


def test_a_study_is_removed_when_the_user_agrees(three: Path, sweep: Callable[..., Result]) -> None:
    result = sweep("studies", "--remove", "first", "--remove", "second", answer="y\n")
    assert result.exit_code == 0
    assert "third" not in result.output
    assert "Remove 2 studies for good? [y/N]: y\nRemoved 2 studies.\n" in result.output
    assert list_studies(three) == ["third"]


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_removed_when_the_user_does_not_agree(
    answer: str, three: Path, sweep: Callable[..., Result]
) -> None:
    before = three.read_bytes()
    assert sweep("studies", "--remove", "first", answer=answer).exit_code == 1
    assert three.read_bytes() == before


def test_all_but_the_studies_of_the_newest_run_and_the_newest_trial_are_removed(
    three: Path, sweep: Callable[..., Result]
) -> None:
    # The third is of a search that was interrupted: its run has saved no summary.
    result = sweep("studies", "--remove-others", "--yes")
    assert "[y/N]" not in result.output
    assert list_studies(three) == ["second", "third"]
    assert sweep("studies", "--remove-others", "--yes").output == "There is no other study.\n"


def test_studies_of_a_database_are_listed_and_removed(
    project: Path, sweep: Callable[..., Result]
) -> None:
    url = use_database(project)
    add_studies(RDBStorage(url), "one", "other")
    result = sweep("studies", "--env", "elsewhere", "--remove", "one", "--yes")
    assert result.output.endswith("Removed 1 study.\n")
    assert optuna.get_all_study_names(url) == ["other"]


def test_an_unknown_study_is_refused(three: Path, sweep: Callable[..., Result]) -> None:
    assert "There is no study fourth" in fails(sweep("studies", "--remove", "fourth", "--yes"))
    assert len(list_studies(three)) == 3


@pytest.mark.parametrize("newest", ["a study of another storage", None])
def test_the_others_are_not_removed_if_the_newest_run_has_none_of_the_studies(
    newest: str | None, project: Path, sweep: Callable[..., Result]
) -> None:
    journal = project / "data/studies.journal"
    add_studies(open_journal(str(journal)), "one", "other")
    if newest:
        track(project, "2026-01-03T00.00.00.000Z", "sweep_summary", study=newest)
    message = fails(sweep("studies", "--remove-others", "--yes"))
    assert f"({newest or 'no run so far'}) is not in the storage" in message
    assert list_studies(journal) == ["one", "other"]


def test_no_study_is_removed_while_another_process_has_the_journal_open(
    three: Path, sweep: Callable[..., Result]
) -> None:
    elsewhere = open_journal(str(three))
    message = fails(sweep("studies", "--remove", "first", "--yes"))
    assert "is open in another process: wait until the run has ended, or close" in message
    assert len(elsewhere.get_all_studies()) == 3


# --- neptune-export -----------------------------------------------------------------------------------


def test_neptune_export_names_the_files_that_it_wrote(
    project: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEPTUNE_DATA_DIRECTORY", raising=False)
    run = project / "data/09_tracking/.neptune/offline/run__1"
    run.mkdir(parents=True)
    (run / "metadata.json").write_text('{"containerId": "one", "createdAt": 1}')
    result = sweep("neptune-export")
    assert result.output == f"{project}/data/09_tracking/neptune/one.json\n"


def test_neptune_export_says_when_there_is_no_run(
    tmp_path: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path / "nowhere"))
    assert fails(sweep("neptune-export")) == (
        f"There is no offline run in {tmp_path}/nowhere: make one with `kedro run --env neptune`."
    )


# --- experiments --------------------------------------------------------------------------------------


def test_experiments_becomes_the_server_in_its_environment(
    project: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: started.append((path, arguments)))
    monkeypatch.setattr(environment, "prepare_environment", lambda project: project / "python")
    result = sweep("experiments", "--port", "0", "--no-browser", "--env", "elsewhere")
    assert result.exit_code == 0
    [(python, arguments)] = started
    assert python == str(project / "python")
    assert arguments[:3] == [python, "-m", "kedro_sweep.tracking.kedro_viz.server"]
    assert json.loads(arguments[3]) == {
        "project": str(project),
        "env": "elsewhere",
        "host": "127.0.0.1",
        "port": 0,
        "browser": False,
    }
