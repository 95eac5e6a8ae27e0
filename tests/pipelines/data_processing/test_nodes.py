"""The table is split without a leak and filled with the training means."""

import re

import numpy as np
import pandas as pd
import pytest
from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import FeatureNames, TargetName, TestFraction
from pandas.testing import assert_frame_equal
from sklearn.model_selection import train_test_split

from wine_sweep.pipelines.data_processing import nodes

FEATURES = FeatureNames(["pH", "alcohol"])
TREE = Model.model_validate({"class": "sklearn.tree.DecisionTreeClassifier"})
REGRESSOR = Model.model_validate({"class": "sklearn.tree.DecisionTreeRegressor"})


def split(
    table: pd.DataFrame, *, frac: float = 0.15, seed: int = 42, model: Model = TREE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split with these parameters; give the two tables."""
    return nodes.split_table(table, TargetName("quality"), TestFraction(frac), RandomSeed(seed), model)


def test_the_split_of_a_classifier_is_stratified(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    expected = train_test_split(wine, test_size=0.15, random_state=42, stratify=wine["quality"])
    assert_frame_equal(train, expected[0])
    assert_frame_equal(test, expected[1])


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
    table = wine[wine["quality"] > 3].assign(quality=lambda table: [9, *table["quality"][1:]])
    with pytest.raises(InputError, match=r"'quality' with a single row .*: 9\. Merge them"):
        split(table)


def test_a_classifier_of_numbers_with_decimals_is_refused(wine: pd.DataFrame) -> None:
    prices = wine.assign(quality=wine["alcohol"] + 0.25)
    with pytest.raises(InputError, match="choose a regressor under model") as refused:
        split(prices)
    assert len(str(refused.value)) < 300
    train, test = split(prices, model=REGRESSOR)
    assert len(train) + len(test) == len(wine)


def test_a_class_of_one_row_does_not_disturb_a_regressor(wine: pd.DataFrame) -> None:
    train, test = split(wine.assign(quality=[9, *wine["quality"][1:]]), model=REGRESSOR)
    assert len(train) + len(test) == len(wine)


@pytest.mark.parametrize(
    ("rows", "frac", "model"), [(12, 0.1, TREE), (12, 0.9, TREE), (1, 0.5, REGRESSOR)]
)
def test_too_few_rows_for_the_share_are_refused(
    rows: int, frac: float, model: Model, wine: pd.DataFrame
) -> None:
    table = wine[:rows].assign(quality=[row % 3 for row in range(rows)])
    with pytest.raises(InputError, match=rf"Cannot split {rows} rows with frac: {frac}\..* or add rows"):
        split(table, frac=frac, model=model)


def test_gaps_are_filled_with_the_mean_of_the_training_rows() -> None:
    train = pd.DataFrame({"pH": [1.0, np.nan, 4.0], "alcohol": [9.0, 9.5, 10.0], "quality": [5, 6, 7]})
    test = pd.DataFrame({"pH": [np.nan, 100.0], "alcohol": [np.nan, 8.0], "quality": [5, 6]}, [8, 9])
    filled_train, filled_test = nodes.impute_features(train, test, FEATURES)
    assert filled_train["pH"].tolist() == [1.0, 2.5, 4.0]
    assert filled_test["pH"].tolist() == [2.5, 100.0]
    assert filled_test["alcohol"].tolist() == [9.5, 8.0]


def test_a_table_without_gaps_is_left_as_it_is(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    filled_train, filled_test = nodes.impute_features(train, test, FEATURES)
    assert_frame_equal(filled_train, train)
    assert_frame_equal(filled_test, test)


def test_a_feature_without_a_training_value_is_refused(wine: pd.DataFrame) -> None:
    train, test = split(wine)
    with pytest.raises(InputError, match=re.escape("The features ['pH'] have no value")):
        nodes.impute_features(train.assign(pH=np.nan), test, FEATURES)
