"""Figures are in reading order."""

import pytest

from kedro_sweep.report.page.captions import list_figures
from kedro_sweep.report.page.data import ReportData


@pytest.mark.parametrize(
    ("task", "shape"), [("classification", "on the diagonal"), ("regression", "on the line")]
)
def test_the_caption_of_the_predictions_suits_the_task(task: str, shape: str) -> None:
    data = ReportData(summary={"task": task}, figures={"test_confusion_matrix": "<svg/>"})
    assert shape in list_figures(data)[0].caption


def test_figures_are_in_reading_order_and_unknown_ones_are_last() -> None:
    figures = dict.fromkeys(["mine", "scores", "trials", "test_confusion_matrix"], "<svg/>")
    listed = list_figures(ReportData(summary={}, figures=figures))
    assert [figure.name for figure in listed] == ["test_confusion_matrix", "trials", "mine"]
