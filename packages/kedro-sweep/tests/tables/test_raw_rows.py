"""The first step of a saved model takes raw rows, whatever types and columns they come with."""

import pickle
import re
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kedro_sweep import tables
from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, Split, prepare_rows, split_model, take_raw_rows

TRAIN = pd.DataFrame(
    {
        "city": ["Rome", "Oslo", "Rome"],
        "size": [1.0, 2.5, 4.0],
        "built": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
        "rooms": [2.0, 3.0, 4.0],
        "owner": ["a", "b", "b"],
        "price": [10.0, 20.0, 30.0],
    }
)
MEANS = {"size": 0.1 + 0.2, "rooms": 3.0}


def prepare(features: list[str] | None = None, means: dict[str, float] = MEANS) -> ColumnTransformer:
    """Prepare rows that are kept apart by their owner."""
    split = Split(kind="group", column="owner")
    return prepare_rows(TRAIN, means, Data(y_label="price", features=features, split=split))


def test_every_column_but_the_target_and_that_of_the_split_is_a_feature() -> None:
    rows = prepare().transform(TRAIN)
    assert_frame_equal(rows, TRAIN[["size", "rooms", "city", "built"]])


def test_the_listed_features_are_picked_from_rows_with_more_columns_in_another_order() -> None:
    rows = prepare(["rooms", "city"]).transform(TRAIN[TRAIN.columns[::-1]].assign(more=1))
    assert_frame_equal(rows, TRAIN[["rooms", "city"]])


def test_gaps_in_numbers_are_filled_with_the_very_means() -> None:
    raw = TRAIN.mask(TRAIN["rooms"] == 3)
    rows = prepare().transform(raw)
    assert rows.loc[1, ["size", "rooms"]].tolist() == [0.1 + 0.2, 3.0]
    assert rows.loc[1, ["city", "built"]].isna().all()


def test_a_column_may_have_the_name_of_an_argument() -> None:
    train = TRAIN.rename(columns={"size": "self"})
    prepared = prepare_rows(train, {"self": 2.0}, Data(y_label="price", features=["self"]))
    assert prepared.transform(train.mask(train["self"] == 1))["self"].tolist() == [2.0, 2.5, 4.0]


def test_without_means_gaps_stay() -> None:
    rows = prepare(means={}).transform(TRAIN.mask(TRAIN["rooms"] == 3))
    assert rows.loc[1].isna().all()


def test_columns_get_the_types_that_they_had_in_training() -> None:
    raw = TRAIN.astype({"size": object, "rooms": "Int64", "city": "category"})
    raw["built"] = ["2020-01-01", "2021-01-01", "2022-01-01"]
    assert_frame_equal(prepare().transform(raw), prepare().transform(TRAIN))
    no_value = raw.assign(city=np.nan, rooms=None)
    assert prepare().transform(no_value).dtypes.equals(prepare().transform(TRAIN).dtypes)


@pytest.mark.parametrize("scaled", [True, False])
def test_a_model_with_this_step_predicts_what_the_estimator_does(scaled: bool) -> None:
    preparation = prepare(["size", "rooms"])
    estimator = LogisticRegression()
    whole = make_pipeline(StandardScaler(), estimator) if scaled else estimator
    X, y = preparation.transform(TRAIN), TRAIN["owner"]
    whole.fit(X, y)
    model = pickle.loads(pickle.dumps(take_raw_rows(preparation, whole)))
    assert np.array_equal(model.predict_proba(TRAIN), whole.predict_proba(X))
    assert model.classes_.tolist() == ["a", "b"]
    assert np.isfinite(model.predict_proba(TRAIN.assign(size=None))).all()
    first, rest = split_model(model)
    assert type(rest) is type(whole)
    assert np.array_equal(rest.predict_proba(first.transform(TRAIN)), whole.predict_proba(X))


WITH_GAPS = pd.DataFrame(
    {
        "pH": [1.0, np.nan, 4.0, np.nan, 100.0],
        "alcohol": [9.0, 9.5, 10.0, np.nan, 8.0],
        "color": ["red", None, "white", "red", None],
        "owner": ["a", "a", "b", "c", "c"],
        "quality": [5, 6, 7, 5, 6],
    },
    index=[3, 1, 4, 8, 9],
)
TRAINING = WITH_GAPS.head(3)
BY_OWNER = Split(kind="group", column="owner")


def find_means(
    train: pd.DataFrame, impute: Literal["mean", "in_model", "none"] = "mean"
) -> dict[str, float]:
    return tables.find_means(train, Data(y_label="quality", split=BY_OWNER, impute=impute))


def test_every_number_has_the_mean_of_its_known_training_values() -> None:
    assert find_means(TRAINING) == {"pH": 2.5, "alcohol": 9.5}


@pytest.mark.parametrize("impute", ["in_model", "none"])
def test_there_are_no_means_if_the_model_fills_gaps_or_nobody(
    impute: Literal["in_model", "none"],
) -> None:
    assert find_means(TRAINING.assign(pH=np.nan), impute) == {}


def test_a_table_without_numbers_has_no_means() -> None:
    assert find_means(TRAINING[["color", "owner", "quality"]]) == {}


def test_a_feature_without_a_training_value_is_refused() -> None:
    with pytest.raises(InputError, match=re.escape("The features ['pH'] have no value")):
        find_means(TRAINING.assign(pH=np.nan))
