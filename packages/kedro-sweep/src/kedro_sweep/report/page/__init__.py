"""The report of a run as one page, and the card of its model."""

from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.report.page._render import make_report, render_model_card, render_report
