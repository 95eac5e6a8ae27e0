"""The raw table becomes features and target, or an error that says why not."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from kedro_sweep.errors import InputError
from kedro_sweep.tables import FeatureNames, TargetName, select_columns

TARGET = TargetName("quality")
FEATURES = FeatureNames(["pH", "alcohol"])


def test_only_features_and_target_are_kept(wine: pd.DataFrame) -> None:
    table = select_columns(wine, FEATURES, TARGET)
    assert_frame_equal(table, wine[["pH", "alcohol", "quality"]])


def test_an_empty_table_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="The raw table has no rows: check the file behind 'raw'"):
        select_columns(wine[:0], FEATURES, TARGET)


@pytest.mark.parametrize("column", ["pH", "quality"])
def test_a_missing_column_is_named_beside_those_there(column: str, wine: pd.DataFrame) -> None:
    message = rf"lacks the columns \['{column}'\]. It has \['fixed acidity', .*parameters\.yml"
    with pytest.raises(InputError, match=message):
        select_columns(wine.drop(columns=column), FEATURES, TARGET)


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pd.Series(["low", "high"]), "str"),
        (pd.Series([1, 2], dtype=object), "object"),
        (pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])), "datetime64"),
        (pd.Series(pd.Categorical(["low", "high"])), "category"),
    ],
)
def test_a_feature_that_is_not_numeric_is_refused_with_its_type(
    column: pd.Series, dtype: str, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=rf"{{'pH': '{dtype}.*'}} are not numeric"):
        select_columns(wine[:2].assign(pH=column), FEATURES, TARGET)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_feature_is_refused(value: float, wine: pd.DataFrame) -> None:
    raw = wine.assign(alcohol=[value, *wine["alcohol"][1:]])
    with pytest.raises(InputError, match=re.escape("The features ['alcohol'] hold infinite values")):
        select_columns(raw, FEATURES, TARGET)


def test_a_target_among_the_features_is_refused(wine: pd.DataFrame) -> None:
    features = FeatureNames(["pH", "quality"])
    with pytest.raises(InputError, match=r"target 'quality' .* is also listed under features"):
        select_columns(wine, features, TARGET)


@pytest.mark.parametrize(
    ("features", "target"),
    [(FeatureNames(["pH", "row"]), TARGET), (FEATURES, TargetName("row"))],
    ids=["feature", "target"],
)
def test_a_column_with_the_name_of_the_row_labels_is_refused(
    features: FeatureNames, target: TargetName, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match="cannot be called 'row'"):
        select_columns(wine.assign(row=1.0), features, target)


def test_rows_without_a_target_are_dropped_and_counted(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    raw = wine.assign(quality=wine["quality"].where(wine.index % 100 != 7))
    table = select_columns(raw, FEATURES, TARGET)
    assert_frame_equal(table, raw.loc[wine.index % 100 != 7, ["pH", "alcohol", "quality"]])
    assert caplog.messages == ["Dropped 12 of 1143 rows: their target 'quality' is missing."]


def test_nothing_is_said_where_no_target_is_missing(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    select_columns(wine, FEATURES, TARGET)
    assert caplog.messages == []


def test_a_table_without_any_target_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="target 'quality' is missing in every row"):
        select_columns(wine.assign(quality=np.nan), FEATURES, TARGET)


def test_missing_whole_numbers_and_booleans_become_gaps(wine: pd.DataFrame) -> None:
    columns: dict[str, Any] = {
        "pH": pd.array([3, None], dtype="Int64"),
        "alcohol": pd.array([True, None], dtype="boolean"),
    }
    table = select_columns(wine[:2].assign(**columns), FEATURES, TARGET)
    assert table["pH"].tolist()[0] == 3
    assert table["alcohol"].tolist()[0] == 1
    assert table.loc[1, ["pH", "alcohol"]].isna().all()
