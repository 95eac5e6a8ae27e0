"""What is reused must not change a score by a bit, whatever is searched."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import cross_val_score

from kedro_sweep.search import Model, Objective, SearchSpace, Sweep

CV = 3
SEED = 7
N_PARAM_SETS = 20

Draw = dict[str, Any]


@pytest.fixture(scope="module")
def ties() -> pd.DataFrame:
    """Features with many tied values, a duplicated row, and one constant column."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 6, (110, 5)).astype(float), columns=list("abcde"))
    X["b"] = (X["b"] + rng.normal(size=110)).round(1)
    X["e"] = 1.0
    return pd.concat([X, X.head(10)], ignore_index=True)


@pytest.fixture(scope="module")
def rare_classes(ties: pd.DataFrame) -> pd.Series:
    """Text labels that depend on the features, with noise; one of them three times only."""
    rng = np.random.default_rng(1)
    labels = np.where(ties["a"] + ties["b"] + rng.normal(size=len(ties)) > 5, "high", "low")
    labels[[0, 50, 100]] = "rare"
    return pd.Series(labels, name="label")


@pytest.fixture(scope="module")
def two_classes(rare_classes: pd.Series) -> pd.Series:
    """The labels without the rare one."""
    return rare_classes.replace("rare", "low")


@pytest.fixture(scope="module")
def values(ties: pd.DataFrame) -> pd.Series:
    """Numbers to predict, some of them tied."""
    noise = np.random.default_rng(2).normal(size=len(ties))
    return (ties["a"] * ties["b"] + noise).round(1).rename("value")


def sweep_of(scoring: str, *, reuse: bool = True) -> Sweep:
    return Sweep.model_validate(
        {
            "n_trials": 1,
            "cv": CV,
            "scoring": scoring,
            "sampler": {"class": "TPESampler"},
            "pruner": {"class": "NopPruner"},
            "reuse": reuse,
        }
    )


def draw_tree_params(rng: np.random.Generator) -> Draw:
    """Draw arguments that a tree and a forest share; most often those that are reused most."""
    params: Draw = {
        "n_estimators": int(rng.integers(1, 16)),
        "max_depth": [None, *range(1, 13)][rng.integers(13)],
    }
    rarely: dict[str, list[Any]] = {
        "max_features": [None, "sqrt", "log2", 0.5, 2],
        "min_samples_leaf": [1, 3, 0.05],
        "min_samples_split": [2, 7, 0.1],
        "max_leaf_nodes": [None, 9],
        "min_impurity_decrease": [0.0, 0.01],
        "min_weight_fraction_leaf": [0.0, 0.02],
        "ccp_alpha": [0.0, 0.01],
    }
    for name, choices in rarely.items():
        if rng.random() < 0.15:
            params[name] = choices[rng.integers(len(choices))]
    return params


def draw_forest_params(rng: np.random.Generator) -> Draw:
    params = draw_tree_params(rng)
    if rng.random() < 0.3:
        params["bootstrap"] = bool(rng.integers(2))
    return params


def draw_boosting_params(rng: np.random.Generator) -> Draw:
    params: Draw = {
        "n_estimators": int(rng.integers(1, 13)),
        "max_depth": int(rng.integers(1, 4)),
    }
    if rng.random() < 0.3:
        params["subsample"] = 0.6
    if rng.random() < 0.3:
        params["max_features"] = 2
    return params


def assert_identical(
    path: str,
    scoring: str,
    X: pd.DataFrame,
    y: pd.Series,
    draws: list[Draw],
    *,
    fixed: Draw | None = None,
    n_threads: int = 1,
) -> None:
    """Score all draws with one objective, and each with cross_val_score; compare exactly."""
    model = Model.model_validate({"class": path, "params": fixed or {}})
    objective = Objective(X, y, model, sweep_of(scoring), SEED, n_threads)
    for params in draws:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = list(objective.fold_scores(params))
            theirs = cross_val_score(model.build(SEED, params), X, y, cv=CV, scoring=scoring)
        assert ours == theirs.tolist(), params


