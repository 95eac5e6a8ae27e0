"""A schema of training rows accepts rows to predict, or names what is wrong with them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables.schema import Mismatch, check_rows, infer_schema, judge, list_columns
from kedro_sweep.tables.schema._drift import MAX_CATEGORIES

DAYS = ["2024-01-01", "2024-06-01", "2025-01-01"]


def series(values: Any, dtype: Any = None) -> pd.Series:
    """A column; of Arrow's own type if the type is `arrow`."""
    if dtype == "arrow":
        return pd.Series(values).convert_dtypes(dtype_backend="pyarrow")
    column: pd.Series = pd.Series(values, dtype=dtype)
    return column


def check(training: Any, new: Any, **options: Any) -> tuple[pd.Series, list[Mismatch], list[Mismatch]]:
    """Check one column; rows to predict have the labels a, b, c."""
    schema = infer_schema(pd.DataFrame({"x": training}), ["x"], **options)
    rows = pd.DataFrame({"x": series(new).set_axis(list("abcdef")[: len(new)])})
    checked, errors, doubts = check_rows(rows, schema)
    refused, warnings = judge(doubts)
    return checked["x"], errors + refused, warnings


TRAINING: dict[str, pd.Series] = {
    "integers": series([1, 2, 3]),
    "floats": series([0.5, 1.5, 2.5]),
    "floats with a gap": series([0.5, None, 2.5]),
    "nullable integers": series([1, None, 3], "Int64"),
    "Arrow integers": series([1, None, 3], "arrow"),
    "no value at all": series([None, None, None], "float64"),
    "no value of any type": series([None, None, None], "object"),
    "text": series(["a", "b", "a"]),
    "text that looks like something else": series(["1", "null", "true"]),
    "text of any type": series(["a", None, "b"], "object"),
    "Arrow text": series(["a", None, "b"], "arrow"),
    "a category": series(["a", "b", None], "category"),
    "a category of numbers": series([1, 2, 3], "category"),
    "bool": series([True, False, True]),
    "bool with a gap": series([True, None, False], "object"),
    "nullable bool": series([True, None, False], "boolean"),
    "Arrow bool": series([True, None, False], "arrow"),
    "dates": series(pd.to_datetime(DAYS)),
    "dates with a zone": series(pd.to_datetime(DAYS).tz_localize("Europe/Berlin")),
    "Arrow dates": series(pd.to_datetime(DAYS), "arrow"),
    "Arrow dates with a zone": series(pd.to_datetime(DAYS).tz_localize("UTC"), "arrow"),
    "days": series(pd.to_datetime(DAYS).date),
    "durations": series(pd.to_timedelta([1, 2, 3], unit="h")),
    "a category of intervals": series(pd.cut([1, 5, 9], 3)),
    "a category of dates": series(pd.to_datetime(DAYS)).astype("category"),
    "a category of anything": series([1, "a", None], "category"),
    "mixed": series([1, "a", None], "object"),
}


@pytest.mark.parametrize("values", TRAINING.values(), ids=TRAINING.keys())
def test_training_rows_fit_their_own_schema(values: pd.Series) -> None:
    checked, errors, warnings = check(values, values)
    assert (errors, warnings) == ([], [])
    assert checked.isna().tolist() == values.isna().tolist()


@pytest.mark.parametrize(
    "new", [[7], [7.5], [True], ["7.5"], series([7], "Int64"), series([7], "category")]
)
@pytest.mark.parametrize("training", [[1, 2], [1.5, 2.5], series([1, 2], "Int64")])
def test_numbers_of_any_type_are_numbers(training: Any, new: Any) -> None:
    checked, errors, _ = check(training, new)
    assert errors == []
    assert checked.dtype == float
    assert checked.tolist() == [float(value) for value in new]


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category"])
def test_text_in_a_column_of_numbers_is_named_with_its_row(dtype: str) -> None:
    new = series(["1", "n/a", None], dtype)
    _, errors, _ = check([1.0, None], new)
    assert errors == [Mismatch("x", "is not a number", ("b",), ("n/a",))]
    assert errors[0].list_examples() == ["row b: 'n/a'"]


def test_an_infinite_number_is_named_with_its_row() -> None:
    [error] = check([1.0], [2.0, float("inf")])[1]
    assert error == Mismatch("x", "is infinite", ("b",), (float("inf"),))


@pytest.mark.parametrize(
    ("training", "options", "is_allowed"),
    [
        ([1, 2], {}, False),
        ([1, None], {}, True),
        ([1, 2], {"filled": ["x"]}, True),
        ([1, 2], {"filled": ["y"]}, False),
    ],
)
def test_a_gap_is_allowed_if_training_had_some_or_the_model_fills_it(
    training: list[Any], options: dict[str, Any], is_allowed: bool
) -> None:
    errors = check(training, [1, None, 2], **options)[1]
    expected = [] if is_allowed else [Mismatch("x", "has missing values, which are not allowed", ("b",))]
    assert [Mismatch(error.column, error.problem, error.rows) for error in errors] == expected


