from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables import _roles as giveaways
from kedro_sweep.tables._roles import describe_column, find_giveaways, find_identifiers


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5, None, 3.5], "number"),
        ([1, 2, 3, 4], "number"),
        ([0, 1, 1, 0], "yes/no"),
        ([0.0, 1.0, None, 1.0], "yes/no"),
        (["yes", "no", None, "yes"], "yes/no"),
        ([True, False, True, True], "yes/no"),
        (["2024-01-31", "2024-02-01", None, "2024-02-01"], "date"),
        (["31.01.2024", "01.02.2024", "02.02.2024", "03.02.2024"], "date"),
        (["1/31/24", "2/1/24", "2/2/24", "2/3/24"], "date"),
        (["2024-01-31T10:00:00Z"] * 4, "date"),
        (["45.45.2024", "1.2.2024", "1.3.2024", "1.4.2024"], "text"),
        (pd.to_datetime(["2024-01-31"] * 4), "date"),
        (["a", "b", "a", "b"], "category"),
        (["a", "b", "c", "d"], "text"),
        ([None, None, None, None], "empty"),
        (pd.to_timedelta([1, 2, 3, 4], unit="s"), "other"),
    ],
)
def test_the_type_of_a_column_is_told_by_its_values(values: Any, kind: str) -> None:
    assert describe_column(pd.Series(values, name="a")).kind == kind


def test_distinct_values_and_gaps_are_counted() -> None:
    column = describe_column(pd.Series([1.5, 1.5, None, 2.5], name="a"))
    assert (column.distinct, column.gaps) == (2, 1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customerID", [30, 10, 20, 40]),
        ("row index", [30, 10, 20, 40]),
        ("Unnamed: 0", [30, 10, 20, 40]),
        ("n", [5, 6, 7, 8]),
        ("mail", ["a@x", "b@x", "c@x", "d@x"]),
        ("key", ["a b", "b c", "c d", "d e"]),
    ],
)
def test_a_column_that_names_each_row_is_an_identifier(name: str, values: list[Any]) -> None:
    assert find_identifiers(pd.DataFrame({name: values})) == [name]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [1.5, 2.5, 3.5, 4.5]),
        ("id", [1, 2, 3, None]),
        ("id", [1, 2, 3, 3]),
        ("width", [30, 10, 20, 40]),
        ("idea", [30, 10, 20, 40]),
        ("note", ["fine wine", "b", "c", "d"]),
        ("price", ["1,5", "2,5", "3,5", "4,5"]),
        ("usd", ["$1,208", "$767", "$3.50", "-$1"]),
        ("weight", ["12kg", "13kg", "14kg", "15kg"]),
        ("date id", ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
        ("id", pd.date_range("2024-01-01", periods=4)),
    ],
)
def test_a_column_that_may_say_something_is_no_identifier(name: str, values: Any) -> None:
    assert find_identifiers(pd.DataFrame({name: values})) == []


def test_many_copies_are_no_reason_to_take_a_column_for_an_identifier() -> None:
    assert find_identifiers(pd.DataFrame({"size": [1, 2, 3] * 20})) == []


@pytest.fixture
def table() -> pd.DataFrame:
    """Features of which only the last, with its gaps, tells the class."""
    numbers = np.random.default_rng(0)
    kind = numbers.choice(["a", "b", "c"], 400)
    frame = pd.DataFrame({"noise": numbers.normal(size=400), "colour": numbers.choice(["x", "y"], 400)})
    return frame.assign(leak=pd.Series(kind).map({"a": 1.5, "b": 2.5}), kind=kind)


def test_a_feature_whose_gaps_are_a_class_gives_it_away(table: pd.DataFrame) -> None:
    features = ["noise", "colour", "leak"]
    assert find_giveaways(table, features, "kind", is_classifier=True) == ["leak"]


def test_a_large_table_is_looked_at_in_part(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    encode = giveaways._encode

    def spy(column: pd.Series) -> Any:
        looked_at.append(len(column))
        return encode(column)

    monkeypatch.setattr(giveaways, "_encode", spy)
    monkeypatch.setattr(giveaways, "MAX_VALUES", 700)
    find_giveaways(table, ["noise", "leak"], "kind", is_classifier=True)
    assert looked_at == [350, 350]


def test_few_rows_or_one_class_tell_nothing(table: pd.DataFrame) -> None:
    assert find_giveaways(table[:20], ["leak"], "kind", is_classifier=True) == []
    assert find_giveaways(table.assign(kind="a"), ["leak"], "kind", is_classifier=True) == []
    assert find_giveaways(table, [], "kind", is_classifier=True) == []
