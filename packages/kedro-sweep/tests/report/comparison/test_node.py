"""The node gives the figure and the page of the same runs."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from kedro_sweep.report import compare_runs


def test_figure_and_page_are_made_of_the_same_runs(
    table: Callable[..., pd.DataFrame], tracked: Callable[..., Any]
) -> None:
    figure, page = compare_runs(table(tracked(), tracked()), {"of": "this run"})
    assert "newest group, 2 runs" in figure.layout.title.text
    assert "2 runs." in page
