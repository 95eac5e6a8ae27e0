"""Wrong names and shares are refused with their value and what is allowed."""

import re
from typing import Any

import pytest

from kedro_sweep.tables import Data, Split


def test_valid_parameters_are_accepted(parameters: dict[str, Any]) -> None:
    data = Data.model_validate(parameters["data"])
    assert data.model_dump() == parameters["data"]
    assert data.split == Split(kind="random", column=None)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("frac", 0, "frac: 0 is not allowed. Input should be greater than 0"),
        ("frac", 1.0, "frac: 1.0 is not allowed. Input should be less than 1"),
        ("frac", "some", "frac: 'some' is not allowed. Input should be a valid number"),
        ("features", [], "features: no column is named; name columns under data.features"),
        ("features", "pH", "features: 'pH' is not allowed. Input should be a valid list"),
        ("features", ["pH", 3], "features.1: 3 is not allowed. Input should be a valid string"),
        ("features", ["pH", "alcohol", "pH"], "features: columns named more than once: ['pH']"),
        ("drop", ["Id", "Id"], "drop: columns named more than once: ['Id']"),
        ("slices", ["pH", "pH"], "slices: columns named more than once: ['pH']"),
        ("split", {"kind": "groups"}, "split.kind: 'groups' is not allowed. Input should be 'random',"),
        ("split", {"kind": "time"}, "split: column: kind: time needs the name of a column"),
        ("split", {"column": "day"}, "split: column: 'day' is not used by kind: random; set it to null"),
        ("duplicates", "remove", "duplicates: 'remove' is not allowed. Input should be 'auto', "),
        ("impute", "median", "impute: 'median' is not allowed. Input should be 'mean', 'in_model' or"),
        ("y_label", "", "y_label: no column is named; name columns under data.y_label"),
        ("y_label", None, "y_label: None is not allowed. Input should be a valid string"),
        ("weights", "", "weights: '' is not allowed. String should have at least 1 character"),
        ("weights", ["w"], "weights: ['w'] is not allowed. Input should be a valid string"),
        ("random_seed", -1, "random_seed: -1 is not allowed"),
        ("random_seed", 2**32, "random_seed: 4294967296 is not allowed"),
        ("random_seed", "lucky", "random_seed: 'lucky' is not allowed"),
        ("random_seed", 0.5, "random_seed: 0.5 is not allowed"),
        ("label", "pH", "label: 'pH' is not allowed, there is no such key"),
    ],
)
def test_a_wrong_value_is_refused(
    name: str, value: Any, message: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Data.model_validate(parameters["data"] | {name: value})
