"""Show the comparison of all tracked runs in the browser (`make compare`)."""

import webbrowser
from pathlib import Path

from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.utils import find_kedro_project

from kedro_sweep.report.comparison import plot_runs_comparison

PAGE = "data/08_reporting/runs_comparison.html"


def main() -> None:
    """Write the comparison as a page of its own, print where, and open it if there is a browser."""
    project_path = find_kedro_project(Path.cwd()) or Path.cwd()
    bootstrap_project(project_path)
    context = KedroSession.create(project_path, save_on_close=False).load_context()
    tracked_runs = context.catalog.load("tracked_runs")
    page = project_path / PAGE
    plot_runs_comparison(tracked_runs).write_html(page)
    print(f"The comparison of {len(tracked_runs)} runs: {page}")
    webbrowser.open(page.as_uri())


if __name__ == "__main__":
    main()
