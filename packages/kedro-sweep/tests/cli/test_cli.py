"""The `kedro sweep` commands, in a project with only the datasets that they read."""

import gzip
import json
import logging
import os
import pickle
import re
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import chdir
from importlib import metadata
from pathlib import Path
from socket import create_server
from types import SimpleNamespace
from typing import Any
from wsgiref.util import setup_testing_defaults

import numpy as np
import optuna
import optuna_dashboard
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result
from filelock import FileLock
from kedro.framework.cli.cli import KedroCLI
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from optuna.storages import BaseStorage, RDBStorage
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep import cli
from kedro_sweep.cli import _models
from kedro_sweep.datasets import new_rows
from kedro_sweep.datasets.new_rows import describe_rows, read_rows
from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation.estimates import SelectionDraws
from kedro_sweep.evaluation.model_card import SCORES, make_model_card
from kedro_sweep.report import _runs as runs
from kedro_sweep.search import Sweep, configure_candidates, open_journal
from kedro_sweep.search.storage._journal import hold_study
from kedro_sweep.tables import Data, prepare_rows, summarize_tables
from kedro_sweep.tables.reading import _files
from kedro_sweep.tables.schema import infer_schema
from kedro_sweep.text import number
from kedro_sweep.tracking import kedro_viz

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
ARTIFACTS = "kedro_sweep.datasets.artifact_store_dataset.ArtifactStoreDataset"
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


@pytest.fixture(scope="module", autouse=True)
def _fast_start() -> Iterator[None]:
    """Look for plugins of Kedro in all packages once, not for each command; no others are found."""
    packages = metadata.distributions()
    plugins = [
        each for each in packages if any(point.group.startswith("kedro.") for point in each.entry_points)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "distributions", lambda: plugins)
        yield


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
    # An earlier test may have left a package of the same name, in any order of the tests.
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages opened in a browser."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    return opened


@pytest.fixture
def sweep(project: Path, caplog: pytest.LogCaptureFixture) -> Callable[..., Result]:
    """Call `kedro sweep` in the project as Kedro does."""
    # As conf/logging.yml of a project says; the tests may start in a folder without one.
    caplog.set_level(logging.WARNING, logger="kedro")

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
    """Return the one message of a command that failed, without a traceback."""
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
    shown = CliRunner().invoke(KedroCLI(project), ["sweep", "--help"]).output
    commands = re.findall("^  ([a-z][a-z-]+)  ", shown.partition("Commands:\n")[2], re.MULTILINE)
    assert commands == [
        "compare",
        "dashboard",
        "experiments",
        "export",
        "learning-curve",
        "predict",
        "report",
        "rescore",
        "studies",
        "use",
    ]


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
    assert shown.splitlines()[-1] == "{'kedro_sweep'}"


def test_a_command_that_creates_no_context_logs_no_password_and_no_markup(
    sweep: Callable[..., Result],
) -> None:
    logging.root.addHandler(handler := logging.NullHandler())
    sweep("report", "--no-browser")
    logging.root.removeHandler(handler)
    record = logging.makeLogRecord({"msg": "password=hunter2 in [red]"})
    assert handler.filter(record)
    assert (record.getMessage(), record.__dict__["markup"]) == ("password=*** in [red]", False)


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
    monkeypatch.setattr(_models, "load_catalog", lambda project, env: 1 / 0)
    assert isinstance(sweep("studies").exception, ZeroDivisionError)


# --- compare ------------------------------------------------------------------------------------------


def test_compare_writes_a_page_of_all_runs_and_opens_it(
    project: Path, sweep: Callable[..., Result], opened: list[str]
) -> None:
    run_ids = ["2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"]
    for run in run_ids:
        track(project, run, "sweep_summary", scoring="accuracy", best_value=0.5)
    result = sweep("compare")
    page = project / "data/08_reporting/runs_comparison.html"
    assert result.output == f"The comparison of 2 runs: {page}\n"
    assert all(run in page.read_text(encoding="utf-8") for run in run_ids)
    assert opened == [page.as_uri()]


