"""The report of a run, the comparison of runs, and placeholders for figures that cannot be drawn."""

from kedro_sweep.report._runs import Run, describe_count
from kedro_sweep.report.comparison import compare_runs, describe_choice, render_runs_comparison
from kedro_sweep.report.figures._study import say_if_too_small
from kedro_sweep.report.page import ReportData, make_report, render_model_card, render_report
from kedro_sweep.report.terminal import show_changes, show_profile, show_studies

__all__ = [
    "ReportData",
    "Run",
    "compare_runs",
    "describe_choice",
    "describe_count",
    "make_report",
    "render_model_card",
    "render_report",
    "render_runs_comparison",
    "say_if_too_small",
    "show_changes",
    "show_profile",
    "show_studies",
]
