"""What Windows does in another way is simulated, because no machine of the project runs it."""

import io
import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.io.core import generate_timestamp

from kedro_sweep import platforms
from kedro_sweep.platforms import become, find_program, join_command, print_any_text, replace
from kedro_sweep.search.storage._journal import SweepJournalBackend


@pytest.fixture
def _windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "IS_WINDOWS", True)
    monkeypatch.setattr(platforms, "PAUSES", (0, 0, 0))


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Attempts to move a file that fail, because a virus scanner has the other one open."""
    attempts: list[Path] = []
    rename = Path.replace

    def refuse(part: Path, file: Path) -> Path:
        attempts.append(part)
        if len(attempts) <= 3:
            raise PermissionError(13, "Access is denied", str(file))
        return rename(part, file)

    monkeypatch.setattr(Path, "replace", refuse)
    return attempts


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A finished file, and the one that it replaces."""
    part, file = tmp_path / "part", tmp_path / "file"
    part.write_text("new", encoding="utf-8")
    file.write_text("old", encoding="utf-8")
    return part, file


@pytest.mark.usefixtures("_windows", "busy")
def test_windows_replaces_a_file_as_soon_as_nobody_has_it_open(files: tuple[Path, Path]) -> None:
    part, file = files
    replace(part, file)
    assert file.read_text(encoding="utf-8") == "new"
    assert not part.exists()


@pytest.mark.usefixtures("_windows")
def test_a_file_that_stays_open_is_kept(
    files: tuple[Path, Path], busy: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    part, file = files
    monkeypatch.setattr(platforms, "PAUSES", (0, 0))
    with pytest.raises(PermissionError):
        replace(part, file)
    assert len(busy) == 3
    assert file.read_text(encoding="utf-8") == "old"


def test_elsewhere_no_permission_is_final(files: tuple[Path, Path], busy: list[Path]) -> None:
    with pytest.raises(PermissionError):
        replace(*files)
    assert len(busy) == 1


@pytest.mark.usefixtures("_windows")
def test_windows_has_its_own_folders_and_quotation_marks() -> None:
    assert find_program(Path(".venv"), "python") == Path(".venv/Scripts/python.exe")
    assert join_command([r"C:\My Files\python.exe", "-m", "pip"]) == r'"C:\My Files\python.exe" -m pip'


@pytest.mark.usefixtures("_windows")
def test_windows_waits_for_the_program_that_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        started.append(command)
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("its arguments would lose their quotes"))
    with pytest.raises(SystemExit) as ended:
        become(["python", '{"port": 4141}'])
    assert ended.value.code == 3
    assert started == [["python", '{"port": 4141}']]


@pytest.mark.parametrize(
    ("encoding", "text", "shown"),
    [
        ("cp1252", "\N{MINUS SIGN}0.5 → 1 ± 2 …", "-0.5 -> 1 ± 2 …"),
        ("cp1252", "▸ 木", "> ?"),
        ("ascii", "1 ± 2", "1 ? 2"),
        ("utf-8", "木 \N{MINUS SIGN}1 →", "木 \N{MINUS SIGN}1 →"),
        ("utf-8", "na\udcefve", "na?ve"),
    ],
)
def test_any_text_can_be_printed_in_any_encoding(
    encoding: str, text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding))
    print_any_text()
    print(text, end="", flush=True)
    assert printed.getvalue().decode(encoding) == shown


def test_runs_and_locks_of_studies_have_names_that_windows_allows(tmp_path: Path) -> None:
    locks = SweepJournalBackend(str(tmp_path / "journal"))
    names = [generate_timestamp(), locks.find_lock('CON: <a|b>?* "wines/red".').name]
    for name in names:
        assert PureWindowsPath(name).name == name
        assert not set(name) & set('<>:"/\\|?*')
        assert not name.endswith((".", " "))
        assert not PureWindowsPath(name).is_reserved()


def test_a_notebook_prints_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = io.StringIO()
    monkeypatch.setattr(sys, "stdout", cell)
    print_any_text()
    print("▸")
    assert cell.getvalue() == "▸\n"