def test_compare_says_that_it_shows_the_newest_runs_only(
    project: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        track(project, f"2026-01-0{day}T00.00.00.000Z", "sweep_summary", best_value=0.5)
    monkeypatch.setattr(runs, "MAX_RUNS", 2)
    assert sweep("compare", "--no-browser").output.startswith(
        "The comparison of the newest 2 of 3 runs: "
    )


def test_compare_leaves_the_browser_alone_if_told_to(
    sweep: Callable[..., Result], opened: list[str]
) -> None:
    assert sweep("compare", "--no-browser").exit_code == 0
    assert opened == []


# --- report -------------------------------------------------------------------------------------------


@pytest.fixture
def reports(project: Path) -> list[Path]:
    """The reports of two runs, oldest first."""
    folder = project / "data/08_reporting/report.html"
    pages = [folder / run / "report.html" for run in (OLD, NEW)]
    for page in pages:
        page.parent.mkdir(parents=True)
        page.write_text("<!DOCTYPE html>")
    return pages


def test_report_opens_that_of_the_newest_run(
    reports: list[Path], sweep: Callable[..., Result], opened: list[str]
) -> None:
    assert sweep("report").output == f"The report of run {NEW}: {reports[1]}\n"
    assert opened == [reports[1].as_uri()]


def test_report_shows_an_older_run_and_leaves_the_browser_alone_if_told_to(
    reports: list[Path], sweep: Callable[..., Result], opened: list[str]
) -> None:
    result = sweep("report", "--run", OLD, "--no-browser")
    assert result.output == f"The report of run {OLD}: {reports[0]}\n"
    assert opened == []


def test_report_names_the_newest_runs_if_there_is_no_such_run(
    reports: list[Path], sweep: Callable[..., Result]
) -> None:
    folder = reports[0].parents[1]
    assert fails(sweep("report", "--run", "x")) == (
        f"There is no report of run 'x' in {folder}. The newest of 2 reports: {NEW}, {OLD}."
    )


def test_report_says_how_to_make_the_first(project: Path, sweep: Callable[..., Result]) -> None:
    assert fails(sweep("report")) == (
        f"There is no report in {project}/data/08_reporting/report.html: make one with `kedro run`."
    )


# --- dashboard ----------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """Replace the dashboard's endless server, and record its address and the studies it would list."""
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
    monkeypatch.setattr("kedro_sweep.errors.find_install_command", "install {}".format)
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
    assert "Permanently remove 2 studies? [y/N]: y\nRemoved 2 studies.\n" in result.output
    assert list_studies(three) == ["third"]


def test_the_files_of_a_removed_study_are_removed_and_those_of_others_stay(
    project: Path, three: Path, sweep: Callable[..., Result]
) -> None:
    entry = {"type": ARTIFACTS, "path": "data/predictions"}
    (project / "conf/base/catalog.yml").write_text(yaml.safe_dump(CATALOG | {"prediction_store": entry}))
    folder = project / "data/predictions"
    folder.mkdir()
    storage = open_journal(str(three))
    kept = [
        optuna.artifacts.upload_artifact(
            artifact_store=optuna.artifacts.FileSystemArtifactStore(folder),
            file_path=str(project / "pyproject.toml"),
            study_or_trial=optuna.load_study(study_name=name, storage=storage),
        )
        for name in ("first", "second")
    ]
    assert len(list(folder.iterdir())) == 2
    del storage  # it would keep the journal open
    assert sweep("studies", "--remove", "first", "--yes").exit_code == 0
    assert [file.name for file in folder.iterdir()] == kept[1:]


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_removed_when_the_user_does_not_agree(
    answer: str, three: Path, sweep: Callable[..., Result]
) -> None:
    before = three.read_bytes()
    assert sweep("studies", "--remove", "first", answer=answer).exit_code == 1
    assert three.read_bytes() == before


def test_all_but_the_studies_of_the_newest_run_and_those_with_newer_trials_are_removed(
    three: Path, sweep: Callable[..., Result]
) -> None:
    # Others are candidates of a contest that was interrupted: its run has saved no summary.
    add_studies(open_journal(str(three)), "fourth")
    result = sweep("studies", "--remove-others", "--yes")
    assert "[y/N]" not in result.output
    assert list_studies(three) == ["second", "third", "fourth"]
    newer = "All other studies have trials newer than those of the newest run: use --remove NAME.\n"
    assert sweep("studies", "--remove-others", "--yes").output == newer
    sweep("studies", "--remove", "third", "--remove", "fourth", "--yes")
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


def test_no_study_is_removed_while_another_run_searches_it(
    three: Path, sweep: Callable[..., Result]
) -> None:
    with hold_study(open_journal(str(three)), "first"):
        message = fails(sweep("studies", "--remove", "first", "--yes"))
    assert "Study first is being searched by another run" in message
    assert len(list_studies(three)) == 3


# --- experiments --------------------------------------------------------------------------------------


def test_experiments_becomes_the_server_in_its_environment(
    project: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: started.append((path, arguments)))
    monkeypatch.setattr(kedro_viz, "prepare_environment", lambda project: project / "python")
    result = sweep("experiments", "--port", "0", "--no-browser", "--env", "elsewhere")
    assert result.exit_code == 0
    [(python, arguments)] = started
    assert python == str(project / "python")
    assert arguments[:3] == [python, "-m", "kedro_sweep.tracking.kedro_viz"]
    assert json.loads(arguments[3]) == {
        "project": str(project),
        "env": "elsewhere",
        "host": "127.0.0.1",
        "port": 0,
        "browser": False,
    }


# --- rescore ------------------------------------------------------------------------------------------

COST = """\
def cost(estimator, X, y):
    return float((estimator.predict(X) != y).mean())
"""


@pytest.fixture
def searched(project: Path, wine: pd.DataFrame, parameters: dict[str, Any]) -> Path:
    """A project after the search of a tree by the user's own score, of which less is better."""
    rows = wine[[*parameters["data"]["features"], "quality"]].iloc[:300]
    rows = rows.assign(quality=(rows["quality"] > 5).astype(int))
    parameters["sweep"] |= {
        "model": {"class": "sklearn.tree.DecisionTreeClassifier", "preprocessing": "none"},
        "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9}},
        "n_trials": 2,
        "scoring": f"{PACKAGE}.scores.cost",
        "direction": "minimize",
    }
    (project / f"src/{PACKAGE}/scores.py").write_text(COST)
    (project / "conf/base/parameters.yml").write_text(yaml.safe_dump(parameters))
    entries = CATALOG | {
        "train": {"type": "pandas.ParquetDataset", "filepath": "data/train.parquet"},
        "means": {"type": "json.JSONDataset", "filepath": "data/means.json"},
        "data_summary": {"type": "json.JSONDataset", "filepath": "data/data_summary.json"},
        "prediction_store": {"type": ARTIFACTS, "path": "data/predictions"},
    }
    (project / "conf/base/catalog.yml").write_text(yaml.safe_dump(entries))
    data, settings = Data(**parameters["data"]), Sweep.model_validate(parameters["sweep"])
    record = summarize_tables(rows, rows, rows, rows, data, is_classifier=True)
    rows.to_parquet(project / "data/train.parquet")
    for name, content in {"means": {}, "data_summary": record}.items():
        (project / f"data/{name}.json").write_text(json.dumps(content))
    (project / "data/predictions").mkdir()
    search_and_keep(
        configure_candidates(rows, prepare_rows(rows, {}, data), data, settings),
        open_journal(str(project / "data/studies.journal")),
        optuna.artifacts.FileSystemArtifactStore(project / "data/predictions"),
    )
    return project


def test_rescore_starts_a_study_of_another_score_and_changes_nothing_else(
    searched: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, files = searched / "data/studies.journal", sorted((searched / "data").rglob("*"))
    [before], lines = list_studies(journal), journal.read_text()
    monkeypatch.setattr(DecisionTreeClassifier, "fit", lambda *_: 1 / 0)
    result = sweep("rescore", "--scoring", "balanced_accuracy")
    assert result.exit_code == 0, result.output
    [new] = {*list_studies(journal)} - {before}
    study = optuna.load_study(study_name=new, storage=open_journal(str(journal)))
    assert number(study.best_value) in result.output
    # Of a score of scikit-learn, more is better, whatever the direction of the present one.
    assert study.direction.name == "MAXIMIZE"
    assert "sweep.direction: maximize" in result.output
    assert journal.read_text().startswith(lines)
    assert sorted((searched / "data").rglob("*")) == files


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("neg_log_los", "--scoring: 'neg_log_los' is neither .* nearest names are neg_log_loss"),
        (f"{PACKAGE}.scores.cost", f"already optimizes '{PACKAGE}.scores.cost'"),
        ("roc_auc_x.y", "--scoring: 'roc_auc_x.y' cannot be imported"),
    ],
)
@pytest.mark.usefixtures("searched")
def test_rescore_needs_another_score(scoring: str, expected: str, sweep: Callable[..., Result]) -> None:
    assert re.search(expected, fails(sweep("rescore", "--scoring", scoring)))


