"""A folder is written in one step, and only after its self-test."""

import json
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kedro_sweep.errors import InputError
from kedro_sweep.handover import Handover, _export, export_model
from kedro_sweep.handover._requirements import pin

MODULES = ("app", "check", "decisions", "model", "rows")


@pytest.fixture(autouse=True)
def _untested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the self-test, which is a process; the tests of a release run it."""
    monkeypatch.setattr(_export, "_run_self_test", lambda part: None)


@pytest.fixture(scope="module")
def exported(handover: Handover, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")  # which is empty
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_export, "_run_self_test", lambda part: None)
        export_model(handover, folder)
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "model"))


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules can be imported."""
    monkeypatch.syspath_prepend(folder)
    python = ".".join(map(str, sys.version_info[:3]))
    card = json.loads((folder / "card.json").read_text()) | {"versions": {"python": python}}
    (folder / "card.json").write_text(json.dumps(card))
    yield folder
    for name in MODULES:
        sys.modules.pop(name, None)


def test_everything_is_there_and_an_earlier_export_is_only_replaced_on_request(
    handover: Handover, folder: Path
) -> None:
    exported = json.loads((folder / "export.json").read_text())
    assert sorted(file.name for file in folder.iterdir()) == exported["files"]
    assert len(json.loads((folder / "rows.json").read_text())["rows"]) == 20
    assert [*folder.parent.iterdir()] == [folder]
    with pytest.raises(InputError, match="add --overwrite"):
        export_model(handover, folder)
    (folder / "model.pkl").unlink()
    (folder / ".venv").mkdir()
    (folder / ".venv/made_by_the_user").touch()
    export_model(handover, folder, overwrite=True)
    assert (folder / "model.pkl").exists()
    assert (folder / ".venv/made_by_the_user").exists()
    assert [*folder.parent.iterdir()] == [folder]


def test_a_folder_with_anything_else_is_never_replaced(handover: Handover, folder: Path) -> None:
    (folder / ".env").write_text("TOKEN=1")
    with pytest.raises(InputError, match=r"it holds \.env"):
        export_model(handover, folder, overwrite=True)
    assert (folder / ".env").read_text() == "TOKEN=1"
    with pytest.raises(InputError, match="is not an export"):
        export_model(handover, folder / "app.py", overwrite=True)
    (other := folder.parent / "other").mkdir()
    (other / "export.json").write_text("[1]")
    with pytest.raises(InputError, match=r"it holds export\.json"):
        export_model(handover, other, overwrite=True)


def test_a_failed_self_test_leaves_the_earlier_export(
    handover: Handover, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(part: Path) -> None:
        raise InputError("row 3")

    monkeypatch.setattr(_export, "_run_self_test", fail)
    before = (folder / "model.pkl").stat()
    with pytest.raises(InputError, match="row 3"):
        export_model(handover, folder, overwrite=True)
    assert (folder / "model.pkl").stat() == before
    assert [*folder.parent.iterdir()] == [folder]


def test_a_folder_that_is_in_use_keeps_the_earlier_export(
    handover: Handover, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = _export.replace

    def refuse_new(source: Path, target: Path) -> None:
        if ".part." in source.name:
            raise PermissionError("in use")
        replace(source, target)

    monkeypatch.setattr(_export, "replace", refuse_new)
    before = (folder / "model.pkl").stat()
    with pytest.raises(PermissionError, match="in use"):
        export_model(handover, folder, overwrite=True)
    assert (folder / "model.pkl").stat() == before
    assert [*folder.parent.iterdir()] == [folder]


def test_the_application_answers_requests(served: Path) -> None:
    client = TestClient(import_module("app").app)
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/card").json()["target"] == "left"
    sample = json.loads((served / "rows.json").read_text())
    answer = client.post("/predict", json=sample)
    assert answer.json() == {"predictions": sample["expected"], "warnings": []}

    wrong = {"rows": [sample["rows"][0] | {"age": "old", "plan": 7}]}
    refused = client.post("/predict", json=wrong)
    assert refused.status_code == 422
    found = [(each["row"], each["column"], each["value"]) for each in refused.json()["detail"]]
    assert found == [(0, "age", "old"), (0, "plan", 7)]
    assert client.post("/predict", json={"rows": []}).status_code == 422
    assert client.post("/predict", content='{"rows": [NaN]}').status_code == 422
    assert client.post("/predict", json={"rows": [{}] * 10_001}).status_code == 413


def test_the_check_says_what_differs(
    served: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = import_module("check")
    assert check.main() == 0
    sample = json.loads((served / "rows.json").read_text())
    sample["expected"][3]["prediction"] = "maybe"
    (served / "rows.json").write_text(json.dumps(sample))
    assert check.main() == 1
    assert "row 3: prediction is" in capsys.readouterr().out


def test_requirements_are_pinned_with_all_that_they_require() -> None:
    lines = pin({"scikit-learn"}).splitlines()
    names = [line.partition("==")[0] for line in lines]
    assert {"scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"} <= {*names}
    assert names == sorted(names)
    assert all(line.partition("==")[2] for line in lines)
