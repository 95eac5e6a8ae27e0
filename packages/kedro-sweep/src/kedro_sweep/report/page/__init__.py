"""The report of a run as one page, and the card of its model."""

from kedro_sweep.report.page.data import ReportData, Run, find_run
from kedro_sweep.report.page.render import (
    load_template,
    make_report,
    render_model_card,
    render_report,
)

__all__ = [
    "ReportData",
    "Run",
    "find_run",
    "load_template",
    "make_report",
    "render_model_card",
    "render_report",
]
