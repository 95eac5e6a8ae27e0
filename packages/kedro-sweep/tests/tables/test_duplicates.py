"""Equal rows are found whatever type the columns have."""

import logging

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import drop_copies, find_copies


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
    assert caplog.messages == [
        "Dropped 1 of 4 rows (25.0%): they repeat another row in all features and the target."
    ]


def test_a_table_without_copies_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    table = pd.DataFrame({"a": [1, 2]})
    assert drop_copies(table, ["a"]).equals(table)
    assert caplog.messages == []
