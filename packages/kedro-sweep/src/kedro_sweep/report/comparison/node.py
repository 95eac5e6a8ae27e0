"""The node that compares runs."""

from typing import Any

import pandas as pd

from kedro_sweep.report.comparison.figure import plot_runs_comparison
from kedro_sweep.report.comparison.page import render_runs_comparison


def compare_runs(tracked_runs: pd.DataFrame, *this_run: Any) -> tuple[Any, str]:
    """Compare the tracked runs.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.
        *this_run: What the current run tracks. It is an input only to have it saved before
            `tracked_runs` is loaded.

    Returns:
        The Plotly figure of the newest group of comparable runs, and the HTML page of all groups.
    """
    return plot_runs_comparison(tracked_runs), render_runs_comparison(tracked_runs)
