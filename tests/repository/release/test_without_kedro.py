"""A search without a project: the same studies as in one, which continues them, and the demo of the wheel.

Here, because the first searches six kinds of models twice, and the second installs the library.
"""

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
from kedro_sweep import tune
from kedro_sweep.onboarding import use_table

from tests.conftest import copy_files, read_yaml

N_TRIALS = 12
MOST_MEGABYTES = 700
MOST_SECONDS = 60  # on a busy machine; about 10 on a free one


def test_a_project_has_the_same_studies_and_continues_those_of_a_notebook(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    boxes, journal = tmp_path / "boxes.csv", tmp_path / "boxes.journal"
    table.to_csv(boxes, index=False)
    found = tune(boxes, "size", n_trials=N_TRIALS, storage=journal)

    own = tmp_path / "own"
    own.mkdir()
    project = copy_files(own)
    use_table(project.path, boxes, "size")
    project.run_here("dp", "ds", env="contest", sweep={"n_trials": N_TRIALS})
    values = {
        study.study_name: [trial.value for trial in study.trials] for study in found.studies.values()
    }
    ran = {name: [trial.value for trial in trials] for name, trials in project.studies().items()}
    assert {name: ran[name] for name in values} == values
    [file] = project.versions("test_metrics.json")
    assert read_yaml(file) == found.test_metrics

    other = tmp_path / "other"
    other.mkdir()
    project = copy_files(other)
    command = [sys.executable, "-m", "kedro", "sweep", "use", str(boxes), "--from-search", str(journal)]
    subprocess.run(command, cwd=project.path, check=True)
    project.run_here("dp", "ds", env="contest")
    continued = {name: [trial.value for trial in trials] for name, trials in project.studies().items()}
    assert {name: continued[name] for name in values} == values
    [file] = project.versions("test_metrics.json")
    assert read_yaml(file) == found.test_metrics


def test_the_demo_of_the_wheel_needs_its_core_only(uv: str, root: Path, tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout

    environment, folder = tmp_path / "environment", tmp_path / "wheel"
    run(uv, "build", "--quiet", "--wheel", "--package", "kedro-sweep", "--out-dir", folder)
    run(uv, "venv", "--quiet", "--python", sys.executable, environment)
    python = environment / "bin/python"
    [wheel] = folder.glob("*.whl")
    run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, wheel)
    size = sum(file.stat().st_size for file in environment.rglob("*") if file.is_file()) / 10**6
    run(python, "-c", "import importlib.util as u; assert not u.find_spec('kedro')")
    start = time.monotonic()
    *_, verdict, report, _ = run(environment / "bin/kedro-sweep", "demo", "--no-browser").splitlines()
    seconds = time.monotonic() - start
    print(f"wheel {wheel.stat().st_size / 1000:.0f} kB, environment {size:.0f} MB, demo {seconds:.1f} s")
    assert "untuned RandomForestClassifier" in verdict
    assert "<svg" in Path(report.removeprefix("The report: ")).read_text(encoding="utf-8")
    assert size < MOST_MEGABYTES
    assert seconds < MOST_SECONDS
