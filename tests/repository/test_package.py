"""What `make package` packs, how a packaged project runs without a network, and what a release is called."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml
from kedro.framework import project as kedro_project
from kedro_sweep import __version__

from wine_sweep.__main__ import main

from tests.conftest import Project

ARCHIVE = "dist/conf-wine_sweep.tar.gz"


@pytest.fixture
def packed(project: Project, root: Path) -> Path:
    """The archive of a configuration with secrets, packed by the recipe of `make package`."""
    names = ("credentials.yml", "credentials.yaml", "credentials_neptune.json", "a/credentials/b.yml")
    for name in (f"{environment}/{name}" for environment in ("local", "cluster") for name in names):
        file = project.path / "conf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret: hunter2")
    recipe = subprocess.check_output(["make", "--dry-run", "package"], cwd=root, text=True)
    [command] = [line for line in recipe.splitlines() if ARCHIVE in line]
    (project.path / "dist").mkdir()
    subprocess.run(shlex.split(command), cwd=project.path, check=True)
    return project.path / ARCHIVE


def test_no_local_file_and_no_credentials_are_packed(packed: Path) -> None:
    with tarfile.open(packed) as archive:
        names = [member.name for member in archive if member.isfile()]
    assert "conf/base/catalog.yml" in names
    assert "conf/logging.yml" in names
    assert "conf/cluster/catalog.yml" in names
    assert not [name for name in names if name.startswith("conf/local/") or "credentials" in name]


def test_git_tracks_no_file_that_kedro_reads_credentials_from(root: Path) -> None:
    names = ["credentials.yml", "credentials_db.yaml", "credentials/a.yml", "deep/er/credentials.yml"]
    files = [f"conf/prod/{name}" for name in names]
    # Only git knows what it ignores.
    ignored = subprocess.check_output(["git", "check-ignore", *files], cwd=root, text=True)
    assert ignored.split() == files


def test_a_release_has_the_same_version_and_date_everywhere(root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    changelog = (root / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\d.*)$", changelog, re.MULTILINE)
    assert newest
    assert newest[1] == f"{__version__} - {citation['date-released']}"


@pytest.fixture
def _logging_of_a_new_process() -> Iterator[None]:
    """Log as Kedro does when it starts in a folder without a configuration."""
    kept = dict(kedro_project.LOGGING)
    default = Path(kedro_project.__file__).with_name("rich_logging.yml")
    kedro_project.configure_logging(yaml.safe_load(default.read_text()))
    yield
    kedro_project.configure_logging(kept)


@pytest.mark.usefixtures("_logging_of_a_new_process")
def test_a_packaged_run_sends_nothing_and_logs_as_the_project_does(
    packed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(packed.parents[1] / "data/01_raw", tmp_path / "data/01_raw")
    monkeypatch.chdir(tmp_path)
    # A new process has not read the settings yet.
    for name in [name for name in os.environ if name.startswith("KEDRO_") or name == "DO_NOT_TRACK"]:
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "wine_sweep.settings", raising=False)
    sent = []
    monkeypatch.setattr(requests, "post", lambda url, **_: sent.append(url))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: sent.append(address))
    main([f"--conf-source={packed}", "--pipelines=dp"], standalone_mode=False)
    assert sent == []
    printed = capsys.readouterr().out
    assert "Loading data from" not in printed
    assert "Completed node" not in printed
    assert "Dropped 125 of 1143 rows" in printed
    assert (tmp_path / "data/05_model_input/train.parquet").exists()
