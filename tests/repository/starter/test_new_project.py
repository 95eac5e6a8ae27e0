"""What `kedro new` makes from this project."""

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from kedro_sweep_starter.project import TRACKERS

from tests.starter.conftest import ANSWERS, KEDRO, NEW, ROOT, Shell, read_files

Bake = Callable[..., Path]
RUFF = (sys.executable, "-m", "ruff")


def find(pattern: str, project: Path) -> list[str]:
    """Every path, and every line of a text file, that matches."""
    files = read_files(project)
    lines = list(files)
    for name, content in files.items():
        with suppress(UnicodeDecodeError):
            lines += [f"{name}: {line}" for line in content.decode().splitlines()]
    return [line for line in lines if re.search(pattern, line, flags=re.IGNORECASE)]


def read_yaml(path: Path) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load(path.read_text())
    return content


def check_style(project: Path, shell: Shell) -> None:
    shell(*RUFF, "check", ".", cwd=project)
    shell(*RUFF, "format", "--check", ".", cwd=project)


@pytest.fixture(scope="module")
def empty(bake: Bake) -> Path:
    return bake(example="none", trackers="none")


def test_the_answers_left_at_their_defaults_give_the_default_project(
    default: Path, shell: Shell, tmp_path: Path
) -> None:
    shell(*NEW, cwd=tmp_path, answers="\n\n\n")
    assert read_files(tmp_path / "my-sweep") == read_files(default)


def test_a_name_on_the_command_line_leaves_the_other_questions(shell: Shell, tmp_path: Path) -> None:
    shell(*NEW, "--name", "My Project", cwd=tmp_path, answers="\n\n")
    assert "# My Project\n" in (tmp_path / "my-project/README.md").read_text()
    assert (tmp_path / "my-project/src/my_project/__main__.py").is_file()


def test_what_the_user_ignores_everywhere_is_not_left_out(
    copy: Callable[[], Path], default: Path, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "ignored").write_text("*.csv\n")
    (tmp_path / "gitconfig").write_text(f"[core]\n\texcludesFile = {tmp_path / 'ignored'}\n")
    (tmp_path / "new").mkdir()
    ours = ("env", f"GIT_CONFIG_GLOBAL={tmp_path / 'gitconfig'}")
    starter = ("--starter", str(copy()), "--directory", "starter")
    shell(*ours, *KEDRO, "new", *starter, cwd=tmp_path / "new", answers="\n\n\n")
    assert read_files(tmp_path / "new/my-sweep") == read_files(default)


def test_a_relative_path_leads_to_the_starter(
    copy: Callable[[], Path], shell: Shell, tmp_path: Path
) -> None:
    path = os.path.relpath(copy(), tmp_path)
    shell(*KEDRO, "new", "--starter", path, "--directory", "starter", cwd=tmp_path, answers="\n\n\n")
    assert (tmp_path / "my-sweep/src/my_sweep/__main__.py").is_file()


def test_a_clone_at_a_tag_gives_the_default_project(
    copy: Callable[[], Path], default: Path, shell: Shell, tmp_path: Path
) -> None:
    repository = copy()
    for command in (
        "init",
        "add .",
        "commit --quiet --message First",
        "tag v1",
        "rm -r --quiet src",
        "commit --quiet --message Second",
    ):
        shell("git", *command.split(), cwd=repository)
    options = ["--starter", f"git+file://{repository}", "--checkout", "v1", "--directory", "starter"]
    shell(*KEDRO, "new", *options, cwd=tmp_path, answers="\n\n\n")
    assert read_files(tmp_path / "my-sweep") == read_files(default)


def test_nothing_of_the_template_is_left(default: Path, empty: Path) -> None:
    for project in (default, empty):
        assert find("kedro.?sweep", project) == []
        assert find(r"\{\{ |\{%|cookiecutter\.", project) == []
        assert (
            find("|".join(map(re.escape, [str(ROOT), str(Path.home()), str(project.parent)])), project)
            == []
        )


def test_a_new_project_has_no_history_and_nothing_of_this_repository_alone(default: Path) -> None:
    for name in (".ci", "benchmarks", "starter", "tests/starter", "CHANGELOG.md"):
        assert (ROOT / name).exists(), name
        assert not (default / name).exists(), name
    assert not (default / ".git").exists()
    for name in ("pyproject.toml", "Makefile", "docs/scaling.md"):
        assert not re.search(r"\b(starter|bench)", (default / name).read_text())


@pytest.mark.parametrize(
    ("project_name", "repo_name", "python_package"),
    [
        (
            "Predicting customer churn in the northern-most regions",
            "predicting-customer-churn-in-the-northern-most-regions",
            "predicting_customer_churn_in_the_northern_most_regions",
        ),
        ("Zz", "zz", "zz"),
    ],
)
def test_long_and_short_names_keep_the_style_and_the_lock(
    project_name: str, repo_name: str, python_package: str, bake: Bake, shell: Shell, uv: str
) -> None:
    project = bake(project_name=project_name, repo_name=repo_name, python_package=python_package)
    check_style(project, shell)
    shell(uv, "lock", "--check", cwd=project)
    # Where extras exclude each other, uv writes a name with its length, and checks neither.
    marker = r"\b(?:extra|group)-(\d+)-{name}\b"
    marked = re.findall(marker.format(name=repo_name), (project / "uv.lock").read_text())
    assert set(marked) <= {str(len(repo_name))}
    assert len(marked) == len(
        re.findall(marker.format(name="kedro-sweep"), (ROOT / "uv.lock").read_text())
    )
    output = shell(*KEDRO, "run", "--params", "sweep.n_trials=2", cwd=project)
    assert "Pipeline execution completed successfully" in output


