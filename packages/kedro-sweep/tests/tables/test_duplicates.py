"""Equal rows are found, and are copies unless chance explains them (see `benchmarks/copies.py`)."""

import logging

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables._duplicates import drop_copies, find_copies, find_repeated


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, np.nan, 1.5, np.nan, 2.0]),
        pd.Series([0.0, np.nan, -0.0, np.nan, 1e-300]),
        pd.Series(["a", None, "a", None, "b"], dtype=object),
        pd.Series(["a", None, "a", np.nan, "A"], dtype="str"),
        pd.Series([1, None, 1, pd.NA, "1"], dtype=object),
        pd.Series(["a", None, "a", None, "b"], dtype="category"),
        pd.Series(["2024-01-01", None, "2024-01-01", None, "2024-01-02"]).astype("datetime64[s]"),
        pd.Series([1, None, 1, None, 2], dtype="Int64"),
        pd.Series([True, None, True, None, False], dtype="boolean"),
    ],
    ids=["numbers", "zeros", "text", "str", "mixed", "categories", "dates", "Int64", "boolean"],
)
def test_equal_values_share_a_label_and_so_do_gaps(column: pd.Series) -> None:
    assert find_copies(column.to_frame("a")).tolist() == [0, 1, 0, 1, 2]


def test_rows_are_copies_if_they_are_equal_in_every_column() -> None:
    table = pd.DataFrame({"a": [1, 1, 1, 2], "b": ["x", "y", "x", "x"]}, index=[7, 7, 8, 9])
    assert find_copies(table).tolist() == [0, 1, 0, 2]


def test_columns_of_one_name_are_compared_one_by_one() -> None:
    table = pd.DataFrame([[1, 2], [1, 3], [1, 2]], columns=["a", "a"])
    assert find_copies(table).tolist() == [0, 1, 0]


def test_a_table_without_rows_has_no_labels() -> None:
    assert find_copies(pd.DataFrame({"a": []})).tolist() == []


def test_lists_cannot_be_compared() -> None:
    with pytest.raises(InputError, match=r"column 'tags' holds values that cannot be compared.* remove"):
        find_copies(pd.DataFrame({"tags": [["a"], ["b"]]}))


def test_the_first_copy_stays_and_the_others_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    table = pd.DataFrame({"a": [1, 2, 1, 1], "y": [0, 0, 0, 1], "day": [1, 2, 3, 4]}, index=[5, 6, 7, 8])
    assert drop_copies(table, ["a", "y"]).index.tolist() == [5, 6, 8]
    assert caplog.messages == ["Dropped 1 of 4 rows (25.0%), which repeat others."]


def test_a_table_without_copies_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    table = pd.DataFrame({"a": [1, 2]})
    assert drop_copies(table, ["a"]).equals(table)
    assert caplog.messages == []


Random = np.random.Generator


def make_passengers(random: Random, n: int) -> pd.DataFrame:
    """Sex, class, age with gaps and survival, as of a ship."""
    male, grade = random.random(n) < 0.64, random.choice(3, n, p=[0.25, 0.2, 0.55])
    age = np.clip(random.normal(40 - 5 * grade, 13), 0, 80).round()
    survived = random.random(n) < 1 / (1 + np.exp(2.5 * male + 0.8 * grade - 2))
    age[random.random(n) < 0.2] = np.nan
    return pd.DataFrame({"male": male, "grade": grade, "age": age, "survived": survived})


def make_measured(random: Random, n: int) -> pd.DataFrame:
    """Measurements with one decimal."""
    p = random.integers(4, 10)
    table = pd.DataFrame(random.normal(size=(n, p)) @ random.normal(size=(p, p))).round(1)
    return table.assign(y=np.digitize(table[0], [-1, 0, 1]))


def test_a_copy_is_found_in_a_table_with_coincidences() -> None:
    random = np.random.default_rng(0)
    table = make_passengers(random, 1500).assign(fare=random.choice([7.75, 8.05, 13.0], 1500))
    rare = random.random(1500) < 0.5
    table.loc[rare, "fare"] = random.lognormal(3, 1, rare.sum())
    copied = pd.concat([table, table[rare].head(30)], ignore_index=True)
    copies = np.flatnonzero(find_repeated(copied, unless_chance=True))
    assert table.duplicated().sum() > 200
    assert copies.tolist() == list(range(1500, 1530))


@pytest.mark.parametrize("times", [2, 3])
def test_a_table_that_was_appended_to_itself_is_found_whatever_it_holds(times: int) -> None:
    table = make_passengers(np.random.default_rng(0), 500)
    copies = find_repeated(pd.concat([table] * times), unless_chance=True)
    assert table.duplicated().sum() > 100
    assert copies.sum() == (times - 1) * 500


@pytest.mark.parametrize(("share", "times"), [(0.6, 2), (0.8, 2), (0.95, 2), (0.8, 3)])
def test_a_table_that_was_partly_appended_to_itself_is_found(share: float, times: int) -> None:
    table = make_measured(np.random.default_rng(0), 500)
    part = table.sample(frac=share, random_state=0)
    copies = find_repeated(pd.concat([table, *[part] * (times - 1)]), unless_chance=True)
    assert copies.sum() == (times - 1) * len(part)


def test_conditions_that_were_measured_twice_are_no_copies() -> None:
    conditions = pd.DataFrame(np.repeat(np.indices((4, 4, 4)).reshape(3, -1).T, 2, axis=0))
    table = conditions.assign(y=np.random.default_rng(0).random(len(conditions)) < 0.1)
    assert table.duplicated().sum() > 40
    assert not find_repeated(table, unless_chance=True).any()


def test_a_single_feature_that_explains_the_target_is_not_taken_for_copies() -> None:
    age = np.random.default_rng(0).integers(0, 40, 600)
    assert not find_repeated(pd.DataFrame({"age": age, "y": age >= 18}), unless_chance=True).any()


def test_the_answer_does_not_depend_on_the_order_of_columns_or_their_types() -> None:
    random = np.random.default_rng(0)
    table = make_measured(random, 500)
    copied = pd.concat([table, table.head(20)])
    expected = find_repeated(copied, unless_chance=True)
    assert expected.sum() == 20
    assert (
        find_repeated(copied[copied.columns[::-1]].astype(str), unless_chance=True) == expected
    ).all()


def test_rows_that_differ_in_the_first_columns_are_no_copies() -> None:
    table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [5, 5, 5, 5]})
    assert find_copies(table).tolist() == [0, 1, 2, 3]
    assert not find_repeated(table, unless_chance=False).any()
    assert find_repeated(pd.concat([table, table.iloc[[2]]]), unless_chance=False).tolist() == [
        *[False] * 4,
        True,
    ]
