import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import optuna
import pytest

from kedro_sweep.search import open_journal
from kedro_sweep.tracking import dashboard

COMMAND = [
    sys.executable,
    "-m",
    dashboard.__name__,
]


@contextmanager
def serve(project: Path, *options: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with subprocess.Popen([*COMMAND, "--port", str(port), *options], cwd=project) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def get(url: str) -> Any:
    """Ask until the server has started."""
    for _ in range(600):
        try:
            with urlopen(url, timeout=30) as answer:
                return json.load(answer)
        except URLError:
            Event().wait(0.1)
    raise AssertionError(f"nothing at {url}")


def add_study(storage: optuna.storages.BaseStorage) -> optuna.Study:
    study = optuna.create_study(storage=storage, study_name="mine", direction="maximize")
    study.add_trial(optuna.trial.create_trial(value=0.5))
    return study


def test_it_shows_the_studies_of_the_catalogs_journal(project: Path) -> None:
    add_study(open_journal(str(project / "data/07_model_output/studies.journal")))
    with serve(project) as address:
        (summary,) = get(f"{address}/api/studies")["study_summaries"]
        study = get(f"{address}/api/studies/{summary['study_id']}?after=0")
    assert summary["study_name"] == "mine"
    assert [trial["values"] for trial in study["trials"]] == [[0.5]]


def test_it_follows_the_catalog_to_a_database(project: Path) -> None:
    url = f"sqlite:///{project}/studies.db"
    add_study(optuna.storages.RDBStorage(url))
    (project / "conf/elsewhere").mkdir()
    (project / "conf/elsewhere/credentials.yml").write_text(json.dumps({"database": {"url": url}}))
    dataset = "kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset"
    (project / "conf/elsewhere/catalog.yml").write_text(
        json.dumps({"study_storage": {"type": dataset, "credentials": "database"}})
    )
    with serve(project, "--env", "elsewhere") as address:
        (summary,) = get(f"{address}/api/studies")["study_summaries"]
    assert summary["study_name"] == "mine"


def test_it_says_how_to_install_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    monkeypatch.setattr(sys, "argv", ["dashboard"])
    with pytest.raises(SystemExit, match="uv sync --inexact --extra dashboard"):
        dashboard.main()
