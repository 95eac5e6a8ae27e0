"""Missing values are filled with the means of the training rows."""

import re
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from kedro_sweep import tables
from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, Split

RAW = pd.DataFrame(
    {
        "pH": [1.0, np.nan, 4.0, np.nan, 100.0],
        "alcohol": [9.0, 9.5, 10.0, np.nan, 8.0],
        "color": ["red", None, "white", "red", None],
        "owner": ["a", "a", "b", "c", "c"],
        "quality": [5, 6, 7, 5, 6],
    },
    index=[3, 1, 4, 8, 9],
)
TRAIN = RAW.head(3)
BY_OWNER = Split(kind="group", column="owner")


def find_means(
    train: pd.DataFrame, impute: Literal["mean", "in_model", "none"] = "mean"
) -> dict[str, float]:
    return tables.find_means(train, Data(y_label="quality", split=BY_OWNER, impute=impute))


def test_every_number_has_the_mean_of_its_known_training_values() -> None:
    assert find_means(TRAIN) == {"pH": 2.5, "alcohol": 9.5}


@pytest.mark.parametrize("impute", ["in_model", "none"])
def test_there_are_no_means_if_the_model_fills_gaps_or_nobody(
    impute: Literal["in_model", "none"],
) -> None:
    assert find_means(TRAIN.assign(pH=np.nan), impute) == {}


def test_a_table_without_numbers_has_no_means() -> None:
    assert find_means(TRAIN[["color", "owner", "quality"]]) == {}


def test_a_feature_without_a_training_value_is_refused() -> None:
    with pytest.raises(InputError, match=re.escape("The features ['pH'] have no value")):
        find_means(TRAIN.assign(pH=np.nan))
