"""A table is inspected: what it contains, and what a model must not see."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables._profile import profile_table
from kedro_sweep.tables._roles import find_identifiers

N = 120
DAYS = pd.Series(pd.date_range("2024-01-01", periods=N))


@pytest.fixture
def table() -> pd.DataFrame:
    """Two features and a target of both, which neither of them gives away."""
    numbers = np.random.default_rng(0)
    height, sex = numbers.normal(size=N).round(2), numbers.choice(["f", "m"], N)
    target = 2 * height + (sex == "f") + numbers.normal(size=N)
    return pd.DataFrame({"height": height, "sex": sex, "y": target, "kind": target > 0}).replace(
        {"kind": {True: "tall", False: "short"}}
    )


def test_a_target_may_have_the_name_of_an_argument(table: pd.DataFrame) -> None:
    profile = profile_table(table.rename(columns={"kind": "self"}), "self")
    assert profile.classes.keys() == {"tall", "short"}


def test_the_id_of_the_wines_is_an_identifier(wine: pd.DataFrame) -> None:
    assert find_identifiers(wine.drop(columns="quality")) == ["Id"]
    assert profile_table(wine, "quality").left_out == {"Id": "identifier"}


def test_a_few_copies_of_rows_make_no_groups_of_an_identifier(table: pd.DataFrame) -> None:
    raw = table.assign(customer_id=[f"C{row:03}" for row in range(len(table))])
    profile = profile_table(pd.concat([raw, raw.head(2)], ignore_index=True), "y")
    assert profile.left_out["customer_id"] == "identifier"
    assert profile.group is None


def test_columns_that_say_nothing_are_left_out(table: pd.DataFrame) -> None:
    raw = table.assign(none=np.nan, same="x", some=np.where(table.index < 9, 1.0, np.nan))
    assert profile_table(raw, "y").left_out == {"none": "no value", "same": "one value"}


@pytest.mark.parametrize("gap", [True, False])
def test_a_number_in_another_unit_is_the_target_again(gap: bool, table: pd.DataFrame) -> None:
    copy = (-1.8 * table["y"] + 32).round(4)
    raw = table.drop(columns="kind").assign(copy=copy.mask(gap & (table.index % 10 == 0)))
    assert profile_table(raw, "y").left_out == {"copy": "same as y"}


def test_the_value_of_the_day_before_is_not_the_target_again() -> None:
    price = pd.Series(np.arange(400) + np.sin(np.arange(400.0)) * 3, name="price")
    table = pd.DataFrame({"before": price.shift(1, fill_value=-1.0), "price": price})
    assert table.rank()["before"].corr(table.rank()["price"]) > 0.999
    assert profile_table(table, "price").left_out == {}


def test_a_class_in_other_words_is_the_target_again(table: pd.DataFrame) -> None:
    raw = table.drop(columns="y").assign(copy=table["kind"].map({"tall": 7, "short": 3}))
    assert profile_table(raw, "kind").left_out == {"copy": "same as kind"}


@pytest.mark.parametrize("target", ["y", "kind"])
def test_a_feature_that_alone_predicts_the_target_is_named_and_stays(
    target: str, table: pd.DataFrame
) -> None:
    many = pd.concat([table] * 4, ignore_index=True)
    many["y"] = many["y"].round().clip(-2, 2) * 1.1
    many["leak"] = many["y"] * np.where(many["y"] > 0, 1, -2.3) if target == "y" else many["y"]
    many["kind"] = np.where(many["y"] > 0, "tall", "short")
    profile = profile_table(many[["height", "sex", "leak", target]], target)
    assert profile.perfect_features == ("leak",)
    assert profile.left_out == {}


def test_a_gap_that_gives_the_target_away_is_seen(table: pd.DataFrame) -> None:
    cause = table["height"].where(table["kind"] == "tall")
    profile = profile_table(table.assign(cause=cause).drop(columns="y"), "kind")
    assert profile.perfect_features == ("cause",)


def test_honest_features_give_nothing_away(table: pd.DataFrame, wine: pd.DataFrame) -> None:
    assert profile_table(table.drop(columns="y"), "kind").perfect_features == ()
    assert profile_table(wine, "quality").perfect_features == ()


def test_infinite_and_huge_numbers_do_no_harm(table: pd.DataFrame) -> None:
    raw = table.drop(columns="kind").assign(huge=table["height"] * 1e300)
    raw.loc[0, "height"] = np.inf
    assert profile_table(raw, "y").perfect_features == ()


def test_copies_are_counted_without_identifiers(table: pd.DataFrame) -> None:
    raw = pd.concat([table, table[:7]], ignore_index=True)
    assert profile_table(raw.assign(id=range(len(raw))), "kind").copies == 7


@pytest.mark.parametrize(
    ("name", "values", "group"),
    [
        ("patient_id", np.arange(N) // 4, "patient_id"),
        ("Subject", np.arange(N) // 12, "Subject"),
        ("device", np.arange(N) // 40, None),  # so few are categories
        ("code", [f"P{row // 4:03}" for row in range(N)], "code"),
        ("customer_type", np.arange(N) // 40, None),
        ("rooms", np.arange(N) // 4, None),
        ("city", [f"city of {row // 4}" for row in range(N)], None),
        ("user", np.where(np.arange(N) % 9, np.arange(N) // 4, np.nan), None),
    ],
)
def test_a_column_of_groups_is_found(
    name: str, values: Any, group: str | None, table: pd.DataFrame
) -> None:
    profile = profile_table(table.assign(**{name: values}), "kind")
    assert profile.group == group
    assert profile.left_out == ({group: "looks like a group ID"} if group else {})


def test_a_group_with_one_target_each_is_no_leak(table: pd.DataFrame) -> None:
    raw = table.drop(columns="y").sort_values("kind", ignore_index=True)
    profile = profile_table(raw.assign(patient_id=np.arange(N) // 4), "kind")
    assert profile.group == "patient_id"
    assert profile.perfect_features == ()


def test_groups_alone_are_nothing_to_learn_from(table: pd.DataFrame) -> None:
    raw = table[["kind"]].assign(patient_id=np.arange(N) // 4)
    with pytest.raises(InputError, match=r"Left out: patient_id \(looks like a group ID\)"):
        profile_table(raw, "kind")


def test_words_that_name_a_group_stay_a_feature(table: pd.DataFrame) -> None:
    words = [f"{a}{b}" for a in ("mat", "phys", "hist") for b in ("hs", "ics", "ory", "a")]
    profile = profile_table(table.assign(subject=np.resize(words, N)), "kind")
    assert profile.group == "subject"
    assert profile.left_out == {}


@pytest.mark.parametrize(
    ("dates", "time"),
    [
        ({"a": DAYS}, "a"),
        ({"a": DAYS[::-1].to_numpy()}, "a"),
        ({"a": DAYS.dt.strftime("%d.%m.%Y")}, None),  # a split reads ISO dates only
        ({"a": DAYS.sample(frac=1, random_state=0).to_numpy()}, "a"),
        ({"a": DAYS.sample(frac=1, random_state=0).to_numpy(), "b": DAYS}, "b"),
        (
            {"a": DAYS.sample(frac=1, random_state=0).to_numpy(), "b": DAYS[::7].reindex(DAYS.index)},
            None,
        ),
        ({"a": DAYS[::7].reindex(DAYS.index)}, None),
        ({}, None),
    ],
)
def test_a_date_that_orders_the_rows_is_found(
    dates: dict[str, Any], time: str | None, table: pd.DataFrame
) -> None:
    assert profile_table(table.assign(**dates), "kind").time == time


@pytest.mark.parametrize("odd", ["?", "unknown"])
@pytest.mark.parametrize("share", [20, 7])
def test_text_that_should_be_numbers_is_named(odd: str, share: int, table: pd.DataFrame) -> None:
    pressure = table["height"].astype(str).where(table.index % share != 3, odd)
    found = profile_table(table.assign(pressure=pressure), "kind").numbers_as_text
    assert {name: numbers.marks for name, numbers in found.items()} == {"pressure": (odd,)}


def test_a_target_of_numbers_that_are_text_is_no_class(table: pd.DataFrame) -> None:
    raw = table[["height"]].assign(price=[f"${1000 + row:,}" for row in range(N)])
    message = r"target 'price' is read as text: numbers are written with '\$', such as '\$1,000'\. Write"
    for task in (None, "regression"):
        with pytest.raises(InputError, match=message):
            profile_table(raw, "price", task)
    raw["price"] = [str(row) if row % 7 else "?" for row in range(N)]
    with pytest.raises(InputError, match=r"""--load-args '{"na_values": {"price": \["\?"\]}}'"""):
        profile_table(raw, "price")
    few = raw.assign(price=[f"${row % 3}" for row in range(N)])
    assert profile_table(few, "price").task == "classification"


def test_classes_that_differ_in_case_or_spaces_are_named(table: pd.DataFrame) -> None:
    kinds = np.resize(["yes", "Yes", "yes ", "no"], N)
    profile = profile_table(table[["height", "sex"]].assign(kind=kinds), "kind")
    assert profile.variants == {"kind": ("yes", "Yes", "yes ")}


def test_decimals_of_a_parquet_file_are_numbers(table: pd.DataFrame) -> None:
    cents = table["height"].map(lambda number: Decimal(str(number)))
    profile = profile_table(table.assign(cents=cents), "kind")
    assert {column.name: column.kind for column in profile.columns}["cents"] == "number"
    assert profile.numbers_as_text == {}


@pytest.mark.parametrize(
    "cell", [f"1{' ' * 100_000}x", f"2024-01-01 10:00{' ' * 100_000}\n", "1" * 100_000]
)
def test_a_long_cell_takes_no_long_time(cell: str, table: pd.DataFrame) -> None:
    # Patterns that go back over the spaces or digits would take hours.
    texts = [*table["height"].astype(str)[1:], f"{cell}x"]
    assert (
        profile_table(table.assign(texts=texts), "kind").numbers_as_text["texts"].example == f"{cell}x"
    )


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (["a", "b"] * 60, "classification"),
        ([True, False] * 60, "classification"),
        ([1, 2, 3] * 40, "classification"),
        ([1.0, 2.0, None] * 40, "classification"),
        (list(range(20)) * 6, "classification"),
        (list(range(24)) * 5, "regression"),
        (list(range(120)), "regression"),
        ([1.5, 2.0, 3.0] * 40, "regression"),
    ],
)
def test_the_task_follows_from_the_target(target: list[Any], task: str, table: pd.DataFrame) -> None:
    assert profile_table(table[["height"]].assign(t=target), "t").task == task


def test_a_task_that_is_given_is_kept(wine: pd.DataFrame) -> None:
    profile = profile_table(wine, "quality", "regression")
    assert (profile.task, profile.classes) == ("regression", {})
    assert profile_table(wine, "quality").classes["3"] == 6


@pytest.mark.parametrize(
    ("target", "task", "message"),
    [
        ([1.5, 2.5] * 60, "classification", "2 different numbers with decimals.*use --task regression"),
        (["a", "b"] * 60, "regression", "such as 'a'.*use --task classification"),
        ([None] * 120, None, "'t' has no value in any row"),
        ([7] * 120, None, "'t' is 7 in every row"),
        ([f"name {row}" for row in range(120)], None, "has a different value in every row"),
        (DAYS, None, "holds dates, which no model here can predict"),
        ([1.5, np.inf] * 60, None, "holds infinite values"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused(
    target: Any, task: Any, message: str, table: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=message):
        profile_table(table[["height"]].assign(t=target), "t", task)


def test_a_text_among_the_numbers_of_an_excel_file_is_named(table: pd.DataFrame) -> None:
    raw = table.assign(y=table["y"].astype(object).mask(table.index == 3, "?"))
    with pytest.raises(
        InputError, match=r"'y' is read as text: most values are numbers, but '\?' is not"
    ):
        profile_table(raw, "y")


def test_a_name_that_is_close_is_offered(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"no column 'qualty' to predict\. Did you mean 'quality'\?"):
        profile_table(wine, "qualty")


def test_a_table_without_a_usable_feature_is_refused(table: pd.DataFrame) -> None:
    raw = table[["kind"]].assign(id=range(N), same=1)
    with pytest.raises(InputError, match=r"Left out: id \(identifier\), same \(one value\)\. Add"):
        profile_table(raw, "kind")
