"""The project whose runs the pictures show: a clone of this repository, run with changed settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
# The folders of the clone, of its copy whose runs MLflow tracks, and of the clone with the other table.
PROJECT, TRACKED, GRIDS = "wine-sweep", "wine-sweep-mlflow", "power-grids"
SETTINGS = "parameters_data_science.yml"
# The commands of the README whose report the first picture shows.
GRID_COMMANDS = (
    ("sweep", "use", "data/01_raw/power_grid.csv", "--target", "state"),
    ("run",),
    ("run", "--env", "contest", "--params", "sweep.n_trials=90"),
)
# A change of settings: other trees, other arguments, an ensemble.
CHANGE = {
    "sklearn.ensemble.RandomForestClassifier": "sklearn.ensemble.ExtraTreesClassifier",
    "n_estimators: { type: int, low: 2, high: 50 }": "max_features: { type: float, low: 0.1, high: 1 }",
    "max_depth: { type: int, low: 1, high: 20, log: true }": "min_samples_leaf: { type: int, low: 1, high: 20 }",
    "ensemble: { size: 0 }": "ensemble: { size: 25 }",
}
BALANCED = ("--params", "sweep.scoring=balanced_accuracy")
COLUMNS = 100  # of the terminal
# MLflow prints it in every command, where it is installed; most readers have not installed it.
MLFLOW_WARNING = re.compile(r".*WARNING(?:.*\n)*?.*color_warning.*\n.*\n")
COMPARISON = "data/08_reporting/runs_comparison.html"
SESSION = "terminal.yml"  # the colored output of some commands


def make_runs(project: Path) -> None:
    """Clone the repository and run it four times."""
    _clone(project)
    session = {"kedro run": _kedro(project, "run")}
    _kedro(project, "run", *BALANCED)
    change_settings(project / "conf/base" / SETTINGS)
    _kedro(project, "run")
    session["kedro sweep studies"] = _kedro(project, "sweep", "studies")
    _kedro(project, "run", "--env", "contest")
    (project / SESSION).write_text(yaml.safe_dump(session, sort_keys=False))


def make_grid_runs(project: Path) -> None:
    """Clone the repository, and run the commands of the README on the power grids."""
    _clone(project)
    for command in GRID_COMMANDS:
        _kedro(project, *command)


def make_mlflow_runs(project: Path, tracked: Path) -> None:
    """Repeat the runs in a copy tracked by MLflow; their studies are complete, so no trial runs again."""
    shutil.copytree(project, tracked, ignore=shutil.ignore_patterns("09_tracking"))
    settings = tracked / "conf/base" / SETTINGS
    changed = settings.read_text()
    shutil.copy(ROOT / "conf/base" / SETTINGS, settings)
    run = ("run", "--env", "mlflow")
    _kedro(tracked, *run)
    _kedro(tracked, *run, *BALANCED)
    settings.write_text(changed)
    _kedro(tracked, *run)
    shutil.copy(tracked / "conf/contest" / SETTINGS, tracked / "conf/mlflow")
    _kedro(tracked, *run)


def change_settings(file: Path) -> None:
    """Write the change of settings into a file."""
    text = file.read_text()
    for before, after in CHANGE.items():
        if before not in text:
            raise ValueError(f"{file} does not hold '{before}': adapt CHANGE in {__file__}.")
        text = text.replace(before, after)
    file.write_text(text)


def _clone(project: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project)], check=True)
    subprocess.run(["git", "checkout", "--quiet", "-B", "main"], cwd=project, check=True)


def _kedro(project: Path, *arguments: str) -> str:
    """Run a command as in a terminal; return its colored output."""
    print("kedro", *arguments, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "kedro", *arguments],
        cwd=project,
        env=os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return MLFLOW_WARNING.sub("", done.stdout.decode())
