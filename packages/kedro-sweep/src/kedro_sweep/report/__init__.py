"""The comparison of runs, and figures for when there is nothing to draw."""

from kedro_sweep.report.comparison import (
    compare_runs,
    describe_count,
    plot_runs_comparison,
    render_runs_comparison,
)
from kedro_sweep.report.message import show_message

__all__ = [
    "compare_runs",
    "describe_count",
    "plot_runs_comparison",
    "render_runs_comparison",
    "show_message",
]
