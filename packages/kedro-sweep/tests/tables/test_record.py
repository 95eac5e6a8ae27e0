"""Tables that were made with other parameters, or changed since, are refused."""

from typing import Any

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import check_split, check_table, describe_split

PARAMETERS: dict[str, Any] = {"y_label": "y", "frac": 0.25, "random_seed": 1, "stratified": True}


@pytest.fixture
def train() -> pd.DataFrame:
    return pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0], "y": ["u", "v", "u"]})


@pytest.fixture
def split(train: pd.DataFrame) -> dict[str, Any]:
    return describe_split(train, train.head(1), **PARAMETERS)


@pytest.mark.parametrize("features", [["a", "b"], ["b"]], ids=["the same", "one dropped"])
def test_the_same_parameters_with_or_without_a_feature_pass(
    features: list[str], split: dict[str, Any]
) -> None:
    check_split(split, {"features": features, **PARAMETERS})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frac": 0.5}, r"frac 0\.25 → 0\.5"),
        ({"random_seed": 7}, "random_seed 1 → 7"),
        ({"y_label": "b"}, "y_label y → b"),
        ({"stratified": False}, "stratified True → False"),
        ({"features": ["a", "c"]}, r"features: \['c'\] are new"),
    ],
    ids=str,
)
def test_a_change_since_the_split_is_named(
    change: dict[str, Any], message: str, split: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=f"{message}.* Run the pipeline dp again"):
        check_split(split, {"features": ["a", "b"], **PARAMETERS} | change)


def test_a_parameter_that_does_not_matter_is_not_compared(split: dict[str, Any]) -> None:
    check_split(split, {"features": ["a"], "y_label": "y"})


def test_the_table_that_was_written_passes(train: pd.DataFrame, split: dict[str, Any]) -> None:
    check_table(train, split, "train", "data/train.csv")


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda table: table.head(2), "it has 2 rows, and 3 were written"),
        (lambda table: table.assign(b=["4", "x", "6"]), "column 'b' holds text"),
        (lambda table: table.assign(a=[1.0, None, 3.0]), "column 'a' has gaps"),
        (lambda table: table.assign(y=["u", None, "u"]), "column 'y' has gaps"),
    ],
)
def test_a_table_that_was_changed_is_named_by_its_file(
    damaged: Any, message: str, train: pd.DataFrame, split: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=rf"data/train\.csv is not what was written: {message}"):
        check_table(damaged(train), split, "train", "data/train.csv")


def test_text_in_a_target_of_numbers_is_named(train: pd.DataFrame) -> None:
    split = describe_split(train.assign(y=[1, 2, 1]), train, **PARAMETERS)
    with pytest.raises(InputError, match="column 'y' holds text"):
        check_table(train, split, "train", "data/train.csv")
