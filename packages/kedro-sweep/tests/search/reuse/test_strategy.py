"""Reuse recognizes which estimators are related, and which sizes an ensemble can have."""

from typing import Any

import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from kedro_sweep.search.reuse._strategy import has_whole_size, params_key


def test_estimators_that_differ_in_ignored_arguments_alone_have_the_same_key() -> None:
    small, large = (RandomForestClassifier(n_estimators=size, max_depth=3) for size in (2, 9))
    assert params_key(small, "n_estimators") == params_key(large, "n_estimators")
    assert params_key(small) != params_key(large)


@pytest.mark.parametrize("other", [RandomForestClassifier(max_depth=4), ExtraTreesClassifier()])
def test_any_other_difference_gives_another_key(other: Any) -> None:
    forest = RandomForestClassifier()
    assert params_key(other, "n_estimators") != params_key(forest, "n_estimators")


@pytest.mark.parametrize(
    ("size", "is_whole"), [(1, True), (50, True), (0, False), (True, False), (2.0, False), ("2", False)]
)
def test_only_a_positive_whole_number_is_a_size(size: Any, is_whole: bool) -> None:
    assert has_whole_size(RandomForestClassifier(n_estimators=size)) is is_whole


def test_an_argument_of_any_part_of_a_pipeline_tells_two_apart() -> None:
    def make(strategy: str) -> Any:
        columns = make_column_transformer((SimpleImputer(strategy=strategy), ["a"]))
        return make_pipeline(columns, RandomForestClassifier())

    assert params_key(make("mean")) == params_key(make("mean"))
    assert params_key(make("mean")) != params_key(make("median"))
