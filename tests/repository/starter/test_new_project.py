"""How the starter makes a project from a repository, in process."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from starter.new_project import ADDRESS, BEGIN, END, Names, StarterError, find_address, make_project

MINE = Names("my_project", "my-project", "My Project")

LOCK = '[[package]]\nname = "wine-sweep"\n\n[[package]]\nname = "optuna"\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def list_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The folder of the new project, which Kedro has made already."""
    folder = tmp_path / "new"
    folder.mkdir()
    return folder


@pytest.fixture
def commit(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Make a small repository that tracks these files."""

    def make(files: dict[str, str]) -> Path:
        repository = tmp_path / "repository"
        write(repository, files | {"uv.lock": LOCK})
        for command in (["git", "init", "--quiet"], ["git", "add", "."]):
            subprocess.run(command, cwd=repository, check=True)
        return repository

    return make


Commit = Callable[[dict[str, str]], Path]


def test_names_change_in_paths_and_in_text(commit: Commit, new: Path) -> None:
    text = "from wine_sweep import x  # pip install wine-sweep: Wine Sweep, WineQT.csv"
    make_project(commit({"src/wine_sweep/a.py": text}), new, MINE)
    assert (new / "src/my_project/a.py").read_text() == (
        "from my_project import x  # pip install my-project: My Project, WineQT.csv"
    )
    assert '"my-project"' in (new / "uv.lock").read_text()


@pytest.mark.parametrize("title", ["Wine Sweep 2", "My Wine Sweep", "wine-sweep", "wine_sweep"])
def test_a_name_that_contains_the_old_one_appears_once(title: str, commit: Commit, new: Path) -> None:
    names = Names("wine_sweep_2", "wine-sweep-2", title)
    make_project(commit({"a": "wine_sweep wine-sweep Wine Sweep"}), new, names)
    assert (new / "a").read_text() == f"wine_sweep_2 wine-sweep-2 {title}"


def test_marked_lines_are_left_out(commit: Commit, new: Path) -> None:
    text = f"first\n# {BEGIN}\nhere\n# {END}\nsecond\n  # {BEGIN}\nhere\n  # {END}\nthird"
    make_project(commit({"a": text}), new, MINE)
    assert (new / "a").read_text() == "first\nsecond\nthird"


def test_the_library_is_copied_unchanged_without_its_tests(commit: Commit, new: Path) -> None:
    text = f"wine_sweep\n{BEGIN}\n{END}\n"
    repository = commit({"packages/kedro-sweep/src/a.py": text, "packages/kedro-sweep/tests/b.py": text})
    make_project(repository, new, MINE)
    assert (new / "packages/kedro-sweep/src/a.py").read_text() == text
    assert not (new / "packages/kedro-sweep/tests").exists()


def test_a_file_that_is_not_text_is_copied_byte_by_byte(commit: Commit, new: Path) -> None:
    repository = commit({"a": "", "b": ""})
    (repository / "a").write_bytes(bytes(range(256)))
    (repository / "b").write_bytes("é\r\n\x0c\u2028\n".encode())
    make_project(repository, new, MINE)
    assert (new / "a").read_bytes() == (repository / "a").read_bytes()
    assert (new / "b").read_bytes() == (repository / "b").read_bytes()


def test_a_program_stays_executable(commit: Commit, new: Path) -> None:
    repository = commit({"run": ""})
    (repository / "run").chmod(0o755)
    make_project(repository, new, MINE)
    assert (new / "run").stat().st_mode & 0o111


def test_files_that_the_project_has_already_stay(commit: Commit, new: Path) -> None:
    write(new, {"docs/conf.py": "mine"})
    make_project(commit({"docs/conf.py": "yours"}), new, MINE)
    assert (new / "docs/conf.py").read_text() == "mine"


def test_the_project_gets_tracked_files_as_they_are_now(commit: Commit, new: Path) -> None:
    repository = commit({"changed": "then", "deleted": ""})
    write(repository, {"changed": "now", "scratch": ""})
    (repository / "deleted").unlink()
    make_project(repository, new, MINE)
    assert (new / "changed").read_text() == "now"
    assert list_files(new) == {"changed", "uv.lock"}


def test_an_unpacked_archive_gives_what_it_does_not_ignore_and_says_so(
    tmp_path: Path, new: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    write(archive, {"uv.lock": LOCK, ".gitignore": "/secret\n", "secret": "", "table.csv": ""})
    # Files that the user ignores globally are still part of the project.
    write(tmp_path, {"ignored": "*.csv\n", "config": f"[core]\nexcludesFile = {tmp_path}/ignored\n"})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    make_project(archive, new, MINE)
    assert list_files(new) == {".gitignore", "table.csv", "uv.lock"}
    assert capsys.readouterr().out == (
        f"{archive} is not a git repository: copying all files that .gitignore does not exclude.\n"
    )


def test_a_repository_that_git_cannot_read_is_named(tmp_path: Path, new: Path) -> None:
    write(tmp_path, {"uv.lock": LOCK, ".git": "broken"})
    with pytest.raises(
        StarterError, match=f"git cannot list the files of {tmp_path}: .*invalid gitfile"
    ):
        make_project(tmp_path, new, MINE)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (Names("3_wines", "3-wines", "3 wines"), "'3_wines' and '3-wines' cannot be the names"),
        (Names("größe", "größe", "Größe"), "'größe' and 'größe' cannot be the names"),
        (Names("a-b", "a-b", "A B"), "'a-b' and 'a-b' cannot be the names"),
        (Names("a_b", "a--b", "A B"), "'a_b' and 'a--b' cannot be the names"),
        (Names("a", "a-", "A"), "'a' and 'a-' cannot be the names"),
        (Names("signal", "signal", "Signál"), "'signal' is a word or a module of Python"),
        (Names("class", "class", "Class"), "'class' is a word or a module of Python"),
        (Names("optuna", "mine", "Mine"), "needs a package called 'optuna'"),
        (Names("mine", "optuna", "Mine"), "needs a package called 'optuna'"),
        (Names("sklearn", "mine", "Mine"), "needs a package called 'sklearn'"),
        (Names("tests", "tests", "Tests"), "needs a package called 'tests'"),
    ],
)
def test_names_that_do_not_work_are_refused(
    names: Names, message: str, commit: Commit, new: Path
) -> None:
    with pytest.raises(StarterError, match=message):
        make_project(commit({}), new, names)
    assert list_files(new) == set()


def test_the_old_name_can_be_used_again(commit: Commit, new: Path) -> None:
    make_project(commit({"a": "wine_sweep"}), new, Names("wine_sweep", "wine-sweep", "Wine Sweep"))
    assert (new / "a").read_text() == "wine_sweep"


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://host/me/it.git", "https://host/me/it.git"),
        ("https://me:hunter2@host:8443/me/it", "https://host:8443/me/it"),
        ("https://hunter2@host/it", "https://host/it"),
        ("https://host/it?token=hunter2", "https://host/it"),
        ("ssh://git:hunter2@host/it", "ssh://git@host/it"),
        ("git@host:me/it.git", "ssh://git@host/me/it.git"),
        ("file:///srv/a@b/it", "file:///srv/a@b/it"),
        (None, ADDRESS),
    ],
)
def test_the_address_is_the_origin_without_passwords(
    origin: str | None, address: str, commit: Commit
) -> None:
    repository = commit({})
    if origin:
        subprocess.run(["git", "remote", "add", "origin", origin], cwd=repository, check=True)
    assert find_address(repository) == address


def test_an_unpacked_archive_has_no_address_although_the_folder_around_it_has(commit: Commit) -> None:
    repository = commit({"archive/a": ""})
    command = ["git", "remote", "add", "origin", "https://host/other"]
    subprocess.run(command, cwd=repository, check=True)
    assert find_address(repository / "archive") == ADDRESS


def test_the_address_is_filled_in_unchanged(commit: Commit, new: Path) -> None:
    address = "https://host/wine-sweep"
    make_project(commit({"a": "git = 'ADDRESS'", "packages/b": "ADDRESS"}), new, MINE, address)
    assert (new / "a").read_text() == f"git = '{address}'"
    assert (new / "packages/b").read_text() == "ADDRESS"
