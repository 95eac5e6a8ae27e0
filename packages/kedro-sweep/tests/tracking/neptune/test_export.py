"""What an offline run recorded is read without Neptune's client."""

import json
import logging
from pathlib import Path
from typing import Any

import neptune
import pytest

from kedro_sweep.tracking.neptune.export import export


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data/09_tracking/.neptune"
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def record_run(**fields: Any) -> None:
    run = neptune.init_run(mode="offline", git_ref=False, source_files=[])
    for path, value in fields.items():
        run[path] = value
    run["curve"].extend([0.5, 0.25])
    run["log"].append("hello")
    run["sys/tags"].add(["b", "a"])
    run["gone"] = 1
    del run["gone"]
    run["text"].upload(neptune.types.File.from_content("some text"))
    run.stop()


def test_what_a_run_recorded_is_read_back(source: Path, tmp_path: Path) -> None:
    record_run(number=1, share=0.5, name="été\n", yes=True)
    (path,) = export(source, tmp_path / "out")
    run = json.loads(path.read_text())
    assert {"number": 1, "share": 0.5, "name": "été\n", "yes": True}.items() <= run["fields"].items()
    assert run["fields"]["sys/tags"] == ["a", "b"]
    assert "gone" not in run["fields"]
    assert [value["value"] for value in run["series"]["curve"]] == [0.5, 0.25]
    assert run["series"]["log"][0]["value"] == "hello"
    assert Path(run["files"]["text"]).read_text() == "some text"
    assert path.stem == run["id"]


def test_runs_come_in_the_order_of_their_start(source: Path, tmp_path: Path) -> None:
    for number in range(3):
        record_run(number=number)
    runs = [json.loads(path.read_text()) for path in export(source, tmp_path / "out")]
    assert [run["fields"]["number"] for run in runs] == [0, 1, 2]


def test_a_damaged_log_gives_what_can_be_read_and_a_warning(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record_run(number=1)
    (log,) = source.glob("offline/*/data-1.log")
    with log.open("a") as file:
        file.write('{"obj": {"type": "AssignInt", "path": ["num')
    (path,) = export(source, tmp_path / "out")
    assert json.loads(path.read_text())["fields"]["number"] == 1
    assert f"of {log}: it is damaged" in caplog.text


@pytest.mark.parametrize("damage", ["", "[]", "{}", "no json"])
def test_a_folder_without_metadata_is_skipped_with_a_warning(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    record_run(number=1)
    record_run(number=2)
    folder = next(source.glob("offline/*"))
    (folder / "metadata.json").write_text(damage)
    assert len(export(source, tmp_path / "out")) == 1
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert str(folder) in warning.getMessage()


def test_without_a_run_nothing_is_written(source: Path, tmp_path: Path) -> None:
    assert export(source, tmp_path / "out") == []
    assert not (tmp_path / "out").exists()
