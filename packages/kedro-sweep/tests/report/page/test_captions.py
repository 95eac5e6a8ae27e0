"""Figures are in reading order."""

from kedro_sweep.report.page.captions import list_figures
from kedro_sweep.report.page.data import ReportData


def test_figures_are_in_reading_order_and_unknown_ones_are_last() -> None:
    figures = dict.fromkeys(["mine", "scores", "trials", "test_confusion_matrix"], "<svg/>")
    listed = list_figures(ReportData(summary={}, figures=figures))
    assert [figure.name for figure in listed] == ["test_confusion_matrix", "trials", "mine"]
