"""The comparison of runs; only comparable runs are ranked together."""

from kedro_sweep.report._runs import describe_count
from kedro_sweep.report.comparison._groups import describe_choice
from kedro_sweep.report.comparison._page import compare_runs, render_runs_comparison
