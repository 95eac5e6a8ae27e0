"""The comparison of runs; only comparable runs are compared with each other."""

from kedro_sweep.report._runs import describe_count
from kedro_sweep.report.comparison._choice import find_better
from kedro_sweep.report.comparison._page import compare_runs, render_runs_comparison
