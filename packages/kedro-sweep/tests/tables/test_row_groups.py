"""A column that looks like groups is found in the raw table, whether or not it is a feature."""

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables import Data, Split, find_row_groups

RANDOM = Data(y_label="kind")


@pytest.fixture
def raw() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "row_id": range(100),
            "patient": random.permutation([f"P{n}" for n in range(20)] * 5),
            "weight": random.normal(70, 10, 100),
            "tags": [["a"], ["b"]] * 50,
            "kind": random.choice(["ill", "well"], 100),
        },
        index=range(7, 107),
    )


def test_rows_of_one_group_have_one_number(raw: pd.DataFrame) -> None:
    train, test = raw[["weight", "kind"]][20:], raw[["weight", "kind"]][:10]
    groups = find_row_groups(raw, train, test, RANDOM)
    assert list(groups.columns) == ["patient"]
    assert groups.index.tolist() == [*train.index, *test.index]
    named = raw.loc[groups.index, "patient"]
    assert pd.factorize(named)[0].tolist() == groups["patient"].tolist()


@pytest.mark.parametrize(
    "split", [Split(kind="group", column="weight"), Split(kind="time", column="weight")]
)
def test_only_a_random_split_ignores_groups(split: Split, raw: pd.DataFrame) -> None:
    data = Data(y_label="kind", split=split)
    assert find_row_groups(raw, raw[:80], raw[80:], data).shape == (100, 0)


def test_a_table_without_groups_has_none(raw: pd.DataFrame) -> None:
    table = raw.drop(columns="patient")
    assert find_row_groups(table, table[:80], table[80:], RANDOM).shape == (100, 0)
