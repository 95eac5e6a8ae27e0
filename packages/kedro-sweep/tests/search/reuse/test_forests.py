"""The first trees of a larger forest give the scores of the smaller forest, to the last bit."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, make_scorer

from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.reuse import _forests as forests
from kedro_sweep.search.reuse._forests import ForestTrees
from kedro_sweep.search.trial import Objective, OutOfTimeError

Table = tuple[pd.DataFrame, pd.Series]
Draw = dict[str, Any]
Check = Callable[..., None]

RANDOM_FOREST = "sklearn.ensemble.RandomForestClassifier"
REGRESSOR = "sklearn.ensemble.RandomForestRegressor"
# A forest, one more tree of the same depth, fewer trees, and others.
SIZES_AND_DEPTHS = [
    {"n_estimators": size, "max_depth": depth} for size, depth in [(2, 9), (3, 9), (1, 9), (2, 4)]
]
BY_CLASS = {"high": 1.0, "low": 2.0, "rare": 9.0}
# Two forests by default, and eight in `make test-release`.
N_DRAWS = int(os.environ.get("HYPOTHESIS_EXAMPLES", "50")) // 25


def draw_params(seed: int, n_draws: int = N_DRAWS) -> list[Draw]:
    """Draw arguments of forests; most often those that differ between forests that share trees."""
    rng = np.random.default_rng(seed)
    rarely: dict[str, list[Any]] = {
        "max_features": [None, "sqrt", "log2", 0.5, 2],
        "min_samples_leaf": [1, 3, 0.05],
        "min_samples_split": [2, 7, 0.1],
        "max_leaf_nodes": [None, 9],
        "min_impurity_decrease": [0.0, 0.01],
        "min_weight_fraction_leaf": [0.0, 0.02],
        "bootstrap": [True, False],
    }
    draws = []
    for _ in range(n_draws):
        params: Draw = {
            "n_estimators": int(rng.integers(1, 16)),
            "max_depth": [None, *range(1, 13)][rng.integers(13)],
        }
        for name, choices in rarely.items():
            if rng.random() < 0.15:
                params[name] = choices[rng.integers(len(choices))]
        draws.append(params)
    return draws


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("name", "scoring"),
    [
        ("RandomForestClassifier", "accuracy"),
        ("RandomForestClassifier", "neg_log_loss"),
        ("ExtraTreesClassifier", "f1_macro"),
        ("ExtraTreesClassifier", "neg_log_loss"),
    ],
)
def test_a_reused_forest_scores_classes_exactly(
    name: str, scoring: str, rare_classes: Table, check_scores: Check
) -> None:
    draws = draw_params(len(name + scoring))
    check_scores(f"sklearn.ensemble.{name}", rare_classes, draws, scoring=scoring)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("kind", ["Float64", "double[pyarrow]"])
def test_nullable_numbers_with_gaps_are_scored_exactly(
    kind: Any, values: Table, check_scores: Check
) -> None:
    X, y = values
    gaps = np.arange(X.size).reshape(X.shape) % 7 == 0
    check_scores(REGRESSOR, (X.mask(gaps).astype(kind), y), draw_params(1, 1), scoring="r2")


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("name", "scoring"),
    [("RandomForestRegressor", "r2"), ("ExtraTreesRegressor", "neg_root_mean_squared_error")],
)
def test_a_reused_forest_scores_numbers_exactly(
    name: str, scoring: str, values: Table, check_scores: Check
) -> None:
    draws = draw_params(len(name + scoring))
    check_scores(f"sklearn.ensemble.{name}", values, draws, scoring=scoring)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("criterion", ["gini", "entropy", "log_loss"])
def test_every_criterion_of_a_classifier_is_scored_exactly(
    criterion: str, rare_classes: Table, check_scores: Check
) -> None:
    check_scores(RANDOM_FOREST, rare_classes, SIZES_AND_DEPTHS, criterion=criterion)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.filterwarnings('ignore:Value `"friedman_mse"` for `criterion`:FutureWarning')
@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error", "friedman_mse"])
def test_every_criterion_of_a_regressor_is_scored_exactly(
    criterion: str, values: Table, check_scores: Check
) -> None:
    check_scores(REGRESSOR, values, SIZES_AND_DEPTHS, scoring="r2", criterion=criterion)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("name", "weights", "bootstrap"),
    [  # both kinds share the code that weighs, so each has every second case
        ("RandomForest", "balanced", True),
        ("ExtraTrees", "balanced", False),
        ("RandomForest", "balanced_subsample", False),
        ("ExtraTrees", "balanced_subsample", True),
        ("RandomForest", BY_CLASS, True),
        ("ExtraTrees", BY_CLASS, False),
    ],
)
def test_forests_with_class_weights_are_scored_exactly(
    name: str, weights: Any, bootstrap: bool, rare_classes: Table, check_scores: Check
) -> None:
    path, fixed = f"sklearn.ensemble.{name}Classifier", {"class_weight": weights, "bootstrap": bootstrap}
    check_scores(path, rare_classes, SIZES_AND_DEPTHS, scoring="neg_log_loss", **fixed)


def test_the_poisson_criterion_is_scored_exactly(values: Table, check_scores: Check) -> None:
    X, y = values
    counts = X, y.abs() + 1
    check_scores(REGRESSOR, counts, SIZES_AND_DEPTHS, scoring="r2", criterion="poisson")


@pytest.mark.usefixtures("no_fit_from_scratch")
def test_probabilities_of_two_classes_are_scored_exactly(
    two_classes: Table, check_scores: Check
) -> None:
    check_scores(RANDOM_FOREST, two_classes, draw_params(3), scoring="roc_auc")


@pytest.mark.usefixtures("no_fit_from_scratch", "threads_for_all")
@pytest.mark.parametrize(("path", "scoring"), [(RANDOM_FOREST, "accuracy"), (REGRESSOR, "r2")])
def test_a_forest_that_threads_grow_is_scored_exactly(
    path: str, scoring: str, rare_classes: Table, values: Table, check_scores: Check
) -> None:
    data = rare_classes if path == RANDOM_FOREST else values
    check_scores(path, data, draw_params(4), n_threads=3, scoring=scoring)


@pytest.mark.usefixtures("threads_for_all")
def test_a_tree_that_a_thread_cannot_grow_fails_with_the_reason(
    rare_classes: Table, configure: Callable[..., StudyConfiguration], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = Objective(configure(rare_classes))
    list(objective.fold_scores({"n_estimators": 1}))
    monkeypatch.setattr(ForestTrees, "grow", fail_to_grow)
    with (
        objective.memory.forests.use_threads(2),
        pytest.raises(AssertionError, match="a tree was grown"),
    ):
        list(objective.fold_scores({"n_estimators": 9}))


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("dtype", ["Int64", "boolean", "int8", "string", "category"])
def test_a_target_of_any_type_is_scored_exactly(
    dtype: Any, two_classes: Table, check_scores: Check
) -> None:
    X, y = two_classes
    target = y == "high" if dtype == "boolean" else y.map({"high": 1, "low": 0})
    check_scores(RANDOM_FOREST, (X, target.astype(dtype)), SIZES_AND_DEPTHS)


def fail_to_grow(*_: Any) -> Any:
    raise AssertionError("a tree was grown")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"n_estimators": 9, "max_depth": 4}, {"n_estimators": 5, "max_depth": 4}),
        ({"n_estimators": 9, "max_depth": None}, {"n_estimators": 9, "max_depth": 50}),
    ],
    ids=["fewer trees", "a depth that no tree reaches"],
)
def test_trees_that_are_there_are_not_grown_again(
    first: Draw,
    then: Draw,
    rare_classes: Table,
    configure: Callable[..., StudyConfiguration],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = list(Objective(configure(rare_classes, reuse=False)).fold_scores(then))
    objective = Objective(configure(rare_classes))
    list(objective.fold_scores(first))
    monkeypatch.setattr(ForestTrees, "grow", fail_to_grow)
    assert list(objective.fold_scores(then)) == expected


def test_a_forest_that_was_interrupted_goes_on_exactly(
    rare_classes: Table, configure: Callable[..., StudyConfiguration], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"n_estimators": 9, "max_depth": 4}
    expected = list(Objective(configure(rare_classes, reuse=False)).fold_scores(params))
    objective = Objective(configure(rare_classes))
    list(objective.fold_scores(params | {"n_estimators": 2}))
    grow = ForestTrees.grow

    def interrupt(forest: ForestTrees, number: int) -> None:
        if number == 5:
            raise OutOfTimeError
        grow(forest, number)

    with monkeypatch.context() as patch:
        patch.setattr(ForestTrees, "grow", interrupt)
        with pytest.raises(OutOfTimeError):
            list(objective.fold_scores(params))
    assert list(objective.fold_scores(params)) == expected


def test_a_forest_larger_than_the_budget_is_trained_from_scratch(
    rare_classes: Table, check_scores: Check, from_scratch: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 9 trees that predict 3 classes on the 40 test rows of a fold.
    monkeypatch.setattr(forests, "MAX_BYTES", 9 * 40 * 3 * 8)
    draws = [{"n_estimators": size, "max_depth": 4} for size in (9, 10)]
    check_scores(RANDOM_FOREST, rare_classes, draws)
    assert [model.n_estimators for model in from_scratch] == [10, 10, 10]


@pytest.mark.parametrize(("path", "n_outputs"), [(RANDOM_FOREST, 3), (REGRESSOR, 1)])
def test_what_is_kept_stays_within_the_budget(
    path: str,
    n_outputs: int,
    rare_classes: Table,
    values: Table,
    configure: Callable[..., StudyConfiguration],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budget = 20 * 40 * n_outputs * 8  # 20 trees
    monkeypatch.setattr(forests, "MAX_BYTES", budget)
    data = rare_classes if path == RANDOM_FOREST else values
    objective = Objective(configure(data, model={"class": path}, scoring=None))
    cache = objective.memory.forests
    kept = [
        sum(tree.prediction.nbytes for forest in cache for tree in forest.trees.values())
        for params in draw_params(9, n_draws=5)
        for _ in objective.fold_scores(params)
    ]
    assert budget / 2 < max(kept) <= budget


def score_by_attributes(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that looks into the fitted estimator."""
    return float(estimator.score(X, y)) + len(estimator.estimators_)