@pytest.mark.parametrize("forest", ["RandomForestClassifier", "ExtraTreesClassifier"])
@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro", "neg_log_loss"])
def test_a_reused_forest_scores_classes_to_the_last_bit(
    forest: str, scoring: str, ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    rng = np.random.default_rng(len(forest + scoring))
    draws = [draw_forest_params(rng) for _ in range(N_PARAM_SETS)]
    assert_identical(f"sklearn.ensemble.{forest}", scoring, ties, rare_classes, draws)


@pytest.mark.parametrize("forest", ["RandomForestRegressor", "ExtraTreesRegressor"])
@pytest.mark.parametrize("scoring", ["r2", "neg_root_mean_squared_error"])
def test_a_reused_forest_scores_numbers_to_the_last_bit(
    forest: str, scoring: str, ties: pd.DataFrame, values: pd.Series
) -> None:
    rng = np.random.default_rng(len(forest + scoring))
    draws = [draw_forest_params(rng) for _ in range(N_PARAM_SETS)]
    assert_identical(f"sklearn.ensemble.{forest}", scoring, ties, values, draws)


@pytest.mark.parametrize("criterion", ["gini", "entropy", "log_loss"])
def test_every_criterion_of_a_classifier_is_the_same(
    criterion: str, ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(9, 4), (3, 9), (12, 9)]]
    forest = "sklearn.ensemble.RandomForestClassifier"
    fixed = {"criterion": criterion}
    assert_identical(forest, "accuracy", ties, rare_classes, draws, fixed=fixed)


@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error", "friedman_mse", "poisson"])
def test_every_criterion_of_a_regressor_is_the_same(
    criterion: str, ties: pd.DataFrame, values: pd.Series
) -> None:
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(9, 4), (3, 9), (12, 9)]]
    forest = "sklearn.ensemble.RandomForestRegressor"
    fixed = {"criterion": criterion}
    assert_identical(forest, "r2", ties, values.abs() + 1, draws, fixed=fixed)


def test_probabilities_of_two_classes_are_the_same(ties: pd.DataFrame, two_classes: pd.Series) -> None:
    rng = np.random.default_rng(3)
    draws = [draw_forest_params(rng) for _ in range(N_PARAM_SETS)]
    forest = "sklearn.ensemble.RandomForestClassifier"
    assert_identical(forest, "roc_auc", ties, two_classes, draws)


def test_more_threads_grow_the_same_trees(ties: pd.DataFrame, rare_classes: pd.Series) -> None:
    rng = np.random.default_rng(4)
    draws = [draw_forest_params(rng) for _ in range(N_PARAM_SETS)]
    forest = "sklearn.ensemble.RandomForestClassifier"
    assert_identical(forest, "accuracy", ties, rare_classes, draws, n_threads=3)


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_reused_boosting_scores_classes_to_the_last_bit(
    scoring: str, ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    rng = np.random.default_rng(5)
    draws = [draw_boosting_params(rng) for _ in range(N_PARAM_SETS)]
    boosting = "sklearn.ensemble.GradientBoostingClassifier"
    assert_identical(boosting, scoring, ties, rare_classes, draws)


@pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
def test_reused_boosting_scores_numbers_to_the_last_bit(
    scoring: str, ties: pd.DataFrame, values: pd.Series
) -> None:
    rng = np.random.default_rng(6)
    draws = [draw_boosting_params(rng) for _ in range(N_PARAM_SETS)]
    boosting = "sklearn.ensemble.GradientBoostingRegressor"
    assert_identical(boosting, scoring, ties, values, draws)


def score_by_attributes(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that looks into the fitted estimator."""
    return float(estimator.score(X, y)) + len(estimator.estimators_)


def score_by_feature_importances(estimator: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A scorer that asks for what only the whole fit knows."""
    return float(estimator.feature_importances_[0] + getattr(estimator, "train_score_", [0])[-1])


score_half = make_scorer(lambda y_true, y_pred: accuracy_score(y_true, y_pred) / 2)


@pytest.mark.parametrize("ensemble", ["RandomForestClassifier", "GradientBoostingClassifier"])
@pytest.mark.parametrize("scorer", ["score_by_attributes", "score_by_feature_importances", "score_half"])
def test_scorers_of_ones_own_are_the_same(
    ensemble: str,
    scorer: str,
    ties: pd.DataFrame,
    rare_classes: pd.Series,
) -> None:
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(9, 2), (3, 3), (12, 3), (3, 2)]]
    model = Model.model_validate({"class": f"sklearn.ensemble.{ensemble}"})
    scoring = f"{__name__}.{scorer}"
    objective = Objective(ties, rare_classes, model, sweep_of(scoring), SEED)
    for params in draws:
        theirs = cross_val_score(
            model.build(SEED, params), ties, rare_classes, cv=CV, scoring=globals()[scorer]
        )
        assert list(objective.fold_scores(params)) == theirs.tolist()


