"""Nothing leaks from the test rows into training; what cannot be split is one short error."""

import os
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.model_selection import GroupKFold, train_test_split

from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, Split, check_target, find_groups, split_rows
from kedro_sweep.tables._splits import check_classes, read_times

Table = tuple[pd.DataFrame, pd.DataFrame]

FOREST = "sklearn.ensemble.RandomForestClassifier"


def test_classes_suit_a_classifier_and_numbers_a_regressor() -> None:
    numbers = pd.Series(np.linspace(0, 1, 50), name="price")
    check_target(pd.Series(["a", "b"], name="kind"), is_classifier=True, model=FOREST)
    check_target(pd.Series([3.0, 5.0], name="stars"), is_classifier=True, model=FOREST)
    check_target(numbers, is_classifier=False, model="sklearn.linear_model.Ridge")


def test_a_classifier_for_a_thousand_numbers_is_one_short_error_with_the_remedy() -> None:
    target = pd.Series(np.linspace(0, 1, 1000), name="price")
    with pytest.raises(InputError) as caught:
        check_target(target, is_classifier=True, model=FOREST)
    message = str(caught.value)
    assert message.startswith("The target 'price' holds 1000 different numbers with decimals")
    assert f"{FOREST} predicts classes: choose a regressor under sweep.model" in message
    assert len(message) < 400


def test_a_regressor_for_text_is_one_error_with_the_remedy() -> None:
    grades = pd.Series(["low", "high"], name="grade")
    with pytest.raises(InputError, match=r"'grade' holds text such as 'low', .* choose a classifier"):
        check_target(grades, is_classifier=False, model="sklearn.linear_model.Ridge")


def test_classes_of_two_rows_pass() -> None:
    check_classes(pd.Series([5, 5, 6, 6, 6], name="quality"))


@pytest.mark.parametrize(
    ("n_rare", "shown"),
    [(2, ": 10 and 11. "), (5, ", 13 and 14. "), (7, ", 14 and 2 more. ")],
)
def test_up_to_five_classes_of_one_row_are_named_and_the_others_counted(n_rare: int, shown: str) -> None:
    target = pd.Series([5, 5, *range(10, 10 + n_rare)], name="quality")
    with pytest.raises(InputError, match="Classes of 'quality' with only one row") as caught:
        check_classes(target)
    assert shown in str(caught.value)


def test_a_class_of_odd_text_is_named_in_one_line() -> None:
    with pytest.raises(
        InputError, match=r"only one row cannot be split into train and test: 'a\\rb'\. "
    ) as caught:
        check_classes(pd.Series(["a\rb", "c", "c"], name="kind"))
    assert str(caught.value).isprintable()


def test_a_thousand_classes_of_one_row_are_a_short_error_too() -> None:
    with pytest.raises(InputError, match=r"choose a regressor under sweep\.model") as caught:
        check_classes(pd.Series(range(1000), name="price"))
    assert len(str(caught.value)) < 400


