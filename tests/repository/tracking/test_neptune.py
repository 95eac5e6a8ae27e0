"""What `kedro run --env neptune` records, without a server."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from typing import Any

import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from kedro.runner import ParallelRunner
from kedro_sweep.errors import InputError

from tests.conftest import PACKAGE, Project

VARIABLES = ("NEPTUNE_MODE", "NEPTUNE_API_TOKEN", "NEPTUNE_PROJECT", "NEPTUNE_DATA_DIRECTORY")


@contextmanager
def no_variables() -> Iterator[None]:
    """Hide the machine's settings of Neptune, and drop those that a run makes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.setenv(name, "")  # so that it is restored, even if it was not set
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _no_variables() -> Iterator[None]:
    with no_variables():
        yield


def read_runs(project: Project) -> list[dict[str, Any]]:
    """Read what offline runs have recorded from the files of Neptune's client."""
    runs = {}
    for log in (project.path / "data/09_tracking/.neptune/offline").glob("run__*/data-1.log"):
        run: dict[str, Any] = {"fields": {}, "series": {}, "files": {}}
        for line in log.read_text().splitlines():
            operation = json.loads(line)["obj"]
            path = "/".join(operation["path"])
            match operation["type"]:
                case "LogFloats":
                    run["series"].setdefault(path, []).extend(operation["values"])
                case "UploadFile":
                    run["files"][path] = log.parent / "upload_path" / operation["tmp_file_name"]
                case "UploadFileSet":
                    run["files"][path] = operation["file_globs"]
                case kind if kind.startswith("Assign"):
                    run["fields"][path] = operation["value"]
        runs[json.loads((log.parent / "metadata.json").read_text())["createdAt"]] = run
    return [runs[created] for created in sorted(runs)]


@pytest.fixture(scope="module")
def tracked(copy_project: Callable[[], Project]) -> Project:
    """A project after a run without figures, of which Neptune gets none, and one that added no trial."""
    project = copy_project()
    project.configure(sweep={"n_trials": 4, "cv": 2})
    with no_variables():
        project.run_here("dp", "ds", env="neptune")
        project.run_here("ds", env="neptune", to_outputs=["best_params"])
    return project


@pytest.fixture(scope="module")
def runs(tracked: Project) -> list[dict[str, Any]]:
    return read_runs(tracked)


@pytest.fixture(scope="module")
def run(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return runs[0]


def test_a_run_is_one_folder_offline(tracked: Project) -> None:
    assert len(list((tracked.path / "data/09_tracking/.neptune/offline").iterdir())) == 2
    assert not (tracked.path / ".neptune").exists()


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_nodes_report_accuracy_and_confusion_matrix(
    part: str, tracked: Project, run: dict[str, Any]
) -> None:
    metrics = json.loads(tracked.versions(f"{part}_metrics.json")[0].read_text())
    report = f"kedro/nodes/report/{part}"
    assert run["fields"][f"{report}_accuracy"] == metrics["acc"]
    assert run["fields"][f"{report}_balanced_accuracy"] == metrics["balanced_acc"]
    assert run["files"][f"{report}_confusion_matrix"].read_bytes().startswith(b"\x89PNG")


def test_every_trial_is_recorded_without_a_plot(run: dict[str, Any]) -> None:
    values = run["series"]["kedro/trials/values"]
    assert [value["step"] for value in values] == [0, 1, 2, 3]
    assert max(value["value"] for value in values) == run["fields"]["kedro/best/value"]
    assert run["fields"]["kedro/trials/trials/3/params/max_depth"] >= 1
    assert not any("visualizations" in path for path in run["files"])


def test_a_run_that_adds_no_trial_records_those_that_are_there(runs: list[dict[str, Any]]) -> None:
    first, second = (run["series"]["kedro/trials/values"] for run in runs)
    assert [value["value"] for value in first] == [value["value"] for value in second]


def test_command_parameters_catalog_pipeline_and_source_files_are_recorded(
    tracked: Project, run: dict[str, Any]
) -> None:
    fields, files = run["fields"], run["files"]
    assert fields["kedro/catalog/parameters/data/frac"] == 0.15
    assert fields["kedro/catalog/parameters/sweep/search_space/max_depth/high"] == 20
    raw = str(tracked.path / "data/01_raw/WineQT.csv")
    assert fields["kedro/catalog/datasets/raw/filepath"] == raw
    assert fields["kedro/run_params/env"] == "neptune"
    structure = json.loads(files["kedro/structure"].read_text())
    assert "data_science.search_hyperparameters" in {node["name"] for node in structure["pipeline"]}
    assert f"{tracked.path}/src/**/*.py" in files["source_code/files"]


def test_a_failed_run_is_recorded_as_failed(project: Project) -> None:
    with pytest.raises(InputError, match="no such column"):
        project.run_here(env="neptune", data={"features": ["no such column"]})
    [run] = read_runs(project)
    assert run["fields"]["sys/failed"] is True


def test_without_the_environment_there_is_no_run_and_no_file(project: Project) -> None:
    project.run_here("dp")
    assert not list(project.path.rglob(".neptune"))


def test_it_can_be_disabled_in_its_environment(project: Project) -> None:
    config = project.path / "conf/neptune/neptune.yml"
    config.write_text(config.read_text().replace("enabled: true", "enabled: false"))
    project.run_here("dp", env="neptune")
    assert not list(project.path.rglob(".neptune"))


def test_nodes_in_other_processes_run_without_the_run(project: Project) -> None:
    # Kedro itself starts the processes.
    project.configure(sweep={"n_trials": 1, "cv": 2})
    configure_project(PACKAGE, preserve_logging=True)
    session = KedroSession.create(project.path, env="neptune")
    with chdir(project.path), session:
        session.run(
            pipeline_names=["dp", "ds"],
            to_outputs=["test_metrics"],
            runner=ParallelRunner(max_workers=1),
        )
    [run] = read_runs(project)
    assert run["fields"]["kedro/run_params/env"] == "neptune"
    assert "kedro/nodes/report/test_accuracy" not in run["fields"]


def test_token_and_project_may_be_given_as_credentials(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = "http://127.0.0.1:9"
    token = {"api_address": nowhere, "api_url": nowhere, "api_key": "key"}
    credentials = {
        "api_token": base64.b64encode(json.dumps(token).encode()).decode(),
        "project": "a/b",
    }
    file = project.path / "conf/neptune/credentials.yml"
    file.write_text(json.dumps({"neptune": credentials}))
    project.run_here("dp", env="neptune")
    assert "this run is recorded offline" in caplog.text
    assert len(read_runs(project)) == 1
