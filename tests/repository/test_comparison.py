"""The comparison of runs, in the pipeline and on a page, from runs of the real project."""

import pytest
from click.testing import CliRunner
from kedro.framework.cli.cli import KedroCLI
from kedro_sweep.errors import InputError

from tests.conftest import Project
from tests.repository.conftest import read_ends


def test_runs_are_compared_in_the_pipeline_and_on_a_page(project: Project) -> None:
    project.configure(sweep={"n_trials": 3, "cv": 2})
    project.run_here()
    figure = project.path / "data/08_reporting/runs_comparison.json"
    assert "There is only one run with a score" in figure.read_text()

    project.run_here(frac=0.3)
    # The run that draws the figure is in it, with its parameters and metrics.
    runs = [version.parent.name for version in project.versions("test_metrics.json")]
    assert len(runs) == 2
    assert all(run in figure.read_text() for run in runs)
    assert "frac: 0.15" in figure.read_text()

    figure.unlink()
    project.run_here("reporting")
    assert all(run in figure.read_text() for run in runs)

    # A damaged file costs a run its metrics, not the comparison.
    project.versions("test_metrics.json")[-1].write_text("{")
    result = CliRunner().invoke(KedroCLI(project.path), ["sweep", "compare", "--no-browser"])
    page = project.path / "data/08_reporting/runs_comparison.html"
    assert f"The comparison of 2 runs: {page}" in result.output
    assert all(run in page.read_text() for run in runs)


def test_a_run_that_failed_is_compared_whatever_it_had_tracked(project: Project) -> None:
    project.configure(sweep={"n_trials": 1, "cv": 2})
    for frac in (0.2, 0.3):
        project.run_here(frac=frac)
    finished = {version.parent.name for version in project.versions("test_metrics.json")}
    with pytest.raises(InputError, match="no such column"):
        project.run_here("dp", features=["no such column"])
    with pytest.raises(InputError, match="None of the 1 trials"):
        project.run_here(frac=0.3, model={"params": {"bootstrap": False, "oob_score": True}})
    project.run_here("dp", frac=0.3)  # makes nothing that can be compared

    ends = read_ends(project)
    assert {ends.pop(run) for run in finished} == {"finished"}
    assert sorted(ends.values()) == ["failed: AllTrialsFailedError", "failed: InputError"]
    # The command counts as many runs as the page shows.
    result = CliRunner().invoke(KedroCLI(project.path), ["sweep", "compare", "--no-browser"])
    page = (project.path / "data/08_reporting/runs_comparison.html").read_text()
    assert "The comparison of 4 runs:" in result.output
    assert "Comparison of runs: 4 runs" in page
