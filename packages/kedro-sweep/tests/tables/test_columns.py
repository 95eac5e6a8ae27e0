"""The raw table becomes features and target, or an error that says why not."""

import logging
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, Split, list_features, select_columns

TARGET = "quality"


def select(
    raw: pd.DataFrame,
    features: list[str] | None = ["pH", "alcohol"],  # noqa: B006
    target: str = TARGET,
    drop: list[str] = [],  # noqa: B006
    group: str | None = None,
) -> pd.DataFrame:
    """Select columns by plain values, as the YAML file gives them."""
    split = Split(kind="group", column=group) if group else Split()
    return select_columns(raw, Data(y_label=target, features=features, drop=drop, split=split))


def test_only_features_and_target_are_kept(wine: pd.DataFrame) -> None:
    assert_frame_equal(select(wine), wine[["pH", "alcohol", "quality"]])


def test_without_a_list_every_column_but_identifiers_is_a_feature(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    table = select(wine.assign(nothing=None), features=None)
    assert_frame_equal(table, wine.drop(columns="Id").astype(dict(table.dtypes)))
    assert caplog.messages == [
        "11 features. Left out: nothing (no value), Id (looks like an identifier). To use one, list "
        "them under data.features in conf/base/parameters.yml."
    ]


def test_dropped_columns_are_no_features(wine: pd.DataFrame, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    table = select(wine, features=None, drop=["Id", "pH"])
    assert list(table.columns) == [name for name in wine.columns if name not in ("Id", "pH")]
    assert caplog.messages == []


def test_the_column_of_the_split_is_kept_and_is_no_feature(wine: pd.DataFrame) -> None:
    table = select(wine, features=None, drop=["Id"], group="alcohol")
    assert table["alcohol"].equals(wine["alcohol"])
    split = Split(kind="group", column="alcohol")
    assert list_features(table, Data(y_label=TARGET, split=split)) == list(wine.columns[:10])


def test_groups_that_mix_numbers_and_text_become_text(wine: pd.DataFrame) -> None:
    table = select(wine[:3].assign(cellar=[1, "2a", np.nan]), group="cellar")
    assert table["cellar"].dtype == "str"
    assert table["cellar"].tolist()[:2] == ["1", "2a"]
    assert table["cellar"].isna().tolist() == [False, False, True]


def test_the_column_of_the_split_may_be_listed_as_a_feature(wine: pd.DataFrame) -> None:
    table = select(wine, group="alcohol")
    assert list(table.columns) == ["pH", "alcohol", "quality"]


def test_columns_named_by_numbers_are_named_by_text(wine: pd.DataFrame) -> None:
    table = select(pd.DataFrame({0: [1.0, 2.0], 1: [3, 4]}), features=["0"], target="1")
    assert list(table.columns) == ["0", "1"]


def test_rows_with_the_same_label_are_numbered(wine: pd.DataFrame) -> None:
    table = select(pd.concat([wine[:3], wine[:3]]))
    assert table.index.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_empty_table_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="The raw table has no rows: check the file behind 'raw'"):
        select(wine[:0])


def test_two_columns_of_one_name_are_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"more than one column named \['pH'\]: rename them"):
        select(wine.rename(columns={"alcohol": "pH"}), features=["pH"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": ["pH", "proof"]}, r"features: the raw table lacks \['proof'\]"),
        ({"target": "taste"}, r"y_label: the raw table lacks \['taste'\]"),
        ({"drop": ["id"]}, r"drop: the raw table lacks \['id'\]"),
        ({"group": "cellar"}, r"split\.column: the raw table lacks \['cellar'\]"),
    ],
    ids=["feature", "target", "drop", "split"],
)
def test_a_missing_column_is_named_beside_those_there(
    arguments: dict[str, Any], message: str, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=rf"{message}. It has \['fixed acidity', .*parameters\.yml"):
        select(wine, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"features": ["pH", "quality"]},
            "['quality'] is named under data.y_label and under data.features",
        ),
        ({"drop": ["quality"]}, "['quality'] is named under data.y_label and under data.drop"),
        ({"drop": ["pH"]}, "['pH'] is named under data.features and under data.drop"),
        ({"group": "quality"}, "['quality'] is named under data.y_label and under data.split.column"),
    ],
)
def test_a_column_that_is_claimed_twice_is_refused(
    arguments: dict[str, Any], message: str, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        select(wine, **arguments)


def test_a_table_without_any_feature_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"No column is left to learn from: .* under data\.features in"):
        select(wine[["Id", "quality", "pH"]], features=None, drop=["pH"])


def test_every_feature_gets_one_of_three_types(wine: pd.DataFrame) -> None:
    columns: dict[str, Any] = {
        "Id": pd.array([3, None], dtype="Int64"),
        "pH": pd.array([True, None], dtype="boolean"),
        "density": pd.Categorical(["low", None]),
        "alcohol": pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True),
    }
    table = select(wine[:2].assign(**columns), features=[*columns])
    assert table.dtypes.astype(str).to_dict() == {
        "Id": "float64",
        "pH": "float64",
        "density": "str",
        "alcohol": "datetime64[us]",
        "quality": "int64",
    }


def test_rows_without_a_target_are_dropped_and_counted(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    has_target = wine.index % 100 != 7
    table = select(wine.assign(quality=wine["quality"].where(has_target)))
    assert table.index.equals(wine.index[has_target])
    assert table["quality"].tolist() == wine["quality"][has_target].tolist()
    assert caplog.messages == ["Dropped 12 of 1143 rows: their target 'quality' is missing."]


def test_nothing_is_said_where_no_target_is_missing(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    select(wine)
    assert caplog.messages == []


def test_a_table_without_any_target_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="target 'quality' is missing in every row"):
        select(wine.assign(quality=np.nan))
