"""The comparison as a page, from runs of the real project."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import Project


def compare(project: Project, folder: Path, opened: Path) -> str:
    browser = opened.with_name("browser")
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "kedro_sweep.compare"],
        cwd=folder,
        env=os.environ | {"BROWSER": str(browser)},
        text=True,
        capture_output=True,
        check=True,
    ).stdout


def test_runs_are_compared_in_the_pipeline_and_on_a_page(project: Project, tmp_path: Path) -> None:
    project.configure(sweep={"n_trials": 3, "cv": 2})
    project.run()
    figure = project.path / "data/08_reporting/runs_comparison.json"
    assert "There is only the run" in figure.read_text()

    project.run("--params", "frac=0.3")
    # The run that draws the figure is in it, with its parameters and metrics.
    runs = [version.parent.name for version in project.versions("test_metrics.json")]
    assert len(runs) == 2
    assert all(run in figure.read_text() for run in runs)
    assert "frac: 0.15" in figure.read_text()

    figure.unlink()
    project.run("--pipeline", "reporting")
    assert all(run in figure.read_text() for run in runs)

    damaged = project.versions("test_metrics.json")[-1]
    damaged.write_text("{")
    output = compare(project, project.path / "conf", tmp_path / "opened")
    page = project.path / "data/08_reporting/runs_comparison.html"
    assert f"The comparison of 2 runs: {page}" in output
    assert all(run in page.read_text() for run in runs)
    assert (tmp_path / "opened").read_text().strip() == page.as_uri()
