"""The split passes the parameters on to the library."""

from typing import Any

import pandas as pd
import pytest
from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import (
    Duplicates,
    FeatureNames,
    Split,
    TargetName,
    TestFraction,
)
from pandas.testing import assert_frame_equal
from sklearn.model_selection import train_test_split

from wine_sweep.pipelines.data_processing import nodes

TARGET = TargetName("quality")
RANDOM = Split()
TREE = Model.model_validate({"class": "sklearn.tree.DecisionTreeClassifier"})
REGRESSOR = Model.model_validate({"class": "sklearn.tree.DecisionTreeRegressor"})


def split(table: pd.DataFrame, **changes: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split with the project's parameters and these changes; return the two tables."""
    parameters: dict[str, Any] = {
        "features": None,
        "y_label": TARGET,
        "frac": TestFraction(0.15),
        "split": RANDOM,
        "duplicates": Duplicates("auto"),
        "random_seed": RandomSeed(42),
        "model": TREE,
    }
    return nodes.split_table(table, **parameters | changes)


@pytest.mark.parametrize(("model", "is_stratified"), [(TREE, True), (REGRESSOR, False)])
def test_only_the_split_of_a_classifier_is_stratified(
    model: Model, is_stratified: bool, wine: pd.DataFrame
) -> None:
    parts = split(wine, model=model, frac=TestFraction(0.3), random_seed=RandomSeed(1))
    classes = wine["quality"] if is_stratified else None
    expected = train_test_split(wine, test_size=0.3, random_state=1, stratify=classes)
    assert_frame_equal(parts[0], expected[0])
    assert_frame_equal(parts[1], expected[1])


@pytest.mark.parametrize("features", [None, FeatureNames(["pH", "alcohol"])])
def test_rows_equal_in_the_features_and_the_target_are_copies(
    features: FeatureNames | None, wine: pd.DataFrame
) -> None:
    table = wine.drop(columns="Id")
    columns = [*features.root, "quality"] if features else list(table.columns)
    expected = table.drop_duplicates(columns)
    assert len(expected) < len(table)
    parts = split(table, features=features, duplicates=Duplicates("drop"))
    assert_frame_equal(pd.concat(parts).sort_index(), expected)
    assert len(pd.concat(split(table, features=features, duplicates=Duplicates("keep")))) == len(table)


def test_the_wines_have_the_same_copies_whichever_rule_finds_them(wine: pd.DataFrame) -> None:
    table = wine.drop(columns="Id")
    parts = [split(table, duplicates=Duplicates(rule)) for rule in ("auto", "drop")]
    assert len(pd.concat(parts[0])) == 1018
    for auto, drop in zip(*parts, strict=True):
        assert_frame_equal(auto, drop)


def test_groups_stay_whole(wine: pd.DataFrame) -> None:
    table = wine.assign(owner=wine["Id"] // 10)
    train, test = split(table, split=Split(kind="group", column="owner"))
    assert not set(train["owner"]) & set(test["owner"])
    assert len(test) == pytest.approx(0.15 * len(wine), abs=5)


def test_a_classifier_of_numbers_with_decimals_is_refused(wine: pd.DataFrame) -> None:
    prices = wine.assign(quality=wine["alcohol"] + 0.25)
    with pytest.raises(InputError, match="DecisionTreeClassifier predicts classes: choose a regressor"):
        split(prices)
    assert len(pd.concat(split(prices, model=REGRESSOR))) == len(wine)
