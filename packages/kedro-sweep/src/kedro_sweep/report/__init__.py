"""The report of a run, the comparison of runs, and placeholders for figures that cannot be drawn."""

from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison import render_runs_comparison
from kedro_sweep.report.figures import say_if_too_small
from kedro_sweep.report.page import ReportData, render_model_card, render_report

__all__ = [
    "ReportData",
    "Run",
    "render_model_card",
    "render_report",
    "render_runs_comparison",
    "say_if_too_small",
]
