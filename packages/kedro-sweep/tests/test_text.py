"""Numbers, counts and names are written in one way."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedro_sweep import text
from kedro_sweep.text import MINUS, MISSING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.59684, "0.5968"),
        (0, "0"),
        (0.0, "0.000"),
        (1.0, "1.000"),
        (12.345, "12.35"),
        (1234.567, "1,235"),
        (83000.4, "83,000"),
        (1143, "1,143"),
        (-1.5, f"{MINUS}1.500"),
        (0.000012, "1.2e-05"),
        (-3e9, f"{MINUS}3e+09"),
        (None, MISSING),
        (float("nan"), MISSING),
    ],
)
def test_a_number_has_four_digits(value: float | None, expected: str) -> None:
    assert text.number(value) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.5487, 0.6396, "+0.549 to +0.640"),
        (0.96012, 0.96493, "+0.9601 to +0.9649"),
        (-0.0446, 0.0228, f"{MINUS}0.045 to +0.023"),
        (-1e-5, 0.03, "0.000 to +0.030"),
        (11_234.5, 13_400.2, "+11,234 to +13,400"),
        (0.5, 0.5, "+0.5000 to +0.5000"),
        (None, 0.5, ""),
    ],
)
def test_the_decimals_follow_from_the_width_of_the_interval(
    low: float | None, high: float | None, expected: str
) -> None:
    assert text.interval(low, high, signed=True) == expected


def test_an_estimate_is_as_precise_as_its_interval() -> None:
    assert text.estimate(0.59684, 0.5487, 0.6396) == "0.597 (0.549 to 0.640)"
    assert text.estimate(0.59684) == "0.5968"


def test_one_is_singular_and_many_names_are_counted() -> None:
    assert [text.count(n, "row") for n in (1, 1143)] == ["1 row", "1,143 rows"]
    assert text.count(None) == MISSING
    assert text.names(["a"]) == "a"
    assert text.names(["a", " ", "c", "d"], most=2) == "a, ' ' and 2 more"


@pytest.mark.parametrize("name", ["heart rate [/min]", "🍷 it's", "日本語", 5, np.str_("a")])
def test_a_plain_name_is_written_as_it_is(name: object) -> None:
    assert text.name(name) == str(name)


@pytest.mark.parametrize("name", ["", " ", "yes ", "a  b", "a\nb", "a\u200b", "\u202eabc"])
def test_what_cannot_be_seen_is_in_quotes(name: str) -> None:
    assert text.name(name) == repr(name)
    assert text.name(name).isprintable()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (100.0, "100"),
        (4294967295.0, "4294967295"),
        (0.12345678, "0.123457"),
        (float("inf"), "inf"),
        (float("nan"), MISSING),
        ("", '""'),
        ("data/raw.csv", "data/raw.csv"),
        ([1.0, "é", None], "[1, é, null]"),
        ({"a": [], "b": {"c": False}}, "{a: [], b: {c: false}}"),
    ],
)
def test_a_setting_is_written_as_in_yaml(value: Any, expected: str) -> None:
    assert text.setting(value) == expected


NAMES = st.lists(st.text("ab_ X…2(é", max_size=14), max_size=12)


@given(NAMES, st.integers(8, 12))
@example(["a" * 20, "a" * 21, "a" * 22], 8)
@example(["a", "a", "a (2)"], 8)
def test_short_names_differ_and_fit(names: list[str], width: int) -> None:
    short = text.shorten_names(names, width)
    assert len(set(short)) == len(short) == len(names)
    assert all(len(name) <= width for name in short)
    for name, label in zip(names, short, strict=True):
        if len(name) <= width and names.count(name) == 1:
            assert label == name


@given(NAMES, st.integers(0, 3))
def test_names_differ_in_any_width(names: list[str], width: int) -> None:
    assert len(set(text.shorten_names(names, width))) == len(names)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["pH", "pH"], ["pH", "pH (2)"]),
        (["sulphur_dioxide_that_is_free"], ["sulphur_di…t_is_free"]),
        (
            ["sensor_value_of_heat_scaled", "sensor_value_of_light_scaled", "sensor x"],
            ["sensor…heat…", "sensor…light…", "sensor x"],
        ),
        (
            [f"measured_{kind}_in_the_{place}_hall" for kind in ("heat", "sound") for place in "ab"],
            ["measured_heat…a…", "measured_heat…b…", "measured_sound…a…", "measured_sound…b…"],
        ),
        (
            [
                f"consumption of electricity in {month} {year}"
                for month in ("May", "June")
                for year in "12"
            ],
            ["consumption…May 1", "consumption…May 2", "consumption…June 1", "consumption…June 2"],
        ),
        (
            [f"temperature_{kind}_in_the_north" for kind in ("long_ago_expected", "long_ago_seen")],
            ["…expected…", "…seen…"],
        ),
        (
            [f"consumptionOf{kind}PerHousehold2025" for kind in ("Electricity", "Gas")],
            ["…Electricity…", "…Gas…"],
        ),
        (
            ["x" * 50 + "a" + "x" * 50, "x" * 50 + "b" + "x" * 50],
            [f"{'x' * 10}…{'x' * 9}", f"{'x' * 10}…xxxxx (2)"],
        ),
    ],
)
def test_short_names_keep_what_tells_them_apart(names: list[str], expected: list[str]) -> None:
    assert text.shorten_names(names, 20) == expected


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.998, ">99%"), (1, "100%")],
)
def test_only_all_rows_are_100_percent(value: float, written: str) -> None:
    assert text.share(value) == written
