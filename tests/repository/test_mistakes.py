"""An error that the user can fix stops the run with one message, and nothing is written."""

import errno
import importlib.metadata
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pytest
import yaml
from kedro_sweep.hooks._error_hooks import DAMAGED_REMEDY
from kedro_sweep.search.storage import _journal as journal

from tests.conftest import Project, read_yaml
from tests.repository.conftest import Refused


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has once."""
    content = file.read_text()
    assert content.count(old) == 1
    file.write_text(content.replace(old, new))


def table(project: Project) -> Path:
    return project.path / "data/05_model_input/train.parquet"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep": {"n_trial": 5}}, "'sweep': n_trial: 5 is not allowed, there is no such key"),
        (
            {"sweep": {"model": {"params": {"max_depth": 3}}}},
            "sweep.search_space.max_depth is also fixed under params",
        ),
        ({"data": {"features": ["pH", "proof"]}}, "data.features: the raw table lacks ['proof']"),
        ({"sweep": {"scoring": "roc_auc"}}, "'roc_auc' cannot score predictions of 6 classes."),
        (
            {
                "sweep": {
                    "model": {"class": "sklearn.ensemble.ExtraTreesRegressor"},
                    "scoring": "accuracy",
                }
            },
            "'accuracy' cannot score predictions of a target of numbers.",
        ),
        (
            {"data": {"y_label": "density", "features": ["pH"]}},
            "RandomForestClassifier predicts classes: choose a regressor",
        ),
    ],
)
def test_a_mistake_in_the_parameters_is_named(
    changes: dict[str, Any], message: str, project: Project, refused: Refused
) -> None:
    project.configure(**changes)
    assert message in refused(project)
    assert project.studies() == {}
    assert not project.versions("sweep_summary.json")


@pytest.mark.parametrize("pipelines", [[], ["inference"]], ids=str)
def test_a_parameter_in_its_old_place_is_named_with_the_new_one(
    pipelines: list[str], project: Project, refused: Refused
) -> None:
    message = refused(project, *pipelines, frac=0.3)
    assert message.startswith("frac is now data.frac: ")
    file = project.path / "conf/base/parameters_data_science.yml"
    sweep = read_yaml(file)["sweep"]
    file.write_text(yaml.safe_dump({"model": sweep.pop("model"), "sweep": sweep}))
    message = refused(project, *pipelines)
    assert message.startswith("model is now sweep.model: ")


def test_a_missing_table_is_named_with_its_remedy(project: Project, refused: Refused) -> None:
    (project.path / "data/01_raw/WineQT.csv").unlink()
    message = refused(project)
    assert "WineQT.csv" in message
    assert "Put the file there, run the pipeline that makes it, or correct its entry in" in message


def test_a_sweep_of_failures_gives_the_first_reason(prepared: Project, refused: Refused) -> None:
    # Each is allowed by itself; only a fit finds that they exclude each other.
    fails = {"bootstrap": False, "oob_score": True}
    prepared.configure(sweep={"model": {"params": fails}, "n_trials": 3})
    message = refused(prepared, "ds")
    assert "None of the 3 trials of study quality-random_forest-" in message
    assert "The first failed with ValueError: Out of bag estimation only available" in message
    assert not (prepared.path / "data/07_model_output/best_params.json").exists()


def test_a_truncated_table_is_named_by_its_file(prepared: Project, refused: Refused) -> None:
    content = table(prepared).read_bytes()
    table(prepared).write_bytes(content[: len(content) // 2])
    message = refused(prepared, "ds")
    assert str(table(prepared)) in message
    assert message.endswith(DAMAGED_REMEDY)


def test_a_table_without_all_its_rows_is_named_by_its_file(prepared: Project, refused: Refused) -> None:
    pd.read_parquet(table(prepared)).head(480).to_parquet(table(prepared))
    message = refused(prepared, "ds")
    assert f"{table(prepared)} is not what was saved: it has 480 rows, but 865 were" in message
    assert "Run the pipeline that makes the tables again, or all pipelines." in message


def test_text_among_the_numbers_of_a_table_is_named_by_its_file(
    prepared: Project, refused: Refused
) -> None:
    rows = pd.read_parquet(table(prepared))
    for column in ("pH", "quality"):
        rows[column] = ["much", *rows[column].astype("str")[1:]]
    rows.to_parquet(table(prepared))
    message = refused(prepared, "ds")
    assert f"{table(prepared)} is not what was saved: the columns ['pH', 'quality'] differ" in message


def test_new_rows_that_do_not_fit_the_model_are_named_by_their_columns(
    searched: Project, refused: Refused, wine: pd.DataFrame
) -> None:
    rows = wine.head(3).drop(columns="pH").assign(alcohol=[9.4, "much", 9.8])
    rows.to_csv(searched.path / "data/01_raw/new_samples.csv", index=False)
    message = refused(searched, "inference")
    assert "pH: the column is missing" in message
    assert "alcohol: is not a number — 1 case (e.g. row 1: 'much')" in message
    assert message.endswith(
        "Correct the rows, or the validator of their entry in conf/base/catalog.yml."
    )
    assert not (searched.path / "data/07_model_output/predictions.csv").exists()


@pytest.mark.parametrize("place", [0.5, 1.0], ids=["in the middle", "at the end"])
def test_a_damaged_line_of_the_journal_is_named_with_its_remedy(
    place: float, searched: Project, refused: Refused
) -> None:
    file = searched.path / "data/07_model_output/studies.journal"
    lines = file.read_text().splitlines()
    number = round(place * len(lines))
    lines[number - 1] = "{"
    file.write_text("\n".join([*lines, ""]))
    message = refused(searched, "ds")
    assert f"Line {number} of {file} is damaged." in message
    assert message.endswith("or move the file away to start new studies.")


@pytest.mark.parametrize("name", ["data", "data/05_model_input"])
def test_a_folder_that_cannot_be_written_to_is_named(
    name: str, project: Project, refused: Refused
) -> None:
    folder = project.path / name
    if folder.exists():
        folder.rename(project.path / "elsewhere")
    folder.symlink_to("/sys")  # where not even root can write
    message = refused(project)
    assert f"'{folder}/" in message
    assert message.endswith("Give yourself permission to read and write it, or run in another folder.")


def test_a_file_in_the_place_of_a_folder_is_named(project: Project, refused: Refused) -> None:
    (project.path / "data/05_model_input").touch()
    message = refused(project)
    assert f"'{project.path}/data/05_model_input'" in message
    assert message.endswith("A file is where a folder should be: move it away.")


def test_a_full_disk_keeps_the_finished_trials(
    searched: Project, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = searched.studies()
    seek = journal._seek_end_of_last_line

    def fill_disk(file: BinaryIO) -> None:
        seek(file)
        file.write(b"{")  # the part of the line that fits
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_seek_end_of_last_line", fill_disk)
        message = refused(searched, "ds", sweep={"n_trials": 2})
    assert "No space left on device" in message
    assert message.endswith("Free some disk space and run again: every finished trial is kept.")
    assert searched.studies() == before
    searched.run_here("ds", to_outputs=["best_params"], sweep={"n_trials": 2})
    [trials] = searched.studies().values()
    assert len(trials) == 2


def test_a_table_that_does_not_fit_on_the_disk_is_named(project: Project, refused: Refused) -> None:
    folder = project.path / "data/05_model_input"
    folder.mkdir()
    (folder / "test.parquet").symlink_to("/dev/full")
    message = refused(project)
    assert f"{folder}/test.parquet" in message
    assert "No space left on device\nFree some disk space" in message


@pytest.fixture
def with_database(prepared: Project) -> Project:
    """A copy that keeps its studies in a database, whose address it lacks."""
    edit(
        prepared.path / "conf/base/catalog.yml",
        "  filepath: data/07_model_output/studies.journal\n",
        "  credentials: study_database\n",
    )
    return prepared


def test_missing_credentials_are_named_with_their_file(with_database: Project, refused: Refused) -> None:
    message = refused(with_database, "ds")
    assert "Unable to find credentials 'study_database'" in message
    assert "Add them to conf/local/credentials.yml" in message


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("${oc.env:NO_SUCH_DATABASE_URL}", "Environment variable 'NO_SUCH_DATABASE_URL' not found"),
        ("sqlite:////no/such/folder/studies.db", "cannot be opened. unable to open database file"),
        ("nodialect://user:hunter2@host/studies", "cannot be opened. Can't load plugin"),
    ],
    ids=["variable", "file", "driver"],
)
def test_a_database_that_cannot_be_found_is_explained(
    url: str, reason: str, with_database: Project, refused: Refused
) -> None:
    credentials = with_database.path / "conf/local/credentials.yml"
    credentials.write_text(f"study_database:\n  url: {url}\n")
    message = refused(with_database, "ds", sweep={"n_trials": 1})
    assert reason in message
    assert "hunter2" not in message


def test_an_unknown_environment_is_named(project: Project, refused: Refused) -> None:
    message = refused(project, env="nowhere")
    assert f"{project.path}/conf/nowhere" in message
    assert message.endswith("The folders in conf are the environments of this project.")


def test_an_unknown_pipeline_is_named(project: Project, refused: Refused) -> None:
    message = refused(project, "dss")
    assert "Failed to find the pipeline named 'dss'" in message
    assert message.endswith("`kedro registry list` lists the pipelines.")


@pytest.mark.usefixtures("_yaml_of_users")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("raw: #", "raw #", "Invalid YAML or JSON file"),
        (
            "type: json.JSONDataset\n  filepath: data/05_model_input/data",
            "type: json.JSON\n  filepath: data/05_model_input/data",
            "data_summary",
        ),
        ("  data: null\n", "  data: null\n  more: 1\n", "neptune_run"),
    ],
    ids=["no YAML", "no such dataset", "no such argument"],
)
def test_a_mistake_in_the_catalog_is_named(
    old: str, new: str, message: str, project: Project, refused: Refused
) -> None:
    edit(project.path / "conf/base/catalog.yml", old, new)
    assert message in refused(project)


@pytest.mark.parametrize("tracker", ["mlflow", "neptune"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tracker: str, project: Project, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither the package nor Kedro's plugin for it can be found.
    monkeypatch.delitem(sys.modules, f"kedro_sweep.tracking.{tracker}.hooks", raising=False)
    monkeypatch.setitem(sys.modules, tracker, None)
    monkeypatch.setattr(importlib.metadata, "distributions", lambda **_: iter(()))
    message = refused(project, env=tracker)
    assert f"tracks runs with {tracker}, which is not installed" in message
    assert re.search(rf"run `.* install .*\[{tracker}\]'?`|run `.* --extra {tracker}`", message)
