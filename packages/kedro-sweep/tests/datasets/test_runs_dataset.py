"""All versions of the tracked datasets become one table."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DatasetError

from kedro_sweep.datasets.runs_dataset import RunsDataset
from kedro_sweep.tracking._session_store import SessionStore


def write_version(folder: Path, name: str, run_id: str, content: Any) -> Path:
    file = folder / f"{name}.json" / run_id / f"{name}.json"
    file.parent.mkdir(parents=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_every_run_is_a_row_and_every_key_a_column(tmp_path: Path) -> None:
    write_version(tmp_path, "test_metrics", "run 1", {"acc": 0.5})
    write_version(tmp_path, "test_metrics", "run 2", {"acc": 0.75})
    write_version(tmp_path, "features", "run 2", {"best_params": {"max_depth": 3}})
    runs = RunsDataset(path=str(tmp_path)).load()
    assert list(runs.index) == ["run 2", "run 1"]
    assert list(runs.to_dict()) == [("features", "best_params"), ("test_metrics", "acc")]
    assert runs["test_metrics"]["acc"].to_dict() == {"run 1": 0.5, "run 2": 0.75}
    assert runs["features"]["best_params"].dropna().to_dict() == {"run 2": {"max_depth": 3}}


def test_a_bucket_is_refused() -> None:
    with pytest.raises(
        DatasetError, match="its path is s3://bucket/tracking: give the path of a folder"
    ):
        RunsDataset(path="s3://bucket/tracking")


def record(folder: Path, run_id: str, **session: Any) -> None:
    store = SessionStore(str(folder), run_id)
    store.update(project_path=folder, username="someone")
    store.record_run({"env": "local"})
    store.update(session)
    store.save()


def test_record_of_the_session_store_is_added(tmp_path: Path) -> None:
    record(tmp_path, "run 1", finished=True)
    record(tmp_path, "tracked nothing", finished=True)
    write_version(tmp_path, "test_metrics", "run 1", {"acc": 0.5})
    runs = RunsDataset(path=str(tmp_path)).load()
    assert runs["session"]["username"].to_dict() == {"run 1": "someone"}


def test_run_that_did_not_finish_is_a_row_whatever_it_has_tracked(tmp_path: Path) -> None:
    record(tmp_path, "run 1")
    record(tmp_path, "run 2", exception={"type": "ValueError"})
    runs = RunsDataset(path=str(tmp_path)).load()
    assert runs["session"]["finished"].to_dict() == {"run 1": False, "run 2": False}


def test_it_is_not_known_yet_how_the_run_of_this_process_ends(tmp_path: Path) -> None:
    record(tmp_path, "run 1")
    current = SessionStore(str(tmp_path), "run 2")
    current.update(project_path=tmp_path)
    current.record_run({"env": "local"})
    runs = RunsDataset(path=str(tmp_path)).load()
    assert runs["session"]["finished"].dropna().to_dict() == {"run 1": False}


def test_no_run_gives_an_empty_table(tmp_path: Path) -> None:
    assert RunsDataset(path=str(tmp_path / "missing")).load().empty


@pytest.mark.parametrize(
    "content", ["", "{", '{"acc": ', "[1, 2]", "\x00\x00", "[" * 99_999, r'{"acc": "\ud800"}']
)
def test_damaged_version_is_skipped_with_a_warning(
    content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_version(tmp_path, "test_metrics", "run 1", {"acc": 0.5})
    damaged = write_version(tmp_path, "test_metrics", "run 2", content)
    runs = RunsDataset(path=str(tmp_path)).load()
    assert list(runs.index) == ["run 1"]
    assert f"Skipped {damaged}" in caplog.text


def test_version_that_lacks_its_file_is_skipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write_version(tmp_path, "test_metrics", "run 1", {"acc": 0.5})
    file.unlink()
    assert RunsDataset(path=str(tmp_path)).load().empty
    assert f"Skipped {file}" in caplog.text


def test_text_of_another_locale_does_not_end_a_later_run(tmp_path: Path) -> None:
    home = "/home/müller".encode().decode("ascii", "surrogateescape")
    record(tmp_path, "run 1", home=home)
    write_version(tmp_path, "run_parameters", "run 1", {"home": home})
    write_version(tmp_path, "test_metrics", "run 2", {"acc": 0.5})
    runs = RunsDataset(path=str(tmp_path)).load()
    assert list(runs.index) == ["run 2", "run 1"]
    for dataset in ("session", "run_parameters"):
        assert runs[dataset]["home"].dropna().to_list() == ["/home/müller"]


def test_undamaged_datasets_of_a_run_are_kept(tmp_path: Path) -> None:
    write_version(tmp_path, "train_metrics", "run 1", {"acc": 1.0})
    write_version(tmp_path, "test_metrics", "run 1", "{")
    runs = RunsDataset(path=str(tmp_path)).load()
    assert runs.to_dict("index") == {"run 1": {("train_metrics", "acc"): 1.0}}


def test_table_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="only be read"):
        RunsDataset(path=str(tmp_path)).save(pd.DataFrame())  # type: ignore[arg-type]