RANDOM = Split()
BY_PATIENT = Split(kind="group", column="patient")
BY_DAY = Split(kind="time", column="day")
# Three tables by default, and twenty in `make test-release`.
SEEDS = range(int(os.environ.get("HYPOTHESIS_EXAMPLES", "30")) // 10)


def make_table(seed: int) -> pd.DataFrame:
    """Make rows with duplicates, in groups of different sizes, in random order and with equal times."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(80, 160))
    table = pd.DataFrame(
        {
            "a": rng.integers(0, 80, n).astype(float),
            "b": pd.Series(["x", "y", None]).take(rng.integers(0, 3, n)).array,
            "kind": rng.choice(["high", "low", "mid"], n),
            "patient": rng.choice(30, n, p=rng.dirichlet(np.full(30, 3))),
            "day": rng.integers(0, 60, n),
        }
    )
    return table.set_axis(rng.permutation(n) + 1000, axis="index")


def describe(split: Split = RANDOM, duplicates: str = "keep", *features: str, **others: Any) -> Data:
    """Describe how the rows of such a table are separated."""
    given = {"y_label": "kind", "features": [*features] or ["a", "b"], "duplicates": duplicates}
    return Data.model_validate({**given, "split": split, **others})


def split(
    table: pd.DataFrame,
    split: Split = RANDOM,
    duplicates: str = "keep",
    *,
    frac: float = 0.2,
    seed: int = 0,
    is_classifier: bool = True,
) -> Table:
    data = describe(split, duplicates, frac=frac, random_seed=seed)
    return split_rows(table, data, is_classifier=is_classifier)


def shared(train: pd.DataFrame, test: pd.DataFrame, columns: list[str]) -> int:
    """Count the test rows that training rows equal in some columns; gaps equal gaps."""
    rows = set(map(tuple, train[columns].astype(str).to_numpy()))
    return sum(row in rows for row in map(tuple, test[columns].astype(str).to_numpy()))


ROW = ["a", "b", "kind"]


@pytest.mark.parametrize("stratify", [True, False])
@pytest.mark.parametrize("duplicates", ["drop", "keep"])
def test_rows_at_random_are_those_of_scikit_learn(duplicates: str, stratify: bool) -> None:
    table = make_table(0)
    rows = table.drop_duplicates(ROW) if duplicates == "drop" else table
    expected = train_test_split(
        rows, test_size=0.2, random_state=7, stratify=rows["kind"] if stratify else None
    )
    parts = split(table, RANDOM, duplicates, seed=7, is_classifier=stratify)
    for part, expected_part in zip(parts, expected, strict=True):
        assert_frame_equal(part, expected_part)


def test_rows_at_random_need_two_of_each_class() -> None:
    table = make_table(0)
    table.loc[1000, "kind"] = "rare"
    with pytest.raises(InputError, match=r"Classes of 'kind' with only one row .*: rare"):
        split(table)


def test_too_few_rows_for_the_share_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"Cannot split 6 rows with data\.frac: 0\.2\. .*\d\. Change data\.frac"
    ):
        split(make_table(0)[:6].assign(kind=["low", "mid", "high"] * 2))
    with pytest.raises(
        InputError, match=r"Cannot split 1 rows with data\.frac: 0\.2\. .*\w\. Change data\.frac"
    ):
        split(make_table(0)[:1], is_classifier=False)


@pytest.mark.parametrize("is_classifier", [True, False])
@pytest.mark.parametrize(
    ("kind", "duplicates"),
    [
        *product([RANDOM, BY_PATIENT], ["drop", "together", "keep"]),
        *product([BY_DAY], ["drop", "keep"]),
    ],
)
def test_nothing_leaks_and_no_row_is_lost(kind: Split, duplicates: str, is_classifier: bool) -> None:
    for seed in SEEDS:
        table = make_table(seed)
        train, test = split(table, kind, duplicates, seed=seed, is_classifier=is_classifier)
        rows = table.sort_values("day", kind="stable") if kind is BY_DAY else table
        same = [*ROW, "day"] if kind is BY_DAY else ROW
        rows = rows.drop_duplicates(same) if duplicates == "drop" else rows
        assert_frame_equal(pd.concat([train, test]).sort_index(), rows.sort_index())
        if duplicates != "keep":
            assert shared(train, test, same) == 0
        if kind is BY_PATIENT:
            assert shared(train, test, ["patient"]) == 0
        if kind is BY_DAY:
            assert train["day"].max() < test["day"].min()
        again = split(table, kind, duplicates, seed=seed, is_classifier=is_classifier)
        assert [part.index.tolist() for part in again] == [train.index.tolist(), test.index.tolist()]


@pytest.mark.parametrize("duplicates", ["auto", "drop"])
def test_equal_rows_of_different_times_are_not_dropped(duplicates: str) -> None:
    table = pd.DataFrame({"a": 0.5 + np.arange(60), "b": "x", "kind": ["low", "high"] * 30})
    days = pd.concat([table.assign(day=1), table.head(20).assign(day=2)], ignore_index=True)
    assert len(pd.concat(split(days, BY_DAY, duplicates))) == 80
    copied = pd.concat([days, days.loc[30:34]], ignore_index=True)
    assert len(pd.concat(split(copied, BY_DAY, "drop"))) == 80


def test_equal_rows_stay_if_chance_explains_them(caplog: pytest.LogCaptureFixture) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.integers(0, 3, 300), "b": random.choice([*"xy"], 300)})
    table["kind"] = random.choice(["low", "high"], 300)
    assert len(pd.concat(split(table, RANDOM, "auto"))) == 300
    assert caplog.messages == []
    assert len(pd.concat(split(table, RANDOM, "drop"))) == 12
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_equal_rows_of_different_groups_are_no_copies() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.normal(size=100), "b": "x", "kind": "low", "patient": range(100)})
    twins = pd.concat([table, table.head(9).assign(patient=range(100, 109))], ignore_index=True)
    assert len(pd.concat(split(twins, BY_PATIENT, "auto"))) == 109
    copies = pd.concat([table, table.head(9)], ignore_index=True)
    assert len(pd.concat(split(copies, BY_PATIENT, "auto"))) == 100


@pytest.mark.parametrize("is_classifier", [True, False])
@pytest.mark.parametrize("frac", [0.1, 0.2, 0.5])
def test_the_share_of_the_test_is_met_to_half_a_group(frac: float, is_classifier: bool) -> None:
    for seed in SEEDS:
        table = make_table(seed)
        _, test = split(table, BY_PATIENT, frac=frac, seed=seed, is_classifier=is_classifier)
        largest = table["patient"].value_counts().max()
        assert abs(len(test) - frac * len(table)) <= largest / 2


def test_another_seed_chooses_other_groups() -> None:
    table = make_table(0)
    chosen = {frozenset(split(table, BY_PATIENT, seed=seed)[1]["patient"]) for seed in SEEDS}
    assert len(chosen) > len(SEEDS) / 2


def test_groups_of_single_rows_are_stratified_by_class() -> None:
    table = make_table(0).assign(patient=range(len(make_table(0))))
    _, test = split(table, BY_PATIENT, frac=0.2)
    expected = table["kind"].value_counts() * 0.2
    assert (test["kind"].value_counts() - expected).abs().max() < 1


def test_a_class_never_goes_to_the_test_whole() -> None:
    for seed in SEEDS:
        table = make_table(seed)
        table.loc[table["patient"] == table["patient"].iloc[0], "kind"] = "rare"
        train, _ = split(table, BY_PATIENT, frac=0.5, seed=seed)
        assert set(train["kind"]) == set(table["kind"])


def test_groups_of_one_class_each_are_split_too() -> None:
    table = make_table(0)[:80].assign(kind=["x", "y"] * 40, patient=list(range(4)) * 20)
    _, test = split(table, BY_PATIENT, frac=0.2)
    assert len(test) == 20


@pytest.mark.parametrize(
    ("patient", "message"),
    [
        (
            [0, 1] * 40,
            r"the 2 groups of 'patient', 80 rows .* data\.frac: 0\.2\. The smallest has 40 rows\. Rai",
        ),
        ([0] * 80, r"the 1 groups of 'patient', .* The smallest has 80 rows"),
        ([0] * 70 + [1] * 10, "Every group that is small enough has all rows of a class. Raise"),
    ],
)
def test_groups_of_which_none_can_be_the_test_are_refused(patient: list[int], message: str) -> None:
    table = make_table(0)[:80].assign(patient=patient, kind=["x"] * 70 + ["y"] * 10)
    with pytest.raises(InputError, match=message):
        split(table, BY_PATIENT)


@pytest.mark.parametrize(
    "names",
    [
        pd.Series(["p1", "p2", "p3"], dtype=object),
        pd.Series(["p1", "p2", "p3"], dtype="str"),
        pd.Series(["p1", "p2", "p3"], dtype="category"),
        pd.Series([10, 9, 8], dtype="category"),
        pd.Series([10, 9, 8], dtype="Int64"),
        pd.Series([1, "p", 2.5], dtype=object),
        pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])),
    ],
    ids=["object", "str", "category", "numbers as categories", "Int64", "mixed", "dates"],
)
def test_groups_may_have_any_type_and_scikit_learn_takes_what_is_found(names: pd.Series) -> None:
    table = make_table(0)[:90]
    table["patient"] = names.take([0, 1, 2] * 30).array
    train, test = split(table, BY_PATIENT, frac=0.3)
    assert shared(train, test, ["patient"]) == 0
    groups = find_groups(table, ROW, describe(BY_PATIENT))
    assert groups is not None
    assert [len(rows) for _, rows in GroupKFold(3).split(table, groups=groups)] == [30] * 3


@pytest.mark.parametrize("kind", [BY_PATIENT, BY_DAY], ids=["group", "time"])
def test_a_missing_split_column_or_a_gap_in_it_is_named(kind: Split) -> None:
    table = make_table(0)
    name = str(kind.column)
    with pytest.raises(
        InputError, match=rf"lacks the column '{name}' \(data\.split\.column\)\. It has \['a'"
    ):
        split(table.drop(columns=name), kind)
    table[name] = table[name].where(~table.index.isin([1003, 1004]))
    first = table.index[table[name].isna()][0]
    with pytest.raises(
        InputError, match=rf"'{name}' .* is empty in 2 of \d+ rows, first in row {first}"
    ):
        split(table, kind)


def test_groups_that_share_a_copy_stay_together() -> None:
    table = pd.DataFrame(
        {
            "a": [1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0],
            "b": "x",
            "kind": "low",
            "patient": ["p", "p", "q", "q", "r", "s", "s"],
        }
    )
    groups = find_groups(table, ROW, describe(BY_PATIENT, "together"))
    assert groups is not None
    assert groups.tolist() == [0, 0, 0, 0, 0, 1, 1]
    copies = find_groups(table, ROW, describe(RANDOM, "together"))
    assert copies is not None
    assert copies.tolist() == [0, 1, 1, 2, 2, 3, 4]


@pytest.mark.parametrize("duplicates", ["drop", "keep"])
def test_without_groups_or_copies_nothing_has_to_stay_together(duplicates: str) -> None:
    for kind in (RANDOM, BY_DAY):
        assert find_groups(make_table(0), ROW, describe(kind, duplicates)) is None


@pytest.mark.parametrize(("kind", "duplicates"), [(BY_PATIENT, "keep"), (RANDOM, "together")])
def test_the_groups_of_the_training_rows_have_their_labels(kind: Split, duplicates: str) -> None:
    train, _ = split(make_table(0), kind, duplicates)
    groups = find_groups(train, ROW, describe(kind, duplicates))
    assert groups is not None
    assert groups.index.equals(train.index)


def test_copies_of_different_times_cannot_stay_together() -> None:
    with pytest.raises(InputError, match=r"together cannot be combined .* choose auto, drop or keep"):
        split(make_table(0), BY_DAY, "together")


def test_rows_by_time_are_in_its_order_and_ties_keep_theirs() -> None:
    table = make_table(3)
    train, test = split(table, BY_DAY)
    assert_frame_equal(pd.concat([train, test]), table.sort_values("day", kind="stable"))


def test_rows_as_late_as_the_first_test_row_are_tested() -> None:
    table = make_table(0)[:10].assign(day=[1, 2, 3, 4, 5, 7, 7, 7, 8, 6], kind="low")
    _, test = split(table, BY_DAY, frac=0.2)
    assert test["day"].tolist() == [7, 7, 7, 8]


@pytest.mark.parametrize(
    "days",
    [
        ["2024-01-31", "2023-12-31", "2024-02-01", "2024-01-01"],
        ["2024-01-31T12:00", "2023-12-31", "2024-02-01 08:00:00.5", "2024"],
        [
            "2024-01-01T00:30+01:00",
            "2023-12-31T22:30Z",
            "2023-12-31T20:00-05:00",
            "2024-01-01T00:45+01:00",
        ],
        [date(2024, 1, 31), date(2023, 12, 31), date(2024, 2, 1), date(2024, 1, 1)],
        pd.to_datetime(["2024-01-31", "2023-12-31", "2024-02-01", "2024-01-01"]),
        pd.to_datetime(["2024-01-31", "2023-12-31", "2024-02-01", "2024-01-01"], utc=True),
        pd.Categorical(["2024-01-31", "2023-12-31", "2024-02-01", "2024-01-01"]),
        pd.Categorical([9, 1, 10, 8]),
        pd.array([9, 1, 10, 8], dtype="Int64"),
        [0.9, -1.0, 10.0, 0.8],
    ],
    ids=[
        "dates as text",
        "text of several lengths",
        "zones",
        "dates",
        "times",
        "times with a zone",
        "categories",
        "numbers as categories",
        "Int64",
        "numbers",
    ],
)
def test_times_are_read_from_any_type(days: Any) -> None:
    table = pd.DataFrame({"a": range(4), "b": "x", "kind": "low", "day": days})
    train, test = split(table, BY_DAY, frac=0.25)
    order = [*train["a"], *test["a"]]
    assert order[-1] == 2
    assert order[0] == 1
    assert len(test) == 1


def test_a_time_span_is_no_time() -> None:
    table = pd.DataFrame({"day": pd.to_timedelta(range(4), unit="D"), "y": range(4)})
    with pytest.raises(InputError, match=r"'day' .* which is not a time"):
        read_times(table, Split(kind="time", column="day"))


@pytest.mark.parametrize("text", ["soon", "31.12.2024", "01/02/2024", "5"])
def test_what_is_no_time_is_named(text: str) -> None:
    table = make_table(0).astype({"day": object})
    table["day"] = "2024-01-01"
    table.loc[1007, "day"] = text
    with pytest.raises(
        InputError, match=rf"'day' .* holds '{text}', which is not a time: write numbers"
    ):
        split(table, BY_DAY)


def test_rows_of_one_time_cannot_be_split() -> None:
    with pytest.raises(InputError, match=r"by 'day' .* No row is earlier than 3, the first time of the"):
        split(make_table(0).assign(day=3), BY_DAY)


def test_classes_that_only_later_rows_have_are_named_in_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table = make_table(0).drop_duplicates(ROW)
    last = table["day"] >= table["day"].max() - 3
    table["kind"] = table["kind"].where(~last, "new")
    split(table, BY_DAY, "drop")
    assert [message for message in caplog.messages if message.startswith("Only")] == [
        "Only test rows have these classes of 'kind', so the model can never predict them: new. Change "
        "data.frac, or merge them with other classes."
    ]
    caplog.clear()
    split(table, BY_DAY, "drop", is_classifier=False)
    assert not any(message.startswith("Only") for message in caplog.messages)


def test_without_copies_there_is_nothing_to_warn_of(caplog: pytest.LogCaptureFixture) -> None:
    split(make_table(0).drop_duplicates(ROW))
    assert caplog.messages == []


def test_without_copies_none_has_to_stay_together() -> None:
    table = make_table(0).drop_duplicates(ROW)
    assert find_groups(table, ROW, describe(RANDOM, "together")) is None


def test_equal_rows_with_other_weights_are_no_copies() -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(60, 2)), columns=["a", "b"]).assign(kind=[*"ab"] * 30)
    same, other = rows.assign(weight=1.0), rows.head(20).assign(weight=2.0)
    table = pd.concat([same, other, same.head(10)], ignore_index=True)
    data = Data(y_label="kind", weights="weight", duplicates="drop")
    train, test = split_rows(table, data, is_classifier=True)
    assert sorted([*train.index, *test.index]) == [*range(80)]
