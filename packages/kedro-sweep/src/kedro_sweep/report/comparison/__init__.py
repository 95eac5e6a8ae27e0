"""The comparison of runs; only comparable runs are ranked together."""

from kedro_sweep.report.comparison._groups import describe_choice
from kedro_sweep.report.comparison._page import compare_runs, render_runs_comparison

__all__ = ["compare_runs", "describe_choice", "render_runs_comparison"]
