import logging
import pickle
import re
from typing import Any, Literal

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
from kedro_sweep.tables import (
    Data,
    Split,
    list_features,
    prepare_rows,
    select_columns,
    split_model,
    take_raw_rows,
)

TARGET = "quality"
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


def select(
    raw: pd.DataFrame,
    features: list[str] | None = ["pH", "alcohol"],  # noqa: B006
    target: str = TARGET,
    drop: list[str] = [],  # noqa: B006
    group: str | None = None,
    slices: list[str] = [],  # noqa: B006
) -> pd.DataFrame:
    """Select columns by plain values, as the YAML file gives them."""
    split = Split(kind="group", column=group) if group else Split()
    data = Data(y_label=target, features=features, drop=drop, split=split, slices=slices)
    return select_columns(raw, data)


def test_only_features_and_target_are_kept(wine: pd.DataFrame) -> None:
    assert_frame_equal(select(wine), wine[["pH", "alcohol", "quality"]])


def test_without_a_list_every_column_but_identifiers_is_a_feature(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    table = select(wine.assign(nothing=None), features=None)
    assert_frame_equal(table, wine.drop(columns="Id").astype(dict(table.dtypes)))
    assert caplog.messages == [
        "11 features. Left out: nothing (no value), Id (looks like an identifier)."
    ]


def test_dropped_columns_are_no_features(wine: pd.DataFrame, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    table = select(wine, features=None, drop=["Id", "pH"])
    assert list(table.columns) == [name for name in wine.columns if name not in ("Id", "pH")]
    assert caplog.messages == []


def test_the_column_of_the_split_is_kept_and_is_no_feature(wine: pd.DataFrame) -> None:
    table = select(wine, features=None, drop=["Id"], group="alcohol")
    assert table["alcohol"].equals(wine["alcohol"])
    split = Split(kind="group", column="alcohol")
    assert list_features(table, Data(y_label=TARGET, split=split)) == list(wine.columns[:10])


def test_a_slice_is_kept_and_is_a_feature_only_if_it_would_be_one_anyway(wine: pd.DataFrame) -> None:
    raw = wine.assign(region=["north", "south", ""] * 381)
    slices = ["region", "pH"]
    for drop, features in (
        (["Id"], [*wine.columns[:11], "region"]),
        (["Id", "region"], wine.columns[:11]),
    ):
        table = select(raw, features=None, drop=drop, slices=slices)
        assert {*slices} <= {*table.columns}
        data = Data(y_label=TARGET, drop=drop, slices=slices)
        assert sorted(list_features(table, data)) == sorted(features)
    assert list(select(raw, slices=slices).columns) == ["pH", "alcohol", "region", "quality"]


def test_the_target_and_identifiers_make_no_slices(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"under data\.y_label and under data\.slices"):
        select(wine, slices=[TARGET])
    with pytest.raises(
        InputError, match=r"data\.slices: \['Id'\] have no value or look like identifiers"
    ):
        select(wine, features=None, slices=["Id"])


def test_groups_that_mix_numbers_and_text_become_text(wine: pd.DataFrame) -> None:
    table = select(wine[:3].assign(cellar=[1, "2a", np.nan]), group="cellar")
    assert table["cellar"].dtype == "str"
    assert table["cellar"].tolist()[:2] == ["1", "2a"]
    assert table["cellar"].isna().tolist() == [False, False, True]


def test_the_column_of_the_split_may_be_listed_as_a_feature(wine: pd.DataFrame) -> None:
    table = select(wine, group="alcohol")
    assert list(table.columns) == ["pH", "alcohol", "quality"]


def test_columns_named_by_numbers_are_named_by_text(wine: pd.DataFrame) -> None:
    table = select(pd.DataFrame({0: [1.0, 2.0], 1: [3, 4]}), features=["0"], target="1")
    assert list(table.columns) == ["0", "1"]


def test_rows_with_the_same_label_are_numbered(wine: pd.DataFrame) -> None:
    table = select(pd.concat([wine[:3], wine[:3]]))
    assert table.index.tolist() == [0, 1, 2, 3, 4, 5]


def test_an_empty_table_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="The raw table has no rows: check the file behind 'raw'"):
        select(wine[:0])


def test_two_columns_of_one_name_are_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"more than one column named \['pH'\]: rename them"):
        select(wine.rename(columns={"alcohol": "pH"}), features=["pH"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": ["pH", "proof"]}, r"features: the raw table lacks \['proof'\]"),
        ({"target": "taste"}, r"y_label: the raw table lacks \['taste'\]"),
        ({"drop": ["id"]}, r"drop: the raw table lacks \['id'\]"),
        ({"group": "cellar"}, r"split\.column: the raw table lacks \['cellar'\]"),
        ({"slices": ["cellar"]}, r"slices: the raw table lacks \['cellar'\]"),
    ],
    ids=["feature", "target", "drop", "split", "slices"],
)
def test_a_missing_column_is_named_beside_those_there(
    arguments: dict[str, Any], message: str, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=rf"{message}. It has \['fixed acidity', .*parameters\.yml"):
        select(wine, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"features": ["pH", "quality"]},
            "['quality'] is named under data.y_label and under data.features",
        ),
        ({"drop": ["quality"]}, "['quality'] is named under data.y_label and under data.drop"),
        ({"drop": ["pH"]}, "['pH'] is named under data.features and under data.drop"),
        ({"group": "quality"}, "['quality'] is named under data.y_label and under data.split.column"),
    ],
)
def test_a_column_that_is_claimed_twice_is_refused(
    arguments: dict[str, Any], message: str, wine: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        select(wine, **arguments)


def test_a_table_without_any_feature_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"No column is left to learn from: .* under data\.features in"):
        select(wine[["Id", "quality", "pH"]], features=None, drop=["pH"])


