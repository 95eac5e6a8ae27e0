"""The comparison of runs, as a page and as a figure; only comparable runs are ranked together."""

from kedro_sweep.report.comparison.choice import describe_choice
from kedro_sweep.report.comparison.figure import plot_runs_comparison
from kedro_sweep.report.comparison.node import compare_runs
from kedro_sweep.report.comparison.page import render_runs_comparison
from kedro_sweep.report.comparison.runs import describe_count

__all__ = [
    "compare_runs",
    "describe_choice",
    "describe_count",
    "plot_runs_comparison",
    "render_runs_comparison",
]
