"""A shift between training rows and new rows is found, and chance is not taken for one."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables.schema._drift import (
    LEVEL,
    MAX_CATEGORIES,
    Shift,
    count_values,
    describe_values,
    measure_shifts,
)


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Shift]:
    described = {name: json.loads(describe_values(pd.Series(x)) or "") for name, x in before.items()}
    training = {name: np.array(each["counts"], dtype=float) for name, each in described.items()}
    counted = {name: count_values(pd.Series(x), described[name]) for name, x in after.items()}
    return {shift.feature: shift for shift in measure_shifts(training, counted)}


def count(before: Any, after: Any, **options: Any) -> list[float]:
    described = json.loads(describe_values(pd.Series(before), **options) or "")
    counts: list[float] = count_values(pd.Series(after), described).tolist()
    return counts


def test_each_tenth_of_the_training_rows_is_a_bin() -> None:
    described = json.loads(describe_values(pd.Series(np.arange(100.0))) or "")
    assert described["edges"] == [9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0]
    assert described["counts"] == [10] * 10 + [0]
    assert count_values(pd.Series([-5.0, 9.0, 9.5, 1e9, None]), described).tolist() == [
        *(2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    ]


def test_a_frequent_value_is_a_bin_between_lower_and_higher_ones() -> None:
    assert count([5.0] * 100, [4.0, 5.0, 5.0, 6.0, 6.0, 6.0]) == [1, 2, 3, 0]


def test_categories_have_bins_and_a_new_one_is_in_none_of_theirs() -> None:
    assert count(["b", "d"] * 50, ["b", "b", "d", "c", None, "a"]) == [1, 2, 1, 1, 0, 1]


def test_of_free_text_only_checksums_are_kept() -> None:
    names = [f"Jane Doe {number}" for number in range(MAX_CATEGORIES + 1)]
    description = describe_values(pd.Series(names * 5)) or ""
    assert "Jane" not in description
    counts = count_values(pd.Series([*names, None]), json.loads(description))
    assert counts.tolist() == [4] * 10 + [1]
    assert "Jane" in (describe_values(pd.Series(names[1:])) or "")  # few values are categories
    shift = compare({"name": names * 5}, {"name": names[:4] * 50})["name"]
    assert shift.is_clear


@pytest.mark.parametrize(
    ("before", "format_"),
    [
        (pd.date_range("2024-01-01", periods=100), None),
        (pd.date_range("2024-01-01", periods=100, tz="Europe/Berlin"), None),
        (pd.date_range("2024-01-01", periods=100).strftime("%d.%m.%Y"), "%d.%m.%Y"),
    ],
)
def test_dates_are_in_the_order_of_time(before: Any, format_: str | None) -> None:
    after = [before[95], before[96], None]
    assert count(before, pd.Series(after, dtype=before.dtype), date_format=format_) == [
        *[0] * 9,
        2,
        1,
    ]


def test_what_is_neither_number_nor_text_nor_date_is_not_described() -> None:
    assert describe_values(pd.Series(pd.to_timedelta([1, 2], unit="h"))) is None


def test_a_shift_of_one_feature_of_many_is_found() -> None:
    random = np.random.default_rng(0)
    before = {f"x{i}": random.normal(size=1000) for i in range(20)}
    after = {name: random.normal(0.5 * (name == "x7"), size=500) for name in before}
    found = compare(before, after)
    assert [name for name, shift in found.items() if shift.is_clear] == ["x7"]
    assert next(iter(found)) == "x7"
    assert found["x7"].excess == pytest.approx(0.5**2, abs=0.1)  # of two normal distributions


def test_more_missing_values_are_a_shift() -> None:
    shift = compare({"x": [1.0, None] * 100}, {"x": [1.0, None, None, None] * 50})["x"]
    assert (shift.missing_before, shift.missing_now) == (0.5, 0.75)
    assert shift.is_clear


def test_a_large_file_shows_small_shifts_that_do_not_count() -> None:
    random = np.random.default_rng(0)
    shift = compare({"x": random.normal(size=20_000)}, {"x": random.normal(0.15, size=20_000)})["x"]
    assert shift.index > shift.limit
    assert not shift.is_clear


def test_the_limit_depends_on_rows_and_features() -> None:
    x, few, many = np.arange(1000.0), np.arange(0, 1000, 50.0), np.arange(0, 1000, 5.0)
    limits = [
        compare({"x": x}, {"x": few})["x"].limit,
        compare({"x": x}, {"x": many})["x"].limit,
        compare(dict.fromkeys(map(str, range(50)), x), dict.fromkeys(map(str, range(50)), many))[
            "0"
        ].limit,
    ]
    assert limits[0] > 5 * limits[1]
    assert limits[2] > 1.5 * limits[1]


def test_files_without_a_shift_are_seldom_beyond_the_limit() -> None:
    random = np.random.default_rng(1)
    n_files = 40
    beyond = 0
    for _ in range(n_files):
        table: dict[str, Any] = {"number": random.poisson(3, 330)}
        table["text"] = random.choice(["a", "b", "c"], 330, p=[0.9, 0.08, 0.02])
        before = {name: x[:300] for name, x in table.items()}
        after = {name: x[300:] for name, x in table.items()}
        beyond += any(shift.index > shift.limit for shift in compare(before, after).values())
    assert beyond <= n_files * LEVEL * 3
