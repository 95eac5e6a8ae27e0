"""Wrong names and shares are refused with their value and what is allowed."""

import re
from typing import Any

import pytest

from kedro_sweep.tables.parameters import (
    DroppedNames,
    Duplicates,
    FeatureNames,
    Impute,
    Split,
    TargetName,
    TestFraction,
)


def test_valid_parameters_are_accepted(parameters: dict[str, Any]) -> None:
    assert TestFraction.model_validate(parameters["frac"]).root == 0.15
    assert TargetName.model_validate(parameters["y_label"]).root == "quality"
    assert len(FeatureNames.model_validate(parameters["features"]).root) == 11
    assert DroppedNames.model_validate(parameters["drop"]).root == []
    assert Split.model_validate(parameters["split"]) == Split(kind="random", column=None)
    assert Duplicates.model_validate(parameters["duplicates"]).root == "auto"
    assert Impute.model_validate(parameters["impute"]).root == "mean"


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (TestFraction, 0, "0 is not allowed. Input should be greater than 0"),
        (TestFraction, 1.0, "1.0 is not allowed. Input should be less than 1"),
        (TestFraction, "some", "'some' is not allowed. Input should be a valid number"),
        (FeatureNames, [], "no column is named; list the columns that the model may see under features"),
        (FeatureNames, "pH", "'pH' is not allowed. Input should be a valid list"),
        (FeatureNames, ["pH", 3], "1: 3 is not allowed. Input should be a valid string"),
        (FeatureNames, ["pH", "alcohol", "pH"], "columns named more than once: ['pH']"),
        (DroppedNames, ["Id", "Id"], "columns named more than once: ['Id']"),
        (
            Split,
            {"kind": "groups"},
            "kind: 'groups' is not allowed. Input should be 'random', 'group'",
        ),
        (Split, {"kind": "time"}, "column: kind: time needs the name of a column"),
        (Split, {"column": "day"}, "column: 'day' is not used by kind: random; set it to null"),
        (
            Duplicates,
            "remove",
            "'remove' is not allowed. Input should be 'auto', 'drop', 'together' or 'keep'",
        ),
        (Impute, "median", "'median' is not allowed. Input should be 'mean', 'in_model' or 'none'"),
        (TargetName, "", "no column is named; name the column to predict under y_label"),
        (TargetName, None, "None is not allowed. Input should be a valid string"),
    ],
)
def test_a_wrong_value_is_refused(model: Any, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        model.model_validate(value)
