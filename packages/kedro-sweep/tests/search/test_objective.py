"""A trial's value is what `cross_val_score` gives for its parameters, to the last bit."""

from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.pruners import MedianPruner, NopPruner
from optuna.samplers import RandomSampler
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from kedro_sweep.search import InputError, Model, Objective, SearchSpace, Sweep

Table = tuple[pd.DataFrame, pd.Series]

SEED = 42


def make_svc() -> Pipeline:
    """Make an estimator of two steps."""
    return make_pipeline(StandardScaler(), SVC())


TREES = {
    "n_estimators": {"type": "int", "low": 2, "high": 30},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
SVC_SPACE = {
    "svc__C": {"type": "float", "low": 1e-2, "high": 1e2, "log": True},
    "svc__kernel": {"type": "categorical", "choices": ["rbf", "linear"]},
}
BOOSTING = {
    "max_iter": {"type": "int", "low": 2, "high": 10},
    "learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True},
}
STAGES = {
    "n_estimators": {"type": "int", "low": 2, "high": 10},
    "max_depth": {"type": "int", "low": 1, "high": 2},
}
RANDOM_FOREST = "sklearn.ensemble.RandomForestClassifier"


def assert_values_are_cross_val_scores(
    table: Table,
    parameters: dict[str, Any],
    path: str,
    search_space: dict[str, Any],
    n_trials: int,
    **params: Any,
) -> None:
    X, y = table
    model = Model.model_validate({"class": path, "params": params})
    space = SearchSpace.model_validate(search_space)
    sweep = Sweep.model_validate(parameters["sweep"])
    objective = Objective(X, y, model, sweep, SEED)
    study = optuna.create_study(
        direction=sweep.direction, sampler=RandomSampler(seed=1), pruner=NopPruner()
    )
    values, expected = [], []
    for _ in range(n_trials):
        trial = study.ask(space.distributions())
        values.append(objective(trial))
        estimator = model.build(SEED, trial.params)
        expected.append(cross_val_score(estimator, X, y, cv=sweep.cv, scoring=sweep.scoring).mean())
    assert values == expected
    assert len(set(values)) > 1


@pytest.mark.parametrize(("reuse", "n_trials"), [(True, 30), (False, 5)])
def test_the_default_forest_is_scored_as_by_cross_val_score(
    reuse: bool, n_trials: int, table: Table, parameters: dict[str, Any]
) -> None:
    space = parameters["search_space"]
    parameters["sweep"]["reuse"] = reuse
    assert_values_are_cross_val_scores(table, parameters, RANDOM_FOREST, space, n_trials)


@pytest.mark.parametrize(
    ("path", "space", "params"),
    [
        ("sklearn.ensemble.ExtraTreesClassifier", TREES, {}),
        (RANDOM_FOREST, TREES, {"class_weight": "balanced", "bootstrap": False}),
        (f"{__name__}.make_svc", SVC_SPACE, {}),
        ("sklearn.ensemble.HistGradientBoostingClassifier", BOOSTING, {}),
        ("sklearn.ensemble.GradientBoostingClassifier", STAGES, {}),
    ],
)
@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro"])
def test_a_classifier_is_scored_as_by_cross_val_score(
    path: str,
    space: dict[str, Any],
    params: dict[str, Any],
    scoring: str,
    table: Table,
    parameters: dict[str, Any],
) -> None:
    parameters["sweep"]["scoring"] = scoring
    assert_values_are_cross_val_scores(table, parameters, path, space, n_trials=4, **params)


@pytest.mark.parametrize(
    ("path", "space"),
    [
        ("sklearn.ensemble.RandomForestRegressor", TREES),
        ("sklearn.ensemble.ExtraTreesRegressor", TREES),
        ("sklearn.ensemble.GradientBoostingRegressor", STAGES),
        ("sklearn.linear_model.Ridge", {"alpha": {"type": "float", "low": 0, "high": 9}}),
    ],
)
@pytest.mark.parametrize("scoring", ["neg_root_mean_squared_error", "r2"])
def test_a_regressor_is_scored_as_by_cross_val_score(
    path: str, space: dict[str, Any], scoring: str, table: Table, parameters: dict[str, Any]
) -> None:
    parameters["sweep"]["scoring"] = scoring
    # A regressor's folds follow the order of the rows, which must not be that of the target.
    X, y = table[0].sample(frac=1, random_state=0), table[1]
    assert_values_are_cross_val_scores((X, y[X.index]), parameters, path, space, n_trials=5)


def test_a_pruner_sees_the_running_mean_after_each_fold(
    table: Table, parameters: dict[str, Any]
) -> None:
    X, y = table
    model = Model.model_validate(parameters["model"])
    sweep = Sweep.model_validate(parameters["sweep"])
    study = optuna.create_study(
        direction="maximize", sampler=RandomSampler(seed=0), pruner=MedianPruner()
    )
    trial = study.ask(SearchSpace.model_validate(TREES).distributions())
    value = Objective(X, y, model, sweep, SEED)(trial)
    scores = cross_val_score(model.build(SEED, trial.params), X, y, cv=sweep.cv, scoring=sweep.scoring)
    reported = study.get_trials()[0].intermediate_values
    assert reported == {step: scores[: step + 1].mean() for step in range(sweep.cv)}
    assert reported[sweep.cv - 1] == value


def test_a_hopeless_trial_is_pruned_after_its_first_fold(
    table: Table, parameters: dict[str, Any]
) -> None:
    X, y = table
    model = Model.model_validate(parameters["model"])
    objective = Objective(X, y, model, Sweep.model_validate(parameters["sweep"]), SEED)
    study = optuna.create_study(direction="maximize", pruner=MedianPruner(n_startup_trials=1))
    study.enqueue_trial({"n_estimators": 30, "max_depth": 20})
    study.enqueue_trial({"n_estimators": 2, "max_depth": 1})
    distributions = SearchSpace.model_validate(TREES).distributions()
    study.tell(good := study.ask(distributions), objective(good))
    hopeless = study.ask(distributions)
    with pytest.raises(optuna.TrialPruned):
        objective(hopeless)
    assert list(study.get_trials()[1].intermediate_values) == [0]


@pytest.mark.parametrize("model", ["DecisionTreeClassifier", "DecisionTreeRegressor"])
def test_more_folds_than_rows_are_refused(model: str, table: Table, parameters: dict[str, Any]) -> None:
    X, y = table
    sweep = Sweep.model_validate(parameters["sweep"] | {"cv": 5})
    with pytest.raises(InputError, match=r"sweep\.cv: 5 .* 4 training rows"):
        Objective(X[:4], y[:4], Model.model_validate({"class": f"sklearn.tree.{model}"}), sweep, SEED)
