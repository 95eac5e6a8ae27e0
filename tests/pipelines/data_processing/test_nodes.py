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

from tests.conftest import DATA, SWEEP

REGRESSOR = {"class": "sklearn.tree.DecisionTreeRegressor"}


def split(
    table: pd.DataFrame, model: dict[str, Any] = SWEEP["model"], **data: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split as the parameters say."""
    given = Data.model_validate(DATA | data)
    return nodes.split_table(table, given, Sweep.model_validate(SWEEP | {"model": model}))


def test_the_split_of_a_classifier_is_stratified(table: pd.DataFrame) -> None:
    parts = split(table, frac=0.3, random_seed=1)
    expected = train_test_split(table, test_size=0.3, random_state=1, stratify=table["size"])
    assert_frame_equal(parts[0], expected[0])
    assert_frame_equal(parts[1], expected[1])


def test_the_split_of_a_regressor_is_not_stratified(table: pd.DataFrame) -> None:
    parts = split(table, REGRESSOR, y_label="price", drop=["size"], frac=0.3, random_seed=1)
    expected = train_test_split(table, test_size=0.3, random_state=1)
    assert_frame_equal(parts[0], expected[0])
    assert_frame_equal(parts[1], expected[1])


def test_groups_stay_whole(table: pd.DataFrame) -> None:
    owned = table.assign(owner=table["id"] // 10)
    train, test = split(owned, split={"kind": "group", "column": "owner"})
    assert not set(train["owner"]) & set(test["owner"])
    assert len(test) == pytest.approx(0.2 * len(table), abs=10)


def test_a_classifier_of_numbers_with_decimals_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="RandomForestClassifier predicts classes"):
        split(table, y_label="price")


def test_gaps_are_filled_in_both_tables() -> None:
    train, test = (pd.DataFrame({"pH": [None, 3.0], "note": [None, "x"]}) for _ in range(2))
    for part in nodes.fill_gaps(train, test, {"pH": 2.5}):
        assert part["pH"].tolist() == [2.5, 3.0]
        assert part["note"].isna().tolist() == [True, False]
