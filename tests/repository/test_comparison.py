"""The comparison of runs, in the pipeline and on a page, from runs of the real project."""

from click.testing import CliRunner
from kedro.framework.cli.cli import KedroCLI

from tests.conftest import Project


def test_runs_are_compared_in_the_pipeline_and_on_a_page(project: Project) -> None:
    project.configure(sweep={"n_trials": 3, "cv": 2})
    project.run_here()
    figure = project.path / "data/08_reporting/runs_comparison.json"
    assert "There is only the run" in figure.read_text()

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
