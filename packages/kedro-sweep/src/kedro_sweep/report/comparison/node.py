"""The node of the comparison."""

from typing import Any

import pandas as pd

from kedro_sweep.report.comparison.figure import plot_runs_comparison
from kedro_sweep.report.comparison.page import render_runs_comparison


def compare_runs(tracked_runs: pd.DataFrame, *this_run: Any) -> tuple[Any, str]:
    """Compare the tracked runs with each other.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.
        *this_run: What the current run tracks. Only that it is saved before `tracked_runs` is loaded
            matters here.

    Returns:
        The Plotly figure of the newest group of comparable runs, and the HTML page of all groups.
    """
    return plot_runs_comparison(tracked_runs), render_runs_comparison(tracked_runs)
