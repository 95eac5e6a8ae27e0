"""The comparison of runs: like with like, on a page and in a figure."""

from kedro_sweep.report.comparison.figure import plot_runs_comparison
from kedro_sweep.report.comparison.node import compare_runs
from kedro_sweep.report.comparison.page import render_runs_comparison
from kedro_sweep.report.comparison.runs import describe_count

__all__ = ["compare_runs", "describe_count", "plot_runs_comparison", "render_runs_comparison"]
