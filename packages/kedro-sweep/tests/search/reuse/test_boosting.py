"""The first stages of a longer model give the scores of the shorter model, to the last bit."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, make_scorer

from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.reuse import _boosting as boosting
from kedro_sweep.search.study._folds import prepare_folds
from kedro_sweep.search.trial import Objective

Table = tuple[pd.DataFrame, pd.Series]
Draw = dict[str, Any]
Check = Callable[..., None]

CLASSIFIER = "sklearn.ensemble.GradientBoostingClassifier"
# Two models by default, and eight in `make test-release`.
N_DRAWS = int(os.environ.get("HYPOTHESIS_EXAMPLES", "50")) // 25


def draw_params(seed: int, n_draws: int = N_DRAWS) -> list[Draw]:
    """Draw arguments of boosting; most often those that differ between models that share stages."""
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(n_draws):
        params: Draw = {
            "n_estimators": int(rng.integers(1, 13)),
            "max_depth": int(rng.integers(1, 4)),
        }
        if rng.random() < 0.3:
            params["subsample"] = 0.6
        if rng.random() < 0.3:
            params["max_features"] = 2
        draws.append(params)
    return draws


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_reused_boosting_scores_classes_exactly(
    scoring: str, rare_classes: Table, check_scores: Check
) -> None:
    check_scores(CLASSIFIER, rare_classes, draw_params(5), scoring=scoring)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
def test_reused_boosting_scores_numbers_exactly(
    scoring: str, values: Table, check_scores: Check
) -> None:
    path = "sklearn.ensemble.GradientBoostingRegressor"
    check_scores(path, values, draw_params(6), scoring=scoring)


def fail_to_fit(*_: Any) -> Any:
    raise AssertionError("a model was fitted")


def test_fewer_stages_need_no_fit(
    rare_classes: Table,
    configure: Callable[..., StudyConfiguration],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = {"class": CLASSIFIER}
    scratch = Objective(configure(rare_classes, model=model, reuse=False))
    expected = list(scratch.fold_scores({"n_estimators": 3}))
    objective = Objective(configure(rare_classes, model=model))
    list(objective.fold_scores({"n_estimators": 9}))
    monkeypatch.setattr(GradientBoostingClassifier, "fit", fail_to_fit)
    assert list(objective.fold_scores({"n_estimators": 3})) == expected


def test_a_model_larger_than_the_budget_is_trained_from_scratch(
    two_classes: Table, check_scores: Check, from_scratch: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 5 trees of depth 1, which have up to 4 nodes.
    monkeypatch.setattr(boosting, "MAX_BYTES", 5 * (4 * boosting.BYTES_A_NODE + boosting.BYTES_A_TREE))
    draws = [{"n_estimators": size, "max_depth": 1} for size in (5, 6)]
    check_scores(CLASSIFIER, two_classes, draws)
    assert [model.n_estimators for model in from_scratch] == [6, 6, 6]


def measure(models: Any) -> int:
    """Measure the memory of all trees that are kept, in bytes."""
    states = [
        tree.tree_.__getstate__()
        for model in models
        for tree in getattr(model._model, "estimators_", np.array([])).ravel()
    ]
    return sum(
        state["nodes"].nbytes + state["values"].nbytes + boosting.BYTES_A_TREE for state in states
    )


@pytest.mark.parametrize("n_rare", [3, 1], ids=["a class in every fold", "a class in two folds only"])
def test_what_is_kept_stays_within_the_budget(
    n_rare: int,
    two_classes: Table,
    configure: Callable[..., StudyConfiguration],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = two_classes
    # The first fold tests the class that comes first.
    data = X, y.where(y.index >= n_rare, "rare")
    assert prepare_folds(*data, cv=3, stratify=True)[0].y_train.nunique() == (3 if n_rare == 3 else 2)
    budget = 60_000
    monkeypatch.setattr(boosting, "MAX_BYTES", budget)
    objective = Objective(configure(data, model={"class": CLASSIFIER}))
    models = objective.memory.boosting
    kept = [
        measure(models) for params in draw_params(7, n_draws=5) for _ in objective.fold_scores(params)
    ]
    assert budget / 2 < max(kept) <= budget


def score_by_attributes(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that looks into the fitted estimator."""
    return float(estimator.score(X, y)) + len(estimator.estimators_)


def score_by_last_stage(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that needs an attribute of the complete fit."""
    return float(estimator.feature_importances_[0] + estimator.train_score_[-1])


score_half = make_scorer(lambda y_true, y_pred: accuracy_score(y_true, y_pred) / 2)


@pytest.mark.parametrize("scorer", ["score_by_attributes", "score_by_last_stage", "score_half"])
def test_a_scorer_of_the_user_gives_the_same_scores(
    scorer: str, rare_classes: Table, check_scores: Check
) -> None:
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(2, 2), (4, 2), (3, 2)]]
    check_scores(CLASSIFIER, rare_classes, draws, scoring=f"{__name__}.{scorer}")


@pytest.mark.parametrize(
    "fixed",
    [{"n_iter_no_change": 2, "validation_fraction": 0.2}, {"warm_start": True}],
    ids=["stops early", "warm start"],
)
def test_unusual_options_are_scored_exactly(
    fixed: Draw, two_classes: Table, check_scores: Check
) -> None:
    draws = [{"n_estimators": n} for n in (5, 2, 6)]
    check_scores(CLASSIFIER, two_classes, draws, **fixed)
