"""Missing values are filled with the means of the training rows."""

import re

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from kedro_sweep import tables
from kedro_sweep.errors import InputError
from kedro_sweep.tables import Impute, Split, TargetName, fill_gaps

TARGET = TargetName("quality")
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
TRAIN, TEST = RAW.head(3), RAW.tail(2)
BY_OWNER = Split(kind="group", column="owner")


def find_means(train: pd.DataFrame, impute: str = "mean") -> dict[str, float]:
    return tables.find_means(train, None, BY_OWNER, TARGET, Impute(impute))


def test_gaps_in_numbers_are_filled_with_the_mean_of_the_training_rows() -> None:
    means = find_means(TRAIN)
    assert means == {"pH": 2.5, "alcohol": 9.5}
    train, test = fill_gaps(TRAIN, TEST, means)
    assert_frame_equal(train, TRAIN.assign(pH=[1.0, 2.5, 4.0]))
    assert_frame_equal(test, TEST.assign(pH=[2.5, 100.0], alcohol=[9.5, 8.0]))


@pytest.mark.parametrize("impute", ["in_model", "none"])
def test_gaps_stay_if_the_model_fills_them_or_nobody(impute: str) -> None:
    assert find_means(TRAIN.assign(pH=np.nan), impute) == {}
    train, test = fill_gaps(TRAIN, TEST, {})
    assert_frame_equal(train, TRAIN)
    assert_frame_equal(test, TEST)


def test_a_table_without_numbers_has_no_means() -> None:
    assert find_means(TRAIN[["color", "owner", "quality"]]) == {}


def test_a_feature_without_a_training_value_is_refused() -> None:
    with pytest.raises(InputError, match=re.escape("The features ['pH'] have no value")):
        find_means(TRAIN.assign(pH=np.nan))
