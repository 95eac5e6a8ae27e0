"""The table is checked, split without a leak, and filled with the training means."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.model_selection import train_test_split

from wine_sweep.pipelines.data_processing.nodes import (
    impute_features,
    select_columns,
    split_table,
)
from kedro_sweep.tables.parameters import FeatureNames, TargetName, TestFraction
from kedro_sweep.search import InputError, Model, RandomSeed

TARGET = TargetName.model_validate("quality")
FEATURES = FeatureNames.model_validate(["pH", "alcohol"])
TREE = Model.model_validate({"class": "sklearn.tree.DecisionTreeClassifier"})
REGRESSOR = Model.model_validate({"class": "sklearn.tree.DecisionTreeRegressor"})


def split(
    table: pd.DataFrame, frac: float = 0.15, seed: int = 42, model: Model = TREE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split with these parameters."""
    fraction = TestFraction.model_validate(frac)
    return split_table(table, TARGET, fraction, RandomSeed.model_validate(seed), model)


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
    ("values", "dtype"),
    [
        (["low", "high"], "str"),
        ([1, 2], "object"),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), "datetime64"),
        (pd.Categorical(["low", "high"]), "category"),
    ],
)
def test_a_feature_that_is_not_numeric_is_refused_with_its_type(
    values: Any, dtype: str, wine: pd.DataFrame
) -> None:
    column = pd.Series(values) if dtype != "object" else pd.Series(values, dtype=object)
    with pytest.raises(InputError, match=rf"{{'pH': '{dtype}.*'}} are not numeric"):
        select_columns(wine[:2].assign(pH=column), FEATURES, TARGET)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_feature_is_refused(value: float, wine: pd.DataFrame) -> None:
    raw = wine.assign(alcohol=[value, *wine["alcohol"][1:]])
    with pytest.raises(InputError, match=re.escape("The features ['alcohol'] hold infinite values")):
        select_columns(raw, FEATURES, TARGET)


def test_a_target_among_the_features_is_refused(wine: pd.DataFrame) -> None:
    features = FeatureNames.model_validate(["pH", "quality"])
    with pytest.raises(InputError, match=r"target 'quality' .* is also listed under features"):
        select_columns(wine, features, TARGET)


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
    raw = wine[:2].assign(
        pH=pd.array([3, None], dtype="Int64"), alcohol=pd.array([True, None], dtype="boolean")
    )
    table = select_columns(raw, FEATURES, TARGET)
    assert table["pH"].tolist()[0] == 3
    assert table["alcohol"].tolist()[0] == 1
    assert table.loc[1, ["pH", "alcohol"]].isna().all()


def test_the_split_of_a_classifier_is_stratified(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    expected = train_test_split(wine, test_size=0.15, random_state=42, stratify=wine["quality"])
    assert_frame_equal(train, expected[0])
    assert_frame_equal(test, expected[1])
    assert set(test["quality"]) == {3, 4, 5, 6, 7, 8}


def test_the_split_of_a_regressor_is_not_stratified(wine: pd.DataFrame) -> None:
    train, test = split(wine, model=REGRESSOR)
    expected = train_test_split(wine, test_size=0.15, random_state=42)
    assert_frame_equal(train, expected[0])
    assert_frame_equal(test, expected[1])


def test_the_two_parts_share_no_row_and_lose_none(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    assert sorted([*train.index, *test.index]) == list(wine.index)


def test_another_seed_splits_otherwise(wine: pd.DataFrame) -> None:
    assert set(split(wine, seed=1)[1].index) != set(split(wine, seed=2)[1].index)


def test_a_class_of_one_row_is_named(wine: pd.DataFrame) -> None:
    raw = wine[wine["quality"] > 3].assign(quality=lambda table: [9, *table["quality"][1:]])
    with pytest.raises(InputError, match=re.escape("Classes of 'quality' with a single row")) as caught:
        split(raw)
    assert "{9: 1}" in str(caught.value)


def test_a_class_of_one_row_does_not_disturb_a_regressor(wine: pd.DataFrame) -> None:
    train, test = split(wine.assign(quality=[9, *wine["quality"][1:]]), model=REGRESSOR)
    assert len(train) + len(test) == 1143


@pytest.mark.parametrize(
    ("rows", "frac", "model"), [(12, 0.1, TREE), (12, 0.9, TREE), (1, 0.5, REGRESSOR)]
)
def test_too_few_rows_for_the_share_are_refused(
    rows: int, frac: float, model: Model, wine: pd.DataFrame
) -> None:
    table = wine[:rows].assign(quality=[row % 3 for row in range(rows)])
    with pytest.raises(InputError, match=rf"Cannot split {rows} rows with frac: {frac}\..* or add rows"):
        split(table, frac, model=model)


def test_gaps_are_filled_with_the_mean_of_the_training_rows() -> None:
    train = pd.DataFrame({"pH": [1.0, np.nan, 4.0], "alcohol": [9.0, 9.5, 10.0], "quality": [5, 6, 7]})
    test = pd.DataFrame({"pH": [np.nan, 100.0], "alcohol": [np.nan, 8.0], "quality": [5, 6]}, [8, 9])
    filled_train, filled_test = impute_features(train, test, FEATURES)
    assert filled_train["pH"].tolist() == [1.0, 2.5, 4.0]
    assert filled_test["pH"].tolist() == [2.5, 100.0]
    assert filled_test["alcohol"].tolist() == [9.5, 8.0]


def test_a_table_without_gaps_is_left_as_it_is(wine: pd.DataFrame) -> None:
    train, test = split(select_columns(wine, FEATURES, TARGET))
    filled_train, filled_test = impute_features(train, test, FEATURES)
    assert_frame_equal(filled_train, train)
    assert_frame_equal(filled_test, test)


def test_a_feature_without_a_training_value_is_refused(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    with pytest.raises(InputError, match=re.escape("The features ['pH'] have no value")):
        impute_features(train.assign(pH=np.nan), test, FEATURES)