def test_doubled_separators_in_a_name_are_one_in_the_distribution(
    bake: Bake, shell: Shell, uv: str
) -> None:
    project = bake(project_name="My  Sweep", repo_name="my--sweep", python_package="my__sweep")
    assert 'name = "my-sweep"\n' in (project / "pyproject.toml").read_text()
    shell(uv, "lock", "--check", cwd=project)


def test_an_empty_project_says_what_to_edit_until_it_has_a_table(
    empty: Path, shell: Shell, tmp_path: Path
) -> None:
    project = shutil.copytree(empty, tmp_path / "project")
    output = shell(*KEDRO, "run", cwd=project, fails=True)
    assert "list the columns that the model may see under features in conf/base/parameters.yml" in output
    assert "name the column to predict under y_label in conf/base/parameters.yml" in output
    assert "Traceback" not in output

    parameters = project / "conf/base/parameters.yml"
    answers = parameters.read_text().replace("features: []", "features: [x]")
    parameters.write_text(answers.replace('y_label: ""', "y_label: y"))
    output = shell(*KEDRO, "run", cwd=project, fails=True)
    assert "data/01_raw/my_table.csv' Put the file there" in " ".join(output.split())
    assert "Traceback" not in output

    table = project / "data/01_raw/my_table.csv"
    table.write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    output = shell(*KEDRO, "run", "--params", "sweep.n_trials=2", cwd=project)
    assert "Pipeline execution completed successfully" in output


def test_an_empty_project_holds_the_example_for_its_tests_alone(default: Path, empty: Path) -> None:
    assert [path.name for path in (empty / "data/01_raw").iterdir()] == [".gitkeep"]
    example = empty / "tests/example"
    assert (example / "data/01_raw/my_table.csv").read_bytes() == (
        default / "data/01_raw/WineQT.csv"
    ).read_bytes()
    assert read_yaml(example / "conf/base/parameters.yml") == read_yaml(
        default / "conf/base/parameters.yml"
    )
    assert find("wine", empty / "conf") == []
    assert "tutorial" not in (empty / "docs/index.md").read_text()


def test_the_tests_of_an_empty_project_pass(empty: Path, shell: Shell) -> None:
    run = "tests/test_run.py::test_a_"
    chosen = [
        "tests/test_docs.py",
        "tests/test_project.py",
        "tests/pipelines",
        f"{run}run_splits_the_wines_without_a_leak",
        f"{run}missing_table_stops_the_run_with_one_message",
    ]
    on_path = ("env", f"PYTHONPATH={empty / 'src'}")
    assert " passed" in shell(*on_path, sys.executable, "-m", "pytest", *chosen, cwd=empty)


@pytest.mark.parametrize("dropped", TRACKERS)
def test_a_tracker_left_out_leaves_only_what_others_import(
    dropped: str, bake: Bake, shell: Shell, uv: str, default: Path
) -> None:
    kept = [tracker for tracker in TRACKERS if tracker != dropped]
    project = bake(trackers=", ".join(kept))
    files = read_files(project)
    for folder in ("conf/", "tests/", "src/my_sweep/tracking/"):
        assert [name for name in files if name.startswith(folder) and dropped in name] == []
    for tracker in kept:
        assert [name for name in files if tracker in name] == [
            name for name in read_files(default) if tracker in name
        ]
    assert dropped not in files["Makefile"].decode()
    assert f"## {dropped}" not in files["docs/tracking.md"].decode().lower()
    extras = tomllib.loads(files["pyproject.toml"].decode())["project"]["optional-dependencies"]
    assert {*kept, "viz"} <= set(extras)
    assert dropped not in extras
    locked = tomllib.loads(files["uv.lock"].decode())["package"]
    assert [package["name"] for package in locked if dropped in package["name"]] == []
    assert read_yaml(project / "conf/base/catalog.yml") == read_yaml(default / "conf/base/catalog.yml")
    check_style(project, shell)
    shell(uv, "lock", "--check", cwd=project)
    output = shell(*KEDRO, "run", "--params", "sweep.n_trials=2", cwd=project)
    assert "Pipeline execution completed successfully" in output


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("X", "'X' is an invalid value for project name"),
        ("Class", "'class' is an invalid Python package name"),
        ("Email", "'email' is an invalid Python package name"),
        ("Optuna", "'Optuna' is also the name of a package that the project needs"),
        ("Test", "'Test' is also the name of a package that the project needs"),
        ("3 wines", "'3_wines' cannot be the name of its Python package"),
        ("Größe", "'größe' cannot be the name of its Python package"),
        ("Wine-", "'wine-' cannot be the name of a distribution"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    name: str, error: str, shell: Shell, tmp_path: Path
) -> None:
    output = shell(*NEW, "--name", name, cwd=tmp_path, answers="\n\n", fails=True)
    assert error in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "answer", "error"),
    [
        ("example", "beer", "example: 'beer' is neither wine nor none"),
        ("trackers", "mlflow, wandb", "trackers: ['wandb'] are unknown"),
        ("trackers", 'the "best"', "trackers: ['the \"best\"'] are unknown"),
    ],
)
def test_an_answer_that_is_not_a_choice_is_refused(
    key: str, answer: str, error: str, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "answers.yml"
    file.write_text(yaml.safe_dump(ANSWERS | {key: answer}))
    assert error in shell(*NEW, "--config", str(file), cwd=tmp_path, fails=True)
    assert not (tmp_path / "my-sweep").exists()
