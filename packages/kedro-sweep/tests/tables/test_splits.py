"""A target that does not suit the estimator, or a class that cannot be split, is one short error."""

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import check_classes, check_target

FOREST = "sklearn.ensemble.RandomForestClassifier"


def test_classes_suit_a_classifier_and_numbers_a_regressor() -> None:
    numbers = pd.Series(np.linspace(0, 1, 50), name="price")
    check_target(pd.Series(["a", "b"], name="kind"), is_classifier=True, model=FOREST)
    check_target(pd.Series([3.0, 5.0], name="stars"), is_classifier=True, model=FOREST)
    check_target(numbers, is_classifier=False, model="sklearn.linear_model.Ridge")


def test_a_classifier_for_a_thousand_numbers_is_one_short_error_with_the_remedy() -> None:
    target = pd.Series(np.linspace(0, 1, 1000), name="price")
    with pytest.raises(InputError) as caught:
        check_target(target, is_classifier=True, model=FOREST)
    message = str(caught.value)
    assert message.startswith("The target 'price' holds 1000 different numbers with decimals")
    assert f"{FOREST} predicts classes: choose a regressor under model" in message
    assert len(message) < 400


def test_a_regressor_for_text_is_one_error_with_the_remedy() -> None:
    grades = pd.Series(["low", "high"], name="grade")
    with pytest.raises(InputError, match=r"'grade' holds text such as 'low', .* choose a classifier"):
        check_target(grades, is_classifier=False, model="sklearn.linear_model.Ridge")


def test_classes_of_two_rows_pass() -> None:
    check_classes(pd.Series([5, 5, 6, 6, 6], name="quality"))


@pytest.mark.parametrize(
    ("n_rare", "shown"), [(2, ": 10, 11. "), (5, ": 10, 11, 12, 13, 14. "), (7, ", 14 and 2 more. ")]
)
def test_up_to_five_classes_of_one_row_are_named_and_the_others_counted(n_rare: int, shown: str) -> None:
    target = pd.Series([5, 5, *range(10, 10 + n_rare)], name="quality")
    with pytest.raises(InputError, match="Classes of 'quality' with a single row") as caught:
        check_classes(target)
    assert shown in str(caught.value)


def test_a_thousand_classes_of_one_row_are_a_short_error_too() -> None:
    with pytest.raises(InputError, match="choose a regressor under model") as caught:
        check_classes(pd.Series(range(1000), name="price"))
    assert len(str(caught.value)) < 400