def test_rescore_refuses_rows_that_have_changed(searched: Path, sweep: Callable[..., Result]) -> None:
    file = searched / "data/train.parquet"
    pd.read_parquet(file).iloc[1:].to_parquet(file)
    message = fails(sweep("rescore", "--scoring", "f1"))
    assert f"{file} is not what was saved: it has 299 rows, but 300 were saved" in message


# --- learning-curve -----------------------------------------------------------------------------------


@pytest.fixture
def delivered(searched: Path) -> Path:
    """The same project after a run that delivers its best trial."""
    journal = searched / "data/studies.journal"
    [name] = list_studies(journal)
    best = optuna.load_study(study_name=name, storage=open_journal(str(journal))).best_trial
    candidate = "DecisionTreeClassifier"
    member = {"candidate": candidate, "trial": best.number, "weight": 1.0, "params": best.params}
    (searched / "data/members.json").write_text(json.dumps([member]))
    track(searched, NEW, "sweep_summary", candidates=[{"candidate": candidate, "study": name}])
    file = searched / "conf/base/catalog.yml"
    members = {"type": "json.JSONDataset", "filepath": "data/members.json"}
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"members": members}))
    return searched


def test_learning_curve_says_whether_more_rows_would_help_and_changes_nothing(
    delivered: Path, sweep: Callable[..., Result]
) -> None:
    files = {path: path.read_bytes() for path in (delivered / "data").rglob("*") if path.is_file()}
    result = sweep("learning-curve", "--shares", "0.1,0.5")
    assert result.exit_code == 0, result.output
    rows = re.findall(r"^ +(\d+) +0\.\d+ +0\.\d+$", result.output, re.MULTILINE)
    assert rows == ["20", "100", "200"]  # of 300 rows in three folds
    journal = delivered / "data/studies.journal"
    [name] = list_studies(journal)
    best = optuna.load_study(study_name=name, storage=open_journal(str(journal))).best_value
    assert number(best) in result.output
    assert f"From 100 to 200 training rows, {PACKAGE}.scores.cost improves by" in result.output
    after = {path: path.read_bytes() for path in (delivered / "data").rglob("*") if path.is_file()}
    assert after == files


def test_learning_curve_needs_a_model(searched: Path, sweep: Callable[..., Result]) -> None:
    assert "There is no model yet: `kedro run` searches" in fails(sweep("learning-curve"))


def test_learning_curve_refuses_another_search(delivered: Path, sweep: Callable[..., Result]) -> None:
    file = delivered / "conf/base/parameters.yml"
    parameters = yaml.safe_load(file.read_text())
    parameters["sweep"]["cv"] = 4
    file.write_text(yaml.safe_dump(parameters))
    assert "The chosen models come from a search of study" in fails(sweep("learning-curve"))
    assert sweep("learning-curve", "--params", "sweep.cv=3").exit_code == 0


@pytest.mark.parametrize("shares", ["half", "0.5,2", "1", "0"])
def test_shares_that_are_none_are_refused(shares: str, sweep: Callable[..., Result]) -> None:
    result = sweep("learning-curve", "--shares", shares)
    assert result.exit_code == 2
    assert "Invalid value for '--shares'" in result.output


