"""Keys, sizes, the cache and the proof of reused models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.reuse import _trees as trees
from kedro_sweep.search.reuse._strategy import (
    BoundedCache,
    describe_kind,
    has_whole_size,
    make_typical,
    params_key,
    take_few_rows,
)
from kedro_sweep.search.study._folds import Fold
from kedro_sweep.search.trial import Objective


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


@dataclass
class Entry:
    """An object with a size."""

    nbytes: int = 0


def test_an_entry_is_made_once() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    first = cache.get("a", Entry, 10)
    assert cache.get("a", Entry, 10) is first


def test_the_entry_used_longest_ago_makes_room() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    for name in ("a", "b"):
        cache.get(name, Entry, 40).nbytes = 40
    kept = cache.get("a", Entry, 40)
    added = cache.get("c", Entry, 50)
    assert list(cache) == [kept, added]


def test_growing_entries_never_exceed_the_budget() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    for size in range(10, 100, 10):
        for name in ("a", "b", "c"):
            cache.get(name, Entry, size).nbytes = size
            assert sum(entry.nbytes for entry in cache) <= 100


Configure = Callable[..., StudyConfiguration]

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier"}
REGRESSOR = {"class": "sklearn.ensemble.RandomForestRegressor"}
BOOSTING = {"class": "sklearn.ensemble.GradientBoostingClassifier"}
SIZES = {"n_estimators": {"type": "int", "low": 2, "high": 6}}


def draw_other_rows(random_state: int, n_samples: int, *_: Any) -> Any:
    return np.random.RandomState(random_state + 1).randint(0, n_samples, n_samples, dtype=np.int32)


def halve_first_tree(predict: Any, X: Any, out: Any, lock: Any, *_: Any) -> None:
    prediction = predict(X, check_input=False)
    with lock:
        out[0] += prediction if out[0].any() else prediction / 2


CHANGES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "bootstrap draws": (FOREST, "_generate_sample_indices", draw_other_rows),
    "averages of classes": (FOREST, "_accumulate_prediction", halve_first_tree),
    "averages of numbers": (REGRESSOR, "_accumulate_prediction", halve_first_tree),
}


def score(objective: Objective, size: int) -> float:
    return float(np.mean(list(objective.fold_scores({"n_estimators": size}))))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_scikit_learn_turns_reuse_off_with_one_warning_and_keeps_the_scores(
    change: str, configure: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model, name, replacement = CHANGES[change]
    monkeypatch.setattr(ensemble._forest, name, replacement)
    configuration = configure(model=model, search_space=SIZES, scoring=None)
    objective = Objective(configuration)
    for size in (5, 3):
        estimator = configuration.build({"n_estimators": size})
        expected = cross_val_score(estimator, configuration.X, configuration.y, cv=3).mean()
        assert score(objective, size) == expected
    assert caplog.messages == [
        f"{estimator.__class__.__name__}.predict no longer equals the result of reused parts. "
        "Every forest is trained from scratch."
    ]


def grow_stumps(tree: Any, *arrays: Any) -> Any:
    """Grow as if the lean builder misread the limit on the depth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "NO_LIMIT", 1)
        return grow_lean(tree, *arrays)


def raise_type_error(*_: Any) -> None:
    raise TypeError("takes no arguments any more")


grow_lean = trees._grow_lean
LEAN: dict[str, tuple[Any, str]] = {
    "another signature": (raise_type_error, "TypeError: takes no arguments any more"),
    "other trees": (
        grow_stumps,
        "RandomForestClassifier.predict no longer equals the result of reused parts",
    ),
}


@pytest.mark.parametrize("change", LEAN)
@pytest.mark.usefixtures("no_fit_from_scratch")
def test_a_change_of_private_parts_of_scikit_learn_costs_the_lean_builder_alone(
    change: str, configure: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    replacement, reason = LEAN[change]
    monkeypatch.setattr(trees, "_grow_lean", replacement)
    configuration = configure(search_space=SIZES)
    objective = Objective(configuration)
    for size in (5, 3):
        estimator = configuration.build({"n_estimators": size})
        expected = cross_val_score(estimator, configuration.X, configuration.y, cv=3).mean()
        assert score(objective, size) == expected
    assert caplog.messages == [f"{reason}. Trees grow through the slower public class."]


def test_a_change_of_boosting_turns_its_reuse_off(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    predict = ensemble.GradientBoostingClassifier._raw_predict
    # A model that grows starts from here, and one from scratch does not.
    monkeypatch.setattr(
        ensemble.GradientBoostingClassifier, "_raw_predict", lambda *args: 1.5 * predict(*args)
    )
    configuration = configure(model=BOOSTING, search_space=SIZES)
    objective = Objective(configuration)
    estimator = configuration.build({"n_estimators": 2})
    expected = cross_val_score(estimator, configuration.X, configuration.y, cv=3).mean()
    assert score(objective, 2) == expected
    assert caplog.messages == [
        "GradientBoostingClassifier.predict no longer equals the result of reused parts. "
        "Every boosting model is trained from scratch."
    ]


@pytest.mark.parametrize("model", [FOREST, REGRESSOR, BOOSTING], ids=lambda model: model["class"])
@pytest.mark.usefixtures("no_fit_from_scratch")
def test_what_is_proven_is_reused_without_a_word(
    model: dict[str, Any], configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    objective = Objective(configure(model=model, search_space=SIZES, scoring=None))
    assert np.isfinite([score(objective, size) for size in (4, 2)]).all()
    assert caplog.records == []


def test_the_few_rows_hold_every_class() -> None:
    y = pd.Series([0] * 5000 + [1] * 3 + [2])
    X = pd.DataFrame({"x": np.arange(len(y))})
    # The last class is in the test rows alone.
    fold = Fold(X.head(-1), y.head(-1), X.tail(1), y.tail(1), np.array([len(X) - 1]))
    few = take_few_rows(fold, ensemble.RandomForestClassifier())
    assert few.y_train.value_counts().to_dict() == {0: 296, 1: 2, 2: 1}
    assert few.X_train.index.equals(few.y_train.index)


def test_a_proof_is_made_with_default_numbers() -> None:
    limits = {"min_samples_leaf": 500, "max_features": 0.5, "criterion": "entropy"}
    typical = make_typical(ensemble.RandomForestClassifier(**limits, random_state=7))
    assert typical.get_params() == {
        **ensemble.RandomForestClassifier().get_params(),
        "max_features": 0.5,
        "criterion": "entropy",
        "random_state": 7,
    }


def test_one_proof_covers_estimators_that_differ_in_numbers_only() -> None:
    forest = ensemble.RandomForestClassifier(max_features=0.5)
    same = clone(forest).set_params(max_features=0.7, n_estimators=3)
    other = clone(forest).set_params(max_features="log2")
    assert describe_kind(forest) == describe_kind(same)
    assert describe_kind(forest) != describe_kind(other)
