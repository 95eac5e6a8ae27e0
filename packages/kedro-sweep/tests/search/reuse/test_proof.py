"""Reuse is proven against the public estimator, and turned off where scikit-learn has changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from kedro_sweep.search import Objective, StudyConfiguration
from kedro_sweep.search.reuse import _trees as trees
from kedro_sweep.search.reuse._proof import describe_kind, make_typical, take_few_rows
from kedro_sweep.search.study._folds import Fold

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