# --- predict ------------------------------------------------------------------------------------------

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"
INFERENCE = """\
from kedro.pipeline import node, pipeline

def predict(model, new_samples):
    return new_samples[[]].assign(prediction=model.predict(new_samples))

def register_pipelines():
    return {"inference": pipeline([node(predict, ["model", "new_samples"], "predictions")])}
"""


def train(folder: Path, version: str, rows: pd.DataFrame, y: list[Any]) -> None:
    """Save what a run saves of a model."""
    names = ["pH", "color"]
    pick = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["color"]), ("passthrough", ["pH"])
    )
    model = make_pipeline(pick, HistGradientBoostingClassifier(max_iter=9, min_samples_leaf=1)).fit(
        rows, y
    )
    features = {"features": names, "y_label": "quality", "fixed_params": {}, "best_params": {}}
    summary = dict.fromkeys(SCORES)
    card = make_model_card(model, rows, features, summary, {}, {}, {"intervals": {}})
    contents = {
        "model.pkl": pickle.dumps(model),
        "schema.yml": infer_schema(rows, names, ["pH"]).encode(),
        "model_card.json": json.dumps(card).encode(),
    }
    for name, content in contents.items():
        file = folder / name / version / name
        file.parent.mkdir(parents=True)
        file.write_bytes(content)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two runs save of their models, of which the newer predicts the opposite."""
    folder = tmp_path_factory.mktemp("models")
    rows = pd.DataFrame({"pH": [1.0, 1.0, 9.0, 9.0], "color": ["red", "white"] * 2})
    train(folder, OLD, rows, ["low", "low", "high", "high"])
    train(folder, NEW, rows, ["high", "high", "low", "low"])
    return folder


@pytest.fixture
def trained(project: Path, models: Path) -> Path:
    """A project with two models."""
    validator = {
        "class": "kedro_sweep.datasets.schema_validator.SchemaValidator",
        "on": ["load"],
        "options": {"filepath": "data/06_models/schema.yml"},
    }
    entries = {
        "raw": {
            "type": "pandas.CSVDataset",
            "filepath": "raw.csv",
            "load_args": {"sep": ";", "index_col": "id", "usecols": ["id", "pH", "color", "quality"]},
        },
        "model": {
            "type": "kedro_sweep.datasets.model_dataset.ModelDataset",
            "filepath": "data/06_models/model.pkl",
            "versioned": True,
        },
        "new_samples": {
            "type": "pandas.CSVDataset",
            "filepath": "data/01_raw/new_samples.csv",
            "validator": validator,
        },
        "predictions": {
            "type": "pandas.CSVDataset",
            "filepath": "data/07_model_output/predictions.csv",
            "save_args": {"index": True, "index_label": "row"},
        },
    }
    (project / "conf/base/catalog.yml").write_text(yaml.safe_dump(entries))
    (project / f"src/{PACKAGE}/pipeline_registry.py").write_text(INFERENCE)
    (project / f"src/{PACKAGE}/settings.py").write_text(
        f"{SETTINGS}from kedro_sweep.hooks._input_hooks import InputHooks\nHOOKS = (InputHooks(),)\n"
    )
    shutil.copytree(models, project / "data/06_models")
    (project / "new.csv").write_text("color;id;pH;note\nred;a;1;?\nwhite;b;9;?\nred;c;;?\n")
    return project


def read_predictions(file: Path) -> dict[Any, str]:
    table = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, index_col="row")
    predictions: dict[Any, str] = table["prediction"].to_dict()
    return predictions


def test_predict_writes_the_predictions_of_the_newest_model(
    trained: Path, sweep: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    result = sweep("predict", "new.csv")
    file = trained / "data/07_model_output/predictions.csv"
    assert result.output.splitlines()[-1] == f"Predicted 3 rows with the model of {NEW}: {file}"
    assert "pH: missing, but never in training — rows: 1 (row c)" in caplog.text
    predictions = read_predictions(file)
    assert (predictions["a"], predictions["b"]) == ("high", "low")
    assert list(predictions) == ["a", "b", "c"]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_predict_skips_a_model_that_a_killed_run_left_without_a_card(
    trained: Path, sweep: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    (trained / f"data/06_models/model_card.json/{NEW}/model_card.json").unlink()
    assert f"with the model of {OLD}: " in sweep("predict", "new.csv").output
    assert NEW in caplog.text


def test_predict_is_no_run(trained: Path, sweep: Callable[..., Result]) -> None:
    assert sweep("predict", "new.csv").exit_code == 0
    assert sorted(path.name for path in (trained / "data").iterdir()) == ["06_models", "07_model_output"]


def test_predict_uses_the_model_that_is_named(trained: Path, sweep: Callable[..., Result]) -> None:
    result = sweep("predict", "new.csv", "--model-version", OLD, "--output", "old.csv")
    assert result.output.splitlines()[-1] == f"Predicted 3 rows with the model of {OLD}: old.csv"
    assert read_predictions(trained / "old.csv")["a"] == "low"


def test_predict_checks_rows_against_the_schema_of_the_model_that_is_named(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / f"data/06_models/schema.yml/{OLD}/schema.yml").write_text(
        "schema_type: dataframe\ncolumns:\n  pH:\n    less_than: 5\n"
    )
    assert "pH: fails less_than(5) — 1 case (e.g. row b: 9.0)" in fails(
        sweep("predict", "new.csv", "--model-version", OLD)
    )
    assert sweep("predict", "new.csv").exit_code == 0


def test_predict_reads_and_writes_parquet(trained: Path, sweep: Callable[..., Result]) -> None:
    rows = pd.DataFrame({"color": ["red"], "pH": [1]}, index=["x"])
    rows.to_parquet(trained / "new.parquet")
    assert sweep("predict", "new.parquet", "--output", "out.parquet").exit_code == 0
    assert read_predictions(trained / "out.parquet") == {"x": "high"}


def test_predict_reads_excel(trained: Path, sweep: Callable[..., Result]) -> None:
    pytest.importorskip("openpyxl")
    pd.DataFrame({"color": ["red"], "pH": [1]}).to_excel(trained / "new.xlsx", index=False)
    assert sweep("predict", "new.xlsx", "--output", "out.csv").exit_code == 0
    assert read_predictions(trained / "out.csv") == {0: "high"}


@pytest.mark.parametrize("cell", ["1,208", "1,5", "1 208", "1.208,5"])
def test_predict_refuses_numbers_that_are_written_unlike_those_of_the_training_file(
    cell: str, trained: Path, sweep: Callable[..., Result]
) -> None:
    # The note is no feature, so its values do not matter.
    (trained / "new.csv").write_text(f"id;pH;color;note\na;2;red;1,5\nb;{cell};red;2\n")
    message = fails(sweep("predict", "new.csv"))
    assert f"row 1 of the column 'pH' holds '{cell}'" in message
    assert not [*trained.glob("data/07_model_output/*")]


def test_predict_reads_numbers_as_it_is_told(trained: Path, sweep: Callable[..., Result]) -> None:
    (trained / "new.csv").write_text("id;pH;color\na;1,5;red\nb;9,5;red\n")
    assert sweep("predict", "new.csv", "--load-args", "{decimal: ','}").exit_code == 0
    predictions = read_predictions(trained / "data/07_model_output/predictions.csv")
    assert predictions == {"a": "high", "b": "low"}


def test_predict_finds_the_notation_if_the_training_file_has_none(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    catalog = yaml.safe_load((trained / "conf/base/catalog.yml").read_text())
    catalog["raw"] = {"type": "pandas.ParquetDataset", "filepath": "raw.parquet"}
    (trained / "conf/base/catalog.yml").write_text(yaml.safe_dump(catalog))
    (trained / "new.csv").write_text("pH;color\n1,5;red\n9,5;red\n")
    assert sweep("predict", "new.csv").exit_code == 0
    assert read_predictions(trained / "data/07_model_output/predictions.csv") == {0: "high", 1: "low"}
    (trained / "new.csv").write_text("pH;color\n1,208;red\n9;red\n")
    assert "new.csv can be read in two ways" in fails(sweep("predict", "new.csv"))


def test_predict_reads_a_compressed_file(trained: Path, sweep: Callable[..., Result]) -> None:
    (trained / "new.csv.gz").write_bytes(gzip.compress((trained / "new.csv").read_bytes()))
    assert sweep("predict", "new.csv.gz", "--output", "out.csv").exit_code == 0
    assert list(read_predictions(trained / "out.csv")) == ["a", "b", "c"]


def test_numbers_where_the_model_needs_text_are_one_message(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    pd.DataFrame({"color": [1e20, 5.0], "pH": [1, 2]}).to_parquet(trained / "new.parquet")
    assert "color: is text in training but was not read as text" in fails(
        sweep("predict", "new.parquet")
    )


def test_predict_says_which_extra_reads_excel(
    trained: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    (trained / "new.xlsx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "Excel files need openpyxl: run `" in fails(sweep("predict", "new.xlsx"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id;pH\na;1\n", "new.csv does not fit the model:\n  - color: the column is missing"),
        ("id;pH;color\na;sour;red\n", "pH: is not a number — 1 case (e.g. row a: 'sour')"),
        (
            "id;pH;color\na;1;\nb;1;\n",
            "color: it has no value, but always had one in training — 2 cases (e.g. row a, row b)",
        ),
        (
            "id;pH;color\na;1;Red\nb;1;Red\n",
            "color: none of its values was seen in training — 2 cases (e.g. row a: 'Red'",
        ),
        ("id;x\na;1\n", "pH: the column is missing\n  - color: the column is missing"),
        ("id;pH;color\n", "the table has no rows"),
        ("", "new.csv is empty."),
        ("id;pH;color\na;1;red\nb;1;red;2\n", "new.csv cannot be read: Error tokenizing data"),
    ],
)
def test_rows_that_do_not_fit_are_one_message(
    content: str, expected: str, trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / "new.csv").write_text(content)
    assert expected in fails(sweep("predict", "new.csv"))
    assert not [*trained.glob("data/07_model_output/*")]


def test_a_predict_error_names_no_part_of_the_configuration(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / "new.csv").write_text("id;pH\na;1\n")
    assert "catalog" not in fails(sweep("predict", "new.csv"))


def test_predict_tells_about_a_model_that_is_clearly_better(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    entry = {"type": "kedro_sweep.datasets.runs_dataset.RunsDataset", "path": "data/09_tracking"}
    with (trained / "conf/base/catalog.yml").open("a") as catalog:
        catalog.write(yaml.safe_dump({"tracked_runs": entry}))
    for version, value in {OLD: 0.7, NEW: 0.6}.items():
        scores = np.linspace(value, value + value / 50, 150)
        draws = SelectionDraws("accuracy", "maximize", 42, 865, scores, scores, np.zeros(150))
        summary = {"model": "sklearn.svm.SVC", "scoring": "accuracy", "comparable": "a"}
        tracked = {
            "sweep_summary": summary | {"best_value": value, "corrected_value": value},
            "selection_draws": draws.to_plain(),
        }
        for name, content in tracked.items():
            file = trained / f"data/09_tracking/{name}.json/{version}/{name}.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(content))
    better, done = sweep("predict", "new.csv", "--output", "new_model.csv").output.splitlines()[-2:]
    assert better.startswith(f"The model of {OLD}, the best of 2 (SVC, accuracy 0.7")
    assert ", corrected for this choice), is better by 0.1" in better
    assert better.endswith(f": --model-version {OLD} predicts with it.")
    rows = "Predicted 3 rows with the model of"
    assert done == f"{rows} {NEW} (SVC, corrected accuracy 0.6000): new_model.csv"
    chosen = sweep("predict", "new.csv", "--model-version", OLD, "--output", "old_model.csv").output
    assert chosen.splitlines()[-1:] == [f"{rows} {OLD} (SVC, corrected accuracy 0.7000): old_model.csv"]


def test_predictions_of_before_stay_if_the_new_ones_cannot_be_written(
    trained: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    (trained / "out.csv").write_text("of before")

    def fill_the_disk(*arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fill_the_disk)
    assert "No space left" in fails(sweep("predict", "new.csv", "--output", "out.csv"))
    assert (trained / "out.csv").read_text() == "of before"


def test_an_unknown_model_is_refused(trained: Path, sweep: Callable[..., Result]) -> None:
    message = fails(sweep("predict", "new.csv", "--model-version", "2020"))
    assert "There is no model of version '2020'" in message
    assert f"{NEW}, {OLD}" in message


def test_a_project_without_a_model_says_how_to_make_one(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    shutil.rmtree(trained / "data/06_models")
    assert "train one with `kedro run`" in fails(sweep("predict", "new.csv"))


def test_a_model_of_another_scikit_learn_predicts_only_if_told_to(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    card = trained / f"data/06_models/model_card.json/{NEW}/model_card.json"
    card.write_text(json.dumps({"versions": {"scikit-learn": "0.24.1"}}))
    assert "was trained with scikit-learn 0.24.1" in fails(sweep("predict", "new.csv"))
    assert sweep("predict", "new.csv", "--allow-other-versions").exit_code == 0


@pytest.mark.parametrize("arguments", [["new.json"], ["new.csv", "--output", "out.txt"]])
def test_an_unknown_format_is_refused(
    arguments: list[str], trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / "new.json").write_text("")
    assert "name a file that ends in .csv, .parquet, .xlsx" in fails(sweep("predict", *arguments))


@pytest.mark.parametrize("output", ["new.csv", "link.csv", "../{0}/new.csv"])
def test_the_rows_are_not_overwritten_by_their_predictions(
    output: str, trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / "link.csv").symlink_to("new.csv")
    before = (trained / "new.csv").read_bytes()
    message = fails(sweep("predict", "new.csv", "--output", output.format(trained.name)))
    assert "--output would replace the rows in new.csv" in message
    assert (trained / "new.csv").read_bytes() == before


def test_rows_with_more_values_than_names_are_not_shifted(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    raw = yaml.safe_load((trained / "conf/base/catalog.yml").read_text())
    del raw["raw"]["load_args"]["index_col"]
    (trained / "conf/base/catalog.yml").write_text(yaml.safe_dump(raw))
    (trained / "new.csv").write_text("pH;color\n1;red;\n9;white;\n")
    message = fails(sweep("predict", "new.csv"))
    assert "have more values than its header has names: add the missing name" in message


@pytest.mark.parametrize(
    ("suffix", "text", "encoding"),
    [
        ("tsv", "id\tpH\tcolor\na\t1\tred\n", "utf-8"),
        ("csv", "id,pH,color\na,1.0,red\n", "utf-8-sig"),
        ("txt", "id;pH;color;größe\na;1;red;1\n", "cp1252"),
        ("csv", "id\tpH\tcolor\na\t1\tred\n", "utf-16"),
    ],
)
def test_a_text_file_is_read_by_its_own_format(
    suffix: str, text: str, encoding: str, trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / f"new.{suffix}").write_bytes(text.encode(encoding))
    result = sweep("predict", f"new.{suffix}", "--output", "out.csv")
    assert result.exit_code == 0, result.output
    assert read_predictions(trained / "out.csv") == {"a": "high"}


@pytest.mark.parametrize(
    ("name", "suffix", "cell", "text"),
    [
        *(("color", "csv", text, text) for text in ("1", "2.50", "TRUE", "01")),
        ("${color}", "csv", "01", "01"),
        ("${color}", "xlsx", 1, "1"),
        ("color", "xlsx", True, "True"),
    ],
)
def test_text_stays_text_if_a_file_shows_it_as_a_number(
    name: str, suffix: str, cell: Any, text: str, trained: Path
) -> None:
    schema = infer_schema(pd.DataFrame({name: ["1", "3a"], "pH": 1.0}), [name, "pH"])
    (trained / f"data/06_models/schema.yml/{NEW}/schema.yml").write_text(schema)
    rows, file = pd.DataFrame({"id": [7], name: [cell], "pH": [1]}), trained / f"new.{suffix}"
    if suffix == "xlsx":
        pytest.importorskip("openpyxl")
        rows.to_excel(file, index=False)
    else:
        rows.to_csv(file, index=False)
    configure_project(PACKAGE, preserve_logging=True)
    catalog: Any = KedroSession.create(trained).load_context().catalog
    [read] = read_rows(describe_rows(catalog, file))
    assert read[name].tolist() == [text]


# --- predict a large file -----------------------------------------------------------------------------


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read four rows at once instead of many thousands."""
    monkeypatch.setattr(_files, "MAX_ROWS", 4)
    monkeypatch.setattr(_files, "MIN_ROWS", 1)