def score_by_feature_importances(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that needs an attribute of the complete fit."""
    return float(estimator.feature_importances_[0])


score_half = make_scorer(lambda y_true, y_pred: accuracy_score(y_true, y_pred) / 2)


@pytest.mark.parametrize("scorer", ["score_by_attributes", "score_by_feature_importances", "score_half"])
def test_a_scorer_of_the_user_gives_the_same_scores(
    scorer: str, rare_classes: Table, check_scores: Check
) -> None:
    check_scores(RANDOM_FOREST, rare_classes, SIZES_AND_DEPTHS, scoring=f"{__name__}.{scorer}")


UNUSUAL: dict[str, Draw] = {
    "out-of-bag score": {"oob_score": True},
    "warm start": {"warm_start": True},
    "a part of the rows for each tree": {"max_samples": 0.5},
    "all rows for each tree": {"bootstrap": False},
    "pruned trees": {"ccp_alpha": 0.01},
}


# scikit-learn warns of rows that are in the sample of every tree.
@pytest.mark.filterwarnings("ignore:Some inputs do not have OOB scores")
@pytest.mark.parametrize("fixed", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_options_are_scored_exactly(
    fixed: Draw, rare_classes: Table, check_scores: Check
) -> None:
    check_scores(RANDOM_FOREST, rare_classes, SIZES_AND_DEPTHS, **fixed)


def test_jobs_of_the_forest_change_no_score(
    rare_classes: Table, configure: Callable[..., StudyConfiguration]
) -> None:
    # cross_val_score is no reference here: scikit-learn's threads add up the trees in any order.
    models = ({"class": RANDOM_FOREST, "params": {"n_jobs": n_jobs}} for n_jobs in (1, 2))
    one, two = (Objective(configure(rare_classes, model=model)) for model in models)
    for params in SIZES_AND_DEPTHS:
        assert list(two.fold_scores(params)) == list(one.fold_scores(params))


def test_missing_features_are_scored_exactly(rare_classes: Table, check_scores: Check) -> None:
    X, y = rare_classes
    gaps = X.mask(np.random.default_rng(8).random(X.shape) < 0.1)
    check_scores(RANDOM_FOREST, (gaps, y), SIZES_AND_DEPTHS)


@pytest.mark.parametrize(
    "wrong",
    [{"n_estimators": 0}, {"max_depth": 0}, {"max_features": 0}, {"criterion": "nonsense"}],
)
def test_what_scikit_learn_refuses_is_refused(
    wrong: Draw, rare_classes: Table, configure: Callable[..., StudyConfiguration]
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        list(Objective(configure(rare_classes)).fold_scores(wrong))
