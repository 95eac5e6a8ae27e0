"""Trackers get parameters as the YAML files give them."""

from typing import Any

import pytest

from kedro_sweep.search import Model
from kedro_sweep.tracking.parameters import to_plain


def test_a_model_is_turned_back_into_its_yaml_with_the_defaults_filled_in() -> None:
    model = Model.model_validate({"class": "sklearn.svm.SVC"})
    assert to_plain(model) == {"class": "sklearn.svm.SVC", "params": {}}


@pytest.mark.parametrize("value", [0.15, None, ["pH"], {"a": 1}])
def test_a_plain_value_stays_as_it_is(value: Any) -> None:
    assert to_plain(value) == value