@pytest.mark.parametrize("training", [["a", "b"], series(["a", "b"], "category")])
def test_an_unseen_category_is_a_warning_with_its_rows(training: Any) -> None:
    checked, errors, warnings = check(training, ["a", "c", "d"])
    assert errors == []
    assert warnings == [Mismatch("x", "not seen in training", ("b", "c"), ("c", "d"))]
    assert checked.tolist() == ["a", "c", "d"]


def test_many_values_are_no_categories() -> None:
    names = [f"name {number}" for number in range(MAX_CATEGORIES + 1)]
    assert len(check(names[1:], ["new"])[2]) == 1
    assert check(names, ["new"])[2] == []


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        ([1, 2], (1, 2)),  # may have been 01
        ([1.0, None], (1.0,)),
        ([True, False], (True, False)),
        (series([1.5, "x"], "object"), (1.5,)),
        (series([1, None], "Int64"), (1,)),
    ],
)
def test_text_that_was_read_as_numbers_is_refused(new: Any, wrong: tuple[Any, ...]) -> None:
    [error] = check(["1", "2", "x", None], new)[1]
    assert "add `load_args: {dtype: {x: str}}` to new_samples" in error.problem
    assert error.values == wrong
    assert error.rows == tuple("abc"[: len(wrong)])


@pytest.mark.parametrize(
    "new", [["1", None], series([1, None], "category"), series(["1", None], "arrow"), [None, None]]
)
def test_text_of_any_type_and_gaps_are_text(new: Any) -> None:
    checked, errors, warnings = check(["1", "2", "x", None], new)
    assert (errors, warnings) == ([], [])
    assert checked.dropna().tolist() in (["1"], [])


def test_text_that_was_read_as_numbers_hides_no_other_error() -> None:
    schema = infer_schema(pd.DataFrame({"x": ["1a"], "y": [1]}), ["x", "y"])
    errors = check_rows(pd.DataFrame({"x": [1]}), schema)[1]
    assert [error.column for error in errors] == ["x", "y"]


def test_the_columns_of_text_and_of_numbers_are_known_by_name() -> None:
    names = {"${x": ["a"], "d: e": series([1], "category"), "n": [1], "b": [True], "t": [None]}
    rows = pd.DataFrame(names)
    schema = infer_schema(rows, rows.columns.tolist())
    assert list_columns(schema) == (["${x", "d: e"], ["n"])


@pytest.mark.parametrize("new", [["yes"], [2]])
def test_anything_but_true_and_false_in_a_bool_column_is_an_error(new: list[Any]) -> None:
    [error] = check([True, False], new)[1]
    assert error == Mismatch("x", "is neither true nor false", ("a",), tuple(new))


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_dates_as_text_and_in_another_unit_are_dates(zone: str | None) -> None:
    dates = pd.Series(pd.to_datetime(DAYS).tz_localize(zone))
    for new in (dates.astype("str"), dates.dt.as_unit("s")):
        checked, errors, _ = check(dates, new)
        assert errors == []
        assert checked.tolist() == dates.tolist()


@pytest.mark.parametrize(
    ("zone", "wrong"),
    [
        (None, "soon"),
        (None, 5),
        (None, "2024-01-01T00:00+02:00"),
        (None, "2024-01-01T00:00:00Z"),
        ("UTC", "2024-01-01"),
        ("UTC", "2024-01-01 10:00"),
    ],
)
def test_what_is_no_date_of_this_kind_is_named_with_its_row(zone: str | None, wrong: Any) -> None:
    dates = pd.to_datetime(DAYS).tz_localize(zone)
    [error] = check(series(dates), series([str(dates[0]), wrong], "object"))[1]
    assert error.problem == f"is not a date with{'' if zone else 'out'} a time zone"
    assert (error.rows, error.values) == (("b",), (str(wrong),))


def test_dates_with_a_zone_are_no_dates_without_one() -> None:
    dates = pd.Series(pd.to_datetime(DAYS))
    [error] = check(dates, dates.dt.tz_localize("UTC"))[1]
    assert len(error.rows) == 3


@pytest.mark.parametrize(
    ("training", "new", "wrong"),
    [
        (DAYS, "2025-12-31", ["31.12.2025", "2025-12-31 00:00:00", "12/31/2025", "soon", "2025-13-01"]),
        (["13.1.2024", "02.02.2024"], "31.12.2025", ["12.31.2025", "2025-12-31", "31/12/2025"]),
        (["01/02/2024", "03/04/2024"], "12/31/2025", ["31/12/2025"]),
        (["2024-01-01T10:00:00Z", "2024-01-02T10:00:00Z"], "2025-01-01T00:00:00+02:00", [DAYS[0]]),
        (["Jan 3 2024", "Feb 4 2024"], "Mar 5 2025", ["3 Mar 2025", "2025-03-05"]),
    ],
)
def test_dates_as_text_must_have_the_format_of_training(
    training: list[str], new: str, wrong: list[str]
) -> None:
    checked, errors, warnings = check(training, [new])
    assert (checked.tolist(), errors, warnings) == ([new], [], [])
    [error] = check(training, [new, *wrong])[1]
    assert error.problem == f"is not a date such as {training[0]}"
    assert error.values == tuple(wrong)