# Labels, numbers and texts that would have other types in a piece than in all rows.
MIXED = ["01;1;red"] * 4 + ["2;1.5;white"] * 4 + [";;"] * 4 + ["x;9;1"]


@pytest.mark.parametrize(
    ("lines", "output"),
    [(MIXED, "out.csv"), (MIXED, "out.parquet"), (["1;1;red"] * 8, "out.csv")],
    ids=["mixed, CSV", "mixed, Parquet", "two full pieces"],
)
def test_pieces_are_predicted_as_the_whole(
    lines: list[str], output: str, trained: Path, request: pytest.FixtureRequest
) -> None:
    (trained / "new.csv").write_text("\n".join(["id;pH;color", *lines]))
    sweep = request.getfixturevalue("sweep")
    contents = []
    for _ in range(2):
        result = sweep("predict", "new.csv", "--output", output)
        assert result.exit_code == 0, result.output
        file = trained / output
        contents.append(file.read_bytes() if output == "out.csv" else repr(read_output(file)))
        request.getfixturevalue("small_pieces")
    assert contents[0] == contents[1]
    assert sorted(path.name for path in trained.glob("*out*")) == [output]


def read_output(file: Path) -> dict[str, Any]:
    table = pd.read_parquet(file)
    return {"index": [*table.index], "types": [*table.dtypes], "cells": table.to_dict("list")}


