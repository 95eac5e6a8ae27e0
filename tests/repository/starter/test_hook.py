"""`kedro new`, which runs the starter's hook in a separate process."""

import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from kedro.framework.cli.starters import create_cli

Kedro = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty working directory; what Kedro keeps in the user's home goes elsewhere."""
    settings, folder = tmp_path / "cookiecutter.yml", tmp_path / "here"
    settings.write_text(yaml.safe_dump({"replay_dir": str(tmp_path / "replay")}))
    folder.mkdir()
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(settings))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def kedro_new(root: Path, here: Path) -> Kedro:
    """Call `kedro new` with this repository's path, relative to the working directory."""

    def call(*options: str, answers: str = "") -> Result:
        starter = f"--starter={os.path.relpath(root, here)}"
        return CliRunner().invoke(
            create_cli, ["new", starter, "--directory=starter", *options], input=answers
        )

    return call


def test_a_name_on_the_command_line_is_enough(kedro_new: Kedro, here: Path) -> None:
    assert kedro_new("--name", "My Project").exit_code == 0
    project = here / "my-project"
    assert (project / "README.md").read_text().startswith("# My Project\n")
    assert (project / "docs/index.md").read_text().startswith("# My Project\n")
    assert (project / "src/my_project/settings.py").is_file()


def test_the_name_is_the_only_question(kedro_new: Kedro, here: Path) -> None:
    assert kedro_new(answers="Größe  of - wines\n").exit_code == 0
    assert (here / "grosse-of-wines/src/grosse_of_wines/settings.py").is_file()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Optuna", "No project was made: The project needs a package called 'optuna'"),
        ("Kedro Sweep", "No project was made: The project needs a package called 'kedro-sweep'"),
        ("3 wines", "No project was made: '3_wines' and '3-wines' cannot be the names"),
    ],
)
def test_a_name_that_does_not_work_leaves_nothing_behind(
    name: str, message: str, kedro_new: Kedro, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert kedro_new("--name", name).exit_code == 1
    error = capfd.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["X", "--", "Class", "Email"])
def test_a_name_that_kedro_refuses_leaves_nothing_behind(
    name: str, kedro_new: Kedro, here: Path
) -> None:
    assert kedro_new(f"--name={name}").exit_code == 1
    assert list(here.iterdir()) == []


def test_a_relative_path_with_another_output_folder_asks_for_an_absolute_one(
    kedro_new: Kedro, here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "far/away"
    output.mkdir(parents=True)
    answers = {"project_name": "My Project", "output_dir": str(output)}
    (here / "answers.yml").write_text(yaml.safe_dump(answers))
    assert kedro_new("--config", "answers.yml").exit_code == 1
    assert "has no starter. Use an absolute path to the repository." in capfd.readouterr().err
    assert list(output.iterdir()) == []


def test_an_old_python_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer.*uvx --python 3.11 kedro new"):
        runpy.run_path(str(root / "starter/hooks/post_gen_project.py"))
