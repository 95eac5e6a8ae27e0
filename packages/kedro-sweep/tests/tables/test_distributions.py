"""A few bars say how the values of a column are distributed, in training and in test rows alike."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables._distributions import BARS, MAX_ROWS, describe_distribution, draw_parts


def describe(values: Any, n_train: int | None = None, **how: Any) -> dict[str, Any]:
    table = pd.DataFrame({"x": values})
    n_train = len(table) // 2 if n_train is None else n_train
    parts = draw_parts(table, table[:n_train], table[n_train:], random_seed=0)
    return describe_distribution(table["x"], parts, **how)


def test_numbers_have_equally_wide_bars_for_both_parts() -> None:
    found = describe([*np.linspace(0, 1, 100), *np.linspace(0, 0.499, 100)])
    assert found["range"] == [0, 1]
    assert found["medians"] == pytest.approx([0.5, 0.25], abs=0.01)
    assert found["train"] == pytest.approx([0.1] * BARS, abs=0.02)
    assert sum(found["test"][5:]) == pytest.approx(0, abs=0.03)


def test_an_outlier_does_not_squeeze_the_others_into_one_bar() -> None:
    found = describe([*np.linspace(0, 1, 199), 9999.0])
    assert found["range"] == [0, 9999]
    assert max(found["train"] + found["test"]) < 0.25


def test_bars_hold_equally_many_whole_numbers() -> None:
    assert describe([*range(18, 61)] * 2)["train"][1:8] == pytest.approx([5 / 43] * 7, abs=1e-4)


def test_the_largest_numbers_have_bars() -> None:
    assert max(describe([*np.linspace(-1.7, 1.7, 20) * 1e308])["train"]) < 0.4


def test_a_few_numbers_have_a_bar_each() -> None:
    found = describe([3, 4, 4, 8, 8, 8], n_train=3)
    assert (found["kind"], found["values"]) == ("number", ["3", "4", "8"])
    assert (found["train"], found["test"]) == ([0.3333, 0.6667, 0], [0, 0, 1])


def test_the_most_frequent_categories_have_a_bar_each_in_order() -> None:
    found = describe([*"abcdefghijklm", *"bb", *"m" * 20], n_train=13)
    assert found["distinct"] == 13
    assert found["values"] == [*"abcdefghi", "m"]
    assert found["train"] == [0.0769] * BARS
    assert found["test"][1] == round(2 / 22, 4)


def test_classes_are_categories_even_if_they_are_many_numbers() -> None:
    found = describe([*range(20), *range(10, 20)], n_train=20, is_class=True)
    assert (found["kind"], found["values"]) == ("category", [str(n) for n in range(10, 20)])


def test_a_truth_value_is_yes_or_no() -> None:
    found = describe([True, False, True, True])
    assert (found["kind"], found["values"], found["test"]) == ("yes/no", ["False", "True"], [0, 1])


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d.%m.%Y", None], ids=["ISO", "day first", "dates"])
def test_dates_have_a_range_however_they_are_written(pattern: str | None) -> None:
    days = pd.date_range("2026-01-01", periods=60)
    found = describe(days.strftime(pattern) if pattern else days)
    assert (found["kind"], found["range"]) == ("date", ["2026-01-01", "2026-03-01"])
    assert sum(found["train"][:5]) == pytest.approx(1, abs=0.01)


def test_times_of_one_day_keep_the_time() -> None:
    assert describe(pd.date_range("2026-01-01 08:00", periods=3, freq="h"))["range"] == [
        "2026-01-01 08:00:00",
        "2026-01-01 10:00:00",
    ]


def test_free_text_is_counted_and_not_kept() -> None:
    texts = [f"secret number {n} " + "x" * n for n in range(100)]
    found = describe(texts)
    assert (found["kind"], found["distinct"]) == ("text", 100)
    assert found["words"] == pytest.approx(4, abs=0.1)
    assert sum(found["test"][5:]) == pytest.approx(1)
    assert "secret" not in str(found)


@pytest.mark.parametrize("note", ["secret, told to no one but you", "secret" + 40 * "x"])
def test_long_values_are_counted_and_not_kept(note: str) -> None:
    found = describe([*["short"] * 10, *[f"{note}{n % 4}" for n in range(10)]], n_train=15)
    assert (found["kind"], found["distinct"], found["values"]) == ("category", 5, ["short"])
    assert (found["train"], found["test"]) == ([0.6667], [0])
    assert describe([note, note + "!"] * 10)["values"] == []


def test_long_classes_are_named_as_everywhere() -> None:
    classes = ["a class with a name of many words", "other"]
    assert describe(classes * 5, is_class=True)["values"] == classes


def test_a_date_with_a_time_zone_is_shown_as_it_is_written() -> None:
    days = [f"2020-01-{day:02}T00:30+01:00" for day in (1, 2, 3)]
    assert describe(days)["range"] == ["2020-01-01", "2020-01-03"]
    assert describe([*days, "2019-12-31T23:00-05:00"])["range"] == ["2020-01-01", "2020-01-03"]


def test_missing_values_are_shares_of_each_part_and_have_no_bar() -> None:
    found = describe([1.0, None, 1.0, 2.0, None, None], n_train=4)
    assert (found["gaps"], found["missing"]) == (3, [0.25, 1.0])
    assert (found["train"], found["test"]) == ([0.6667, 0.3333], [0, 0])


@pytest.mark.parametrize("values", [[None, None], [[1], [2]]], ids=["empty", "lists"])
def test_what_has_no_values_to_compare_has_no_bars(values: list[Any]) -> None:
    assert "train" not in describe(values)


def test_a_part_without_rows_has_no_missing_values_and_empty_bars() -> None:
    found = describe(np.arange(30.0), n_train=30)
    assert found["missing"] == [0, None]
    assert found["medians"][1] is None
    assert set(found["test"]) == {0}


def test_many_rows_are_sampled_but_gaps_and_the_range_are_those_of_all() -> None:
    values = np.random.default_rng(0).normal(size=20 * MAX_ROWS)
    values[7], values[8] = 50, np.nan
    found = describe(values)
    assert found["range"][1] == 50
    assert found["missing"] == [2 / len(values), 0]
    whole = np.histogram(values[: len(values) // 2], BARS, tuple(np.nanquantile(values, (0.01, 0.99))))
    assert found["train"][1:-1] == pytest.approx(whole[0][1:-1] / (len(values) / 2), abs=0.03)