UNUSUAL = {
    "class weights": {"class_weight": "balanced"},
    "class weights of each bootstrap sample": {"class_weight": "balanced_subsample"},
    "out-of-bag score": {"oob_score": True},
    "warm start": {"warm_start": True},
    "a part of the rows for each tree": {"max_samples": 0.5},
    "all rows for each tree": {"bootstrap": False},
    "two jobs of its own": {"n_jobs": 2},
}


@pytest.mark.parametrize("fixed", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_options_of_a_forest_change_nothing(
    fixed: Draw, ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(9, 4), (3, 9), (12, 9), (3, 4)]]
    forest = "sklearn.ensemble.RandomForestClassifier"
    assert_identical(forest, "accuracy", ties, rare_classes, draws, fixed=fixed)


def test_boosting_that_stops_early_changes_nothing(ties: pd.DataFrame, rare_classes: pd.Series) -> None:
    boosting = "sklearn.ensemble.GradientBoostingClassifier"
    fixed = {"n_iter_no_change": 2, "validation_fraction": 0.2}
    draws = [{"n_estimators": n} for n in (10, 3, 12)]
    two = rare_classes.replace("rare", "low")
    assert_identical(boosting, "accuracy", ties, two, draws, fixed=fixed)


def test_missing_features_are_left_to_the_forest_itself(
    ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    gaps = ties.mask(np.random.default_rng(8).random(ties.shape) < 0.1)
    draws = [{"n_estimators": n, "max_depth": d} for n, d in [(9, 4), (3, 9), (12, 9)]]
    forest = "sklearn.ensemble.RandomForestClassifier"
    assert_identical(forest, "accuracy", gaps, rare_classes, draws)


@pytest.mark.parametrize(
    "wrong",
    [{"n_estimators": 0}, {"max_depth": 0}, {"max_features": 0}, {"criterion": "nonsense"}],
)
def test_what_scikit_learn_refuses_is_refused(
    wrong: Draw, ties: pd.DataFrame, rare_classes: pd.Series
) -> None:
    model = Model.model_validate({"class": "sklearn.ensemble.RandomForestClassifier"})
    objective = Objective(ties, rare_classes, model, sweep_of("accuracy"), SEED)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        list(objective.fold_scores(wrong))


def test_reuse_can_be_switched_off(ties: pd.DataFrame, rare_classes: pd.Series) -> None:
    model = Model.model_validate({"class": "sklearn.ensemble.RandomForestClassifier"})
    with_reuse, without = (
        Objective(ties, rare_classes, model, sweep_of("accuracy", reuse=reuse), SEED)
        for reuse in (True, False)
    )
    space = SearchSpace.model_validate({"n_estimators": {"type": "int", "low": 1, "high": 9}})
    assert with_reuse.uses_threads(space)
    assert not without.uses_threads(space)
    params = {"n_estimators": 5, "max_depth": 3}
    assert list(with_reuse.fold_scores(params)) == list(without.fold_scores(params))


def test_a_model_that_shares_nothing_is_not_reused(ties: pd.DataFrame, rare_classes: pd.Series) -> None:
    model = Model.model_validate({"class": "sklearn.svm.SVC"})
    objective = Objective(ties, rare_classes, model, sweep_of("accuracy"), SEED)
    space = SearchSpace.model_validate({"C": {"type": "float", "low": 0.1, "high": 9}})
    assert not objective.uses_threads(space)


def test_a_search_that_may_leave_reuse_gets_workers(ties: pd.DataFrame, rare_classes: pd.Series) -> None:
    model = Model.model_validate({"class": "sklearn.ensemble.RandomForestClassifier"})
    objective = Objective(ties, rare_classes, model, sweep_of("accuracy"), SEED)
    choices = {"type": "categorical", "choices": [None, "balanced"]}
    assert not objective.uses_threads(SearchSpace.model_validate({"class_weight": choices}))