def test_text_with_one_word_among_dates_is_no_date() -> None:
    many = [f"2024-01-01 00:{minute}" for minute in range(60)]
    assert check([*many, "soon"], ["tomorrow"])[1:] == ([], [])


def test_a_column_without_any_known_value_is_refused() -> None:
    [error] = check(["a", "b"], ["A", "B", "A"])[1]
    assert error == Mismatch("x", "none of its values was seen in training", tuple("abc"), tuple("ABA"))
    # A single row may well be the first of its kind.
    assert check(["a", "b"], ["c"])[1] == []


def test_missing_text_is_a_warning_as_a_new_value_is() -> None:
    names = [f"name {number}" for number in range(MAX_CATEGORIES + 1)]
    for training in (["a", "b"], names, DAYS):
        _, errors, warnings = check(training, [training[0], None])
        assert errors == []
        assert warnings == [Mismatch("x", "missing, but never in training", ("b",))]
        [error] = check(training, [None, None])[1]
        assert error.problem == "it has no value, but always had one in training"
        assert check([*training, None], [None, None])[1:] == ([], [])


@pytest.mark.parametrize("training", [[1.0, 2.0], [True, False]])
def test_a_gap_that_the_model_fills_is_a_warning_and_an_empty_column_refused(training: Any) -> None:
    [warning] = check(training, [training[0], None], filled=["x"])[2]
    assert warning == Mismatch("x", "missing, but never in training", ("b",))
    [error] = check(training, [None, None], filled=["x"])[1]
    assert error.problem == "it has no value, but always had one in training"
    assert check([*training, None], [None, None], filled=["x"])[1:] == ([], [])


def test_columns_may_come_in_any_order_and_with_others() -> None:
    schema = infer_schema(pd.DataFrame({"x": [1], "y": [2]}), ["x", "y"])
    rows, errors, _ = check_rows(pd.DataFrame({"z": ["?"], "y": [1], "x": [2]}), schema)
    assert errors == []
    assert list(rows.columns) == ["z", "y", "x"]


def test_columns_named_by_numbers_are_those_of_training() -> None:
    schema = infer_schema(pd.DataFrame({"2019": [1.0, 2.0]}), ["2019"])
    rows, errors, _ = check_rows(pd.DataFrame({2019: [3.0]}), schema)
    assert not errors
    assert [*rows] == ["2019"]


def test_every_missing_column_is_an_error() -> None:
    schema = infer_schema(pd.DataFrame({"x": [1], "y": ["a"], "z": [2]}), ["x", "y", "z"])
    errors = check_rows(pd.DataFrame({"z": [1]}), schema)[1]
    assert errors == [Mismatch(name, "the column is missing") for name in ("x", "y")]


def test_the_rows_that_are_checked_are_not_changed() -> None:
    rows = pd.DataFrame({"x": [1, 2]})
    check_rows(rows, infer_schema(rows, ["x"]))
    assert rows.dtypes.tolist() == [np.dtype("int64")]


def test_rows_of_the_same_label_are_checked() -> None:
    rows = pd.DataFrame({"x": ["1", "?", "3"]}, index=[7, 7, 8])
    schema = infer_schema(pd.DataFrame({"x": [1]}), ["x"])
    assert check_rows(rows, schema)[1] == [Mismatch("x", "is not a number", (7,), ("?",))]
    assert check_rows(rows.replace("?", "2"), schema)[0]["x"].tolist() == [1, 2, 3]


def test_a_check_that_a_user_makes_a_warning_is_one() -> None:
    check = "greater_than:\n      min_value: 0\n      raise_warning: true"
    schema = f"schema_type: dataframe\ncolumns:\n  x:\n    {check}\n"
    _, errors, warnings = check_rows(pd.DataFrame({"x": [1.0, -1.0]}), schema)
    assert errors == []
    assert warnings == [Mismatch("x", "fails greater_than(0)", (1,), (-1.0,))]


def test_a_range_that_a_user_adds_is_checked() -> None:
    schema = "schema_type: dataframe\ncolumns:\n  x:\n    dtype: float64\n    greater_than: 0\n"
    [error] = check_rows(pd.DataFrame({"x": [1.0, -1.0]}), schema)[1]
    assert error == Mismatch("x", "fails greater_than(0)", (1,), (-1.0,))


def test_no_warning_of_pandera_is_left(recwarn: pytest.WarningsRecorder) -> None:
    assert check(["a"], ["b"])[2]
    assert list(recwarn) == []
