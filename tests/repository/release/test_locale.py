"""Names in any script survive where files and output have another encoding than UTF-8 by default."""

import os
import subprocess
import sys
from collections.abc import Callable

import pandas as pd

from tests.conftest import Project, read_yaml

# A stricter default than the cp1252 of Windows. It is set when Python starts, so each command is a process.
ASCII = {"PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX", "PYTHONUTF8": "0"}
NAME = "Größe \N{MINUS SIGN} 木"


def run(project: Project, *arguments: str) -> str:
    """Run a command of Kedro; return what it prints."""
    command = [sys.executable, "-m", "kedro", *arguments]
    return subprocess.check_output(command, cwd=project.path, env=os.environ | ASCII, text=True)


def test_a_run_and_the_commands_after_it_keep_every_letter(copy_project: Callable[[], Project]) -> None:
    project = copy_project()
    project.configure(sweep={"n_trials": 3, "cv": 2})
    file = project.path / "data/01_raw/WineQT.csv"
    wines = pd.read_csv(file)
    wines["quality"] = wines["quality"].map({6: "6 \N{MINUS SIGN}", 7: "木"}).fillna("ß")
    wines.assign(**{NAME: wines.index.map(lambda row: "ä" if row % 3 else "→")}).to_csv(
        file, index=False
    )
    run(project, "run")
    assert "> quality-random_forest" in run(project, "sweep", "studies")
    run(project, "sweep", "compare", "--no-browser")
    run(project, "sweep", "predict", str(file), "--output", "predictions.csv")
    predicted = pd.read_csv(project.path / "predictions.csv")
    assert {*predicted["prediction"]} == {"6 \N{MINUS SIGN}", "木", "ß"}
    [schema] = project.versions("schema.yml")
    assert NAME in read_yaml(schema)["columns"]
    [report] = project.versions("report.html")
    assert NAME in report.read_text(encoding="utf-8")
