"""The comparison of runs, in the pipeline and on a page, from runs of the real project."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.framework.cli.cli import KedroCLI
from kedro_sweep.errors import InputError

from tests.conftest import Project
from tests.repository.conftest import read_ends

# A run that draws no figure.
COMPARED = ["runs_comparison", "runs_comparison_page"]


@pytest.fixture
def page(project: Project) -> Path:
    """The page of all runs."""
    return project.path / "data/08_reporting/runs_comparison.html"


def compare(project: Project) -> str:
    """Call `kedro sweep compare`; return its output."""
    return CliRunner().invoke(KedroCLI(project.path), ["sweep", "compare", "--no-browser"]).output


def test_runs_are_compared_in_the_pipeline_and_on_a_page(project: Project, page: Path) -> None:
    project.configure(sweep={"n_trials": 3, "cv": 2})
    project.run_here(to_outputs=COMPARED)
    table = project.path / "data/08_reporting/runs_comparison.csv"
    assert len(pd.read_csv(table)) == 1
    assert "There is one run with a search so far" in page.read_text(encoding="utf-8")

    project.run_here(to_outputs=COMPARED, sweep={"n_trials": 4})
    # The run that writes the table is in it, with its parameters and metrics.
    runs = [version.parent.name for version in project.versions("test_metrics.json")]
    assert len(runs) == 2
    for text in (table.read_text(), page.read_text(encoding="utf-8")):
        assert all(run in text for run in runs)
        assert "n_trials: 3 → 4" in text

    # A damaged file costs a run its metrics, not the comparison.
    project.versions("test_metrics.json")[-1].write_text("{")
    page.unlink()
    assert f"The comparison of 2 runs: {page}" in compare(project)
    assert all(run in page.read_text(encoding="utf-8") for run in runs)


def test_runs_on_other_rows_are_another_group_and_failed_runs_are_apart(
    project: Project, page: Path
) -> None:
    project.configure(sweep={"n_trials": 1, "cv": 2})
    for frac in (0.2, 0.3):
        project.run_here("dp", "ds", data={"frac": frac})
    finished = {version.parent.name for version in project.versions("test_metrics.json")}
    with pytest.raises(InputError, match="no such column"):
        project.run_here("dp", data={"features": ["no such column"]})
    fails = {"params": {"bootstrap": False, "oob_score": True}}
    with pytest.raises(InputError, match="None of the 1 trials"):
        project.run_here(data={"frac": 0.3}, sweep={"model": fails})
    project.run_here("dp", data={"frac": 0.3})  # makes nothing that can be compared

    ends = read_ends(project)
    assert {ends.pop(run) for run in finished} == {"finished"}
    assert sorted(ends.values()) == ["failed: AllTrialsFailedError", "failed: InputError"]
    # The command counts as many runs as the page shows.
    assert "The comparison of 4 runs:" in compare(project)
    text = page.read_text(encoding="utf-8")
    assert "<title>Comparison of runs: 4 runs</title>" in text
    assert "data.frac 0.3 → 0.2" in text
    assert "Failed: InputError." in text
