"""The split passes the parameters on to the library."""

from typing import Any

import pandas as pd
import pytest
from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data
from pandas.testing import assert_frame_equal
from sklearn.model_selection import train_test_split

from wine_sweep.pipelines.data_processing import nodes

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
REGRESSOR = {"class": "sklearn.tree.DecisionTreeRegressor"}
SEARCH: dict[str, Any] = {
    "search_space": {"max_depth": {"type": "int", "low": 1, "high": 6}},
    "n_trials": 1,
    "cv": 3,
    "sampler": {"class": "TPESampler"},
    "pruner": {"class": "NopPruner"},
}


def split(
    table: pd.DataFrame, model: dict[str, Any] = TREE, **data: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split as the parameters say."""
    given = Data.model_validate({"y_label": "quality"} | data)
    return nodes.split_table(table, given, Sweep.model_validate(SEARCH | {"model": model}))


@pytest.mark.parametrize(("model", "is_stratified"), [(TREE, True), (REGRESSOR, False)])
def test_only_the_split_of_a_classifier_is_stratified(
    model: dict[str, Any], is_stratified: bool, wine: pd.DataFrame
) -> None:
    parts = split(wine, model, frac=0.3, random_seed=1)
    classes = wine["quality"] if is_stratified else None
    expected = train_test_split(wine, test_size=0.3, random_state=1, stratify=classes)
    assert_frame_equal(parts[0], expected[0])
    assert_frame_equal(parts[1], expected[1])


@pytest.mark.parametrize("features", [None, ["pH", "alcohol"]])
def test_rows_equal_in_the_features_and_the_target_are_copies(
    features: list[str] | None, wine: pd.DataFrame
) -> None:
    table = wine.drop(columns="Id")
    columns = [*features, "quality"] if features else list(table.columns)
    expected = table.drop_duplicates(columns)
    assert len(expected) < len(table)
    parts = split(table, features=features, duplicates="drop")
    assert_frame_equal(pd.concat(parts).sort_index(), expected)
    assert len(pd.concat(split(table, features=features, duplicates="keep"))) == len(table)


def test_the_wines_have_the_same_copies_whichever_rule_finds_them(wine: pd.DataFrame) -> None:
    table = wine.drop(columns="Id")
    parts = [split(table, duplicates=rule) for rule in ("auto", "drop")]
    assert len(pd.concat(parts[0])) == 1018
    for auto, drop in zip(*parts, strict=True):
        assert_frame_equal(auto, drop)


def test_groups_stay_whole(wine: pd.DataFrame) -> None:
    table = wine.assign(owner=wine["Id"] // 10)
    train, test = split(table, split={"kind": "group", "column": "owner"})
    assert not set(train["owner"]) & set(test["owner"])
    assert len(test) == pytest.approx(0.15 * len(wine), abs=5)


def test_a_classifier_of_numbers_with_decimals_is_refused(wine: pd.DataFrame) -> None:
    prices = wine.assign(quality=wine["alcohol"] + 0.25)
    with pytest.raises(InputError, match="DecisionTreeClassifier predicts classes: choose a regressor"):
        split(prices)
    assert len(pd.concat(split(prices, REGRESSOR))) == len(wine)


def test_gaps_are_filled_in_both_tables() -> None:
    train, test = (pd.DataFrame({"pH": [None, 3.0], "note": [None, "x"]}) for _ in range(2))
    for part in nodes.fill_gaps(train, test, {"pH": 2.5}):
        assert part["pH"].tolist() == [2.5, 3.0]
        assert part["note"].isna().tolist() == [True, False]