def test_every_feature_gets_one_of_three_types(wine: pd.DataFrame) -> None:
    columns: dict[str, Any] = {
        "Id": pd.array([3, None], dtype="Int64"),
        "pH": pd.array([True, None], dtype="boolean"),
        "density": pd.Categorical(["low", None]),
        "alcohol": pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True),
    }
    table = select(wine[:2].assign(**columns), features=[*columns])
    assert table.dtypes.astype(str).to_dict() == {
        "Id": "float64",
        "pH": "float64",
        "density": "str",
        "alcohol": "datetime64[us]",
        "quality": "int64",
    }


def test_rows_without_a_target_are_dropped_and_counted(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    has_target = wine.index % 100 != 7
    table = select(wine.assign(quality=wine["quality"].where(has_target)))
    assert table.index.equals(wine.index[has_target])
    assert table["quality"].tolist() == wine["quality"][has_target].tolist()
    assert table["quality"].dtype == "int64"  # not 5.0, as pandas reads 5 beside a gap
    assert caplog.messages == ["Dropped 12 of 1143 rows: their target 'quality' is missing."]


def test_nothing_is_said_where_no_target_is_missing(
    wine: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    select(wine)
    assert caplog.messages == []


def test_a_table_without_any_target_is_refused(wine: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="target 'quality' is missing in every row"):
        select(wine.assign(quality=np.nan))


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


WEIGHED = pd.DataFrame(
    {
        "pH": [3.1, 3.2, 3.3, 3.4],
        "weight": [1, 2, 4, 5],
        "alcohol": [9.0, 9.5, 10.0, 11.0],
        "quality": [5, 6, None, 6],
    },
    index=[10, 11, 12, 13],
)


def select_weighed(raw: pd.DataFrame, **data: Any) -> pd.DataFrame:
    return select_columns(raw, Data.model_validate({"y_label": TARGET, "weights": "weight"} | data))


@pytest.mark.parametrize("features", [None, ["pH", "alcohol"]])
@pytest.mark.parametrize("drop", [[], ["weight"]])
def test_weights_are_kept_as_numbers_and_are_no_feature(
    features: list[str] | None, drop: list[str]
) -> None:
    data = Data(y_label=TARGET, weights="weight", features=features, drop=drop)
    table = select_columns(WEIGHED, data)
    assert list_features(table, data) == ["pH", "alcohol"]
    assert table["weight"].dtype == float
    assert data.take_weights(table).tolist() == [1, 2, 5]
    assert prepare_rows(table, {}, data).feature_names_in_.tolist() == ["pH", "alcohol"]


def test_a_weight_of_a_row_without_a_target_does_not_matter() -> None:
    raw = WEIGHED.assign(weight=pd.Series([1, 2, np.nan, 5], WEIGHED.index))
    assert select_weighed(raw)["weight"].tolist() == [1, 2, 5]


@pytest.mark.parametrize(
    ("weights", "shown"),
    [
        ([1, None, 1, None], r"row 11 has 'nan' \(such rows: 2 of 3\)"),
        ([1, 2, 1, -0.5], r"row 13 has '-0\.5' \(such rows: 1 of 3\)"),
        ([1, np.inf, 1, 1], "row 11 has 'inf'"),
        (["1", "heavy", "1", "1"], "row 11 has 'heavy'"),
        ([1, 1, 1, 0], r"row 13 has '0' \(such rows: 1 of 3\)"),
        ([0, 0, 1, 0], r"row 10 has '0' \(such rows: 3 of 3\)"),
    ],
    ids=["gaps", "negative", "infinite", "text", "zero", "zeros"],
)
def test_weights_that_cannot_be_used_are_refused_with_the_first_row(
    weights: list[Any], shown: str
) -> None:
    message = (
        rf"data\.weights: 'weight' must hold positive numbers, but {shown}.*set data\.weights to null"
    )
    with pytest.raises(InputError, match=message):
        select_weighed(WEIGHED.assign(weight=weights))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"weights": "heft"}, "data.weights: the raw table lacks ['heft']"),
        ({"features": ["weight"]}, "['weight'] is named under data.features and under data.weights"),
        ({"slices": ["weight"]}, "['weight'] is named under data.slices and under data.weights"),
        ({"weights": TARGET}, "['quality'] is named under data.y_label and under data.weights"),
        (
            {"split": {"kind": "time", "column": "weight"}},
            "['weight'] is named under data.split.column and under data.weights",
        ),
    ],
)
def test_a_column_of_weights_has_no_other_purpose(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        select_weighed(WEIGHED, **data)