@pytest.mark.parametrize("table", ["range", "every second", "labels", "gaps"])
def test_pieces_of_parquet_are_read_as_the_whole(
    table: str, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"pH": [1, 9] * 5, "color": ["red", "white"] * 5, "other": [True] * 10})
    changed = {
        "every second": rows[::2],
        "labels": rows.set_index(pd.Index([*"abcdefghij"], name="id")),
        "gaps": rows.assign(pH=pd.array([1, 2, 3, 4, None] * 2, "Int64")),
    }
    file = trained / "new.parquet"
    changed.get(table, rows).to_parquet(file, row_group_size=3)
    configure_project(PACKAGE, preserve_logging=True)
    catalog: Any = KedroSession.create(trained).load_context().catalog
    entry = describe_rows(catalog, file)
    [whole] = read_rows(entry)
    monkeypatch.setattr(_files, "MAX_ROWS", 4)
    monkeypatch.setattr(_files, "MIN_ROWS", 1)
    pieces = [*read_rows(entry)]
    assert [len(piece) for piece in pieces] == ([4, 1] if table == "every second" else [4, 4, 2])
    pd.testing.assert_frame_equal(pd.concat(pieces), whole)


@pytest.mark.usefixtures("small_pieces")
def test_a_bad_row_in_a_later_piece_leaves_the_output_of_before(
    trained: Path, sweep: Callable[..., Result]
) -> None:
    (trained / "new.csv").write_text("id;pH;color\n" + "1;1;red\n" * 9 + "bad;sour;red\n")
    (trained / "out.csv").write_text("of before")
    message = fails(sweep("predict", "new.csv", "--output", "out.csv"))
    assert "pH: is not a number — 1 case (e.g. row bad: 'sour')" in message
    assert (trained / "out.csv").read_text() == "of before"
    assert sorted(path.name for path in trained.glob("*out*")) == ["out.csv"]


