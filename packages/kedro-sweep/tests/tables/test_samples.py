"""Samples of rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables import draw_rows


def test_few_rows_are_all_taken() -> None:
    assert draw_rows(5, 5, 0).tolist() == [0, 1, 2, 3, 4]
    assert draw_rows(5, None, 0).tolist() == [0, 1, 2, 3, 4]


def test_the_seed_decides_which_rows_are_drawn_and_their_order_stays() -> None:
    rows = draw_rows(1000, 100, 0)
    assert len(np.unique(rows)) == 100
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, draw_rows(1000, 100, 0))
    assert not np.array_equal(rows, draw_rows(1000, 100, 1))


def test_classes_keep_their_shares_and_rare_ones_their_rows() -> None:
    classes = pd.Series(["a"] * 7_000 + ["b"] * 2_990 + ["c"] * 10)
    counts = classes.iloc[draw_rows(10_000, 1_000, 0, classes=classes)].value_counts()
    assert counts.sum() == 1_000
    assert counts["c"] == 10
    assert counts["a"] == pytest.approx(693, abs=2)


def test_groups_stay_whole() -> None:
    groups = pd.Series(np.repeat(np.arange(500), 4))
    drawn = groups.iloc[draw_rows(2_000, 401, 0, groups=groups)].value_counts()
    assert len(drawn) == 100
    assert set(drawn) == {4}


def test_of_a_few_large_groups_rows_are_drawn() -> None:
    groups = pd.Series(np.repeat(np.arange(5), 400))
    rows = draw_rows(2_000, 200, 0, groups=groups)
    assert len(rows) == 200
    assert groups.iloc[rows].nunique() == 5


def test_ordered_rows_are_evenly_spaced() -> None:
    rows = draw_rows(1_001, 101, 0, ordered=True)
    assert rows[[0, -1]].tolist() == [0, 1000]
    assert set(np.diff(rows)) == {10}


@pytest.mark.parametrize("how", [{"ordered": True}, {"groups": np.repeat(np.arange(1_000), 5)}])
def test_a_class_that_is_in_few_rows_stays_in_the_sample(how: dict[str, Any]) -> None:
    classes = np.full(5_000, "a")
    classes[[11, 12, 13]] = "rare"
    rows = draw_rows(5_000, 500, 0, classes=classes, **how)
    assert {11, 12, 13} <= {*rows}
    assert 490 <= len(rows) <= 503
    assert (np.diff(rows) > 0).all()
