"""The packaged project runs without the kedro command."""

import subprocess
import sys

from tests.conftest import Project


def run(project: Project, *command: str) -> list[str]:
    """Run Python in the project and name the tables that this made."""
    subprocess.run([sys.executable, *command], cwd=project.path, check=True)
    return sorted(path.name for path in (project.path / "data/05_model_input").iterdir())


def test_the_package_runs_as_a_module(project: Project) -> None:
    made = run(
        project,
        "-m",
        "kedro_sweep",
        "--pipeline=dp",
    )
    assert made == ["test.csv", "train.csv"]


def test_the_package_runs_from_code_and_gives_back_control(project: Project) -> None:
    code = """
from wine_sweep.__main__ import main

main(["--pipeline", "dp"], standalone_mode=False)
raise SystemExit(0)
"""
    assert run(project, "-c", code) == ["test.csv", "train.csv"]