@pytest.mark.usefixtures("small_pieces")
def test_only_all_rows_can_show_that_no_category_is_known(
    trained: Path, sweep: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    file = trained / "new.csv"
    file.write_text("id;pH;color\n" + "1;1;blue\n" * 9 + "2;1;red\n")
    assert sweep("predict", "new.csv").exit_code == 0
    examples = ", ".join(["row 1: 'blue'"] * 5)
    assert caplog.messages == [f"color: not seen in training — rows: 9 ({examples})"]
    file.write_text("id;pH;color\n" + "1;1;blue\n" * 9)
    message = fails(sweep("predict", "new.csv", "--output", "out.csv"))
    assert "color: none of its values was seen in training — 9 cases" in message
    assert not [*trained.glob("*out*")]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(("changes", "predicted"), [(False, 2), (True, 4)])
def test_an_interrupted_prediction_goes_on_unless_its_input_changes(
    changes: bool, predicted: int, trained: Path, sweep: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    lines = [f"{number};{number};red\n" for number in range(14)]
    (trained / "new.csv").write_text("id;pH;color\n" + "".join(lines))
    pieces: list[pd.DataFrame] = []
    predict = new_rows.predict_rows

    def interrupt(*arguments: Any) -> pd.DataFrame:
        pieces.append(arguments[-1])
        if len(pieces) == 3:
            raise KeyboardInterrupt
        return predict(*arguments)

    monkeypatch.setattr(new_rows, "predict_rows", interrupt)
    assert sweep("predict", "new.csv", "--output", "out.csv").exit_code == 1
    assert not (trained / "out.csv").exists()
    if changes:
        (trained / "new.csv").write_text("id;pH;color\n" + "".join(lines) + "\n")
    assert sweep("predict", "new.csv", "--output", "out.csv").exit_code == 0
    assert len(pieces) - 3 == predicted
    assert ("Starting anew" in caplog.text) is changes
    assert list(read_predictions(trained / "out.csv")) == [*range(14)]
    assert sorted(path.name for path in trained.glob("*out*")) == ["out.csv"]


def test_two_commands_do_not_write_the_same_file(
    trained: Path, sweep: Callable[..., Result], small_pieces: None
) -> None:
    (trained / "new.csv").write_text("id;pH;color\n" + "1;1;red\n" * 9)
    (trained / ".out.csv.parts").mkdir()
    with FileLock(trained / ".out.csv.parts/lock"):
        assert "Another command is writing to" in fails(
            sweep("predict", "new.csv", "--output", "out.csv")
        )


# --- predict --drift ----------------------------------------------------------------------------------


@pytest.fixture
def compared(trained: Path) -> Path:
    """The project with a model of many rows and a score."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"pH": random.normal(size=400), "color": random.choice(["red", "white"], 400)})
    card = {"scoring": "accuracy", "corrected_value": 0.9, "corrected_low": 0.85, "corrected_high": 0.95}
    names = ["model_card.json", "schema.yml"]
    files = [trained / f"data/06_models/{name}/{NEW}/{name}" for name in names]
    files[0].write_text(json.dumps(json.loads(files[0].read_text()) | {"metrics": card}))
    files[1].write_text(infer_schema(rows, ["pH", "color"]))
    with (trained / "conf/base/catalog.yml").open("a") as catalog:
        entry = {"type": TRACKED, "filepath": "data/06_models/model_card.json", "versioned": True}
        catalog.write(yaml.safe_dump({"model_card": entry}))
    return trained


def write_rows(project: Path, rows: int, shift: float) -> None:
    random = np.random.default_rng(1)
    table = pd.DataFrame({"id": range(rows), "pH": random.normal(shift, size=rows)})
    table.assign(color=["red", "white"] * (rows // 2)).to_csv(project / "new.csv", index=False, sep=";")


def test_drift_names_what_has_shifted_and_the_score_that_need_not_hold(
    compared: Path, sweep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(compared, 300, shift=1)
    result = sweep("predict", "new.csv", "--drift")
    assert result.exit_code == 0
    shown = " ".join(result.output.split())
    assert "clearly shifted: 1 of 2. The accuracy of 0.90 (0.85 to 0.95) was measured" in shown
    assert re.search(r"pH +(\d\.\d\d) +< 0\.\d\d +.*large +\n", result.output)
    assert max(map(len, result.output.splitlines()[2:])) <= 80
    monkeypatch.setattr(_files, "MAX_ROWS", 120)  # counts of three pieces add up
    assert sweep("predict", "new.csv", "--drift").output == result.output


@pytest.mark.parametrize(
    ("rows", "expected"), [(400, "No feature of these 400 rows"), (20, "20 rows can")]
)
def test_without_a_shift_drift_says_which_shift_may_be_missed(
    rows: int, expected: str, compared: Path, sweep: Callable[..., Result]
) -> None:
    write_rows(compared, rows, shift=0)
    output = sweep("predict", "new.csv", "--drift").output
    assert expected in output
    write_rows(compared, 2, shift=0)
    assert "2 rows cannot be compared" in sweep("predict", "new.csv", "--drift").output
    assert re.search(r"\d\.\d standard deviations", " ".join(output.split()))
    assert "WARNING" not in output


def test_drift_needs_a_schema_that_describes_the_training_rows(
    compared: Path, sweep: Callable[..., Result]
) -> None:
    file = compared / f"data/06_models/schema.yml/{NEW}/schema.yml"
    schema = yaml.safe_load(file.read_text())
    del schema["columns"]["color"]["metadata"]
    file.write_text(yaml.safe_dump(schema))
    message = fails(sweep("predict", "new.csv", "--drift"))
    assert "does not describe the training rows of 'color'" in message
    assert "train it again with `kedro run`, which repeats no trial" in message


def test_a_project_without_the_pipeline_is_refused(project: Path, sweep: Callable[..., Result]) -> None:
    (project / "new.csv").write_text("")
    assert "This project has no pipeline 'inference'" in fails(sweep("predict", "new.csv"))


def test_a_catalog_without_a_model_is_refused(trained: Path, sweep: Callable[..., Result]) -> None:
    (trained / "conf/base/catalog.yml").write_text("{}")
    assert "The entry 'model' in conf/base/catalog.yml" in fails(sweep("predict", "new.csv"))


@pytest.mark.parametrize(("version", "expected"), [(None, "high"), (OLD, "low")])
def test_the_inference_pipeline_predicts_with_the_model_of_load_versions(
    version: str | None, expected: str, trained: Path
) -> None:
    samples = trained / "data/01_raw/new_samples.csv"
    samples.parent.mkdir()
    samples.write_text("pH,color\n1,red\n")
    # Only a model of this schema has rows like these.
    other = NEW if version else OLD
    (trained / f"data/06_models/schema.yml/{other}/schema.yml").write_text("not a schema")
    configure_project(PACKAGE, preserve_logging=True)
    session = KedroSession.create(trained)
    with chdir(trained), session:
        session.run(pipeline_names=["inference"], load_versions={"model": version} if version else None)
    assert read_predictions(trained / "data/07_model_output/predictions.csv") == {0: expected}
