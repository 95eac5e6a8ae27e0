"""With weights of rows, a trial's value is that of `cross_validate` with routing, to the last bit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.samplers import RandomSampler
from optuna.storages import InMemoryStorage
from sklearn import config_context
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration, run_contest, run_search
from kedro_sweep.search.study import attributes
from kedro_sweep.search.trial import Objective

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

FOREST = "sklearn.ensemble.RandomForestClassifier"
TREES = {
    "n_estimators": {"type": "int", "low": 2, "high": 9},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
STAGES = {
    "n_estimators": {"type": "int", "low": 2, "high": 10},
    "max_depth": {"type": "int", "low": 1, "high": 2},
}
ROUNDS = {
    "max_iter": {"type": "int", "low": 2, "high": 10},
    "learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True},
}
SCALER = {"class": "sklearn.preprocessing.StandardScaler"}
C = {"C": {"type": "float", "low": 0.01, "high": 100, "log": True}}
ALPHA = {"alpha": {"type": "float", "low": 0.1, "high": 9}}


def weigh(configuration: StudyConfiguration) -> StudyConfiguration:
    weights = np.random.default_rng(0).gamma(1, size=len(configuration.X))
    return replace(configuration, weights=weights)


def request_weights(estimator: Any) -> Any:
    """Ask for weights in the fit of the last step only."""
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    for step in steps[:-1]:
        if has_fit_parameter(step, "sample_weight"):
            step.set_fit_request(sample_weight=False)
    steps[-1].set_fit_request(sample_weight=True)
    return estimator


def cross_validate_weighted(configuration: StudyConfiguration, params: dict[str, Any]) -> list[float]:
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(
            request_weights(configuration.build(params)),
            configuration.X,
            configuration.y,
            cv=3,
            scoring=get_scorer(configuration.scoring).set_score_request(sample_weight=True),
            params={"sample_weight": configuration.weights},
        )
    found: list[float] = scores["test_score"].tolist()
    return found


def assert_values_are_exact(configuration: StudyConfiguration, n_trials: int = 2) -> None:
    objective, values = Objective(configuration), []
    study = optuna.create_study(sampler=RandomSampler(seed=1))
    for _ in range(n_trials):
        trial = study.ask(configuration.search_space.distributions())
        scores = list(objective.fold_scores(trial.params))
        assert scores == cross_validate_weighted(configuration, trial.params)
        values.append(float(np.mean(scores)))
    assert len(set(values)) > 1
    model, data = configuration.build(trial.params), (configuration.X, configuration.y)
    assert cross_val_score(model, *data, cv=3, scoring=configuration.scoring).tolist() != scores


SUBSAMPLE = {"class_weight": "balanced_subsample"}
BY_CLASS = {"class_weight": {"high": 2.0, "low": 1.0, "rare": 9.0}}


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("name", "space", "params", "scoring", "preprocessing"),
    [
        ("RandomForest", TREES, {}, "accuracy", "none"),
        ("RandomForest", TREES, {"bootstrap": False}, "neg_log_loss", SCALER),
        ("RandomForest", TREES, {"class_weight": "balanced"}, "f1_macro", "none"),
        ("RandomForest", TREES, SUBSAMPLE, "accuracy", SCALER),
        ("RandomForest", TREES, BY_CLASS, "accuracy", "none"),
        ("ExtraTrees", TREES, {}, "neg_log_loss", "none"),
        ("ExtraTrees", TREES, SUBSAMPLE, "accuracy", "none"),
        ("GradientBoosting", STAGES, {}, "accuracy", "none"),
        ("HistGradientBoosting", ROUNDS, {}, "neg_log_loss", SCALER),
        ("HistGradientBoosting", ROUNDS, {"class_weight": "balanced"}, "neg_log_loss", "none"),
    ],
)
def test_a_reused_classifier_has_the_weighted_scores(
    name: str,
    space: dict[str, Any],
    params: dict[str, Any],
    scoring: str,
    preprocessing: Any,
    rare_classes: Table,
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = {"class": f"sklearn.ensemble.{name}Classifier", "params": params}
    model |= {"preprocessing": preprocessing}
    assert_values_are_exact(
        weigh(configure(rare_classes, model=model, search_space=space, scoring=scoring))
    )
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize(
    ("path", "space", "reuse"),
    [
        ("sklearn.ensemble.RandomForestRegressor", TREES, True),
        ("sklearn.ensemble.ExtraTreesRegressor", TREES, True),
        ("sklearn.ensemble.GradientBoostingRegressor", STAGES, True),
        ("sklearn.ensemble.HistGradientBoostingRegressor", ROUNDS, True),
        ("sklearn.ensemble.RandomForestRegressor", TREES, False),
        ("sklearn.linear_model.Ridge", ALPHA, True),
    ],
)
def test_a_regressor_has_the_weighted_scores(
    path: str,
    space: dict[str, Any],
    reuse: bool,
    values: Table,
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configuration = configure(
        values, model={"class": path}, search_space=space, scoring="r2", reuse=reuse
    )
    assert_values_are_exact(weigh(configuration))
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize(("preprocessing", "reuse"), [("auto", True), (SCALER, False), ("none", True)])
def test_a_linear_model_has_the_weighted_scores_with_and_without_steps_before_it(
    preprocessing: Any, reuse: bool, two_classes: Table, configure: Configure
) -> None:
    model = {"class": "sklearn.linear_model.LogisticRegression", "preprocessing": preprocessing}
    settings = {"search_space": C, "scoring": "roc_auc", "reuse": reuse}
    assert_values_are_exact(weigh(configure(two_classes, model=model, **settings)))


def test_rounds_of_boosting_are_chosen_by_the_weighted_score(
    two_classes: Table, configure: Configure
) -> None:
    space = {
        "max_iter": {"type": "rounds", "low": 2, "high": 8},
        "learning_rate": ROUNDS["learning_rate"],
    }
    small = {"max_leaf_nodes": 4}
    model = {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": small}
    settings = {"search_space": space, "scoring": "neg_log_loss", "n_trials": 2}
    configuration = configure(two_classes, model=model, **settings)
    configuration = weigh(configuration)
    for trial in run_search(configuration, InMemoryStorage()).trials:
        looked_at = trial.user_attrs[attributes.ROUNDS]
        for rounds, value in zip(looked_at["params"], looked_at["values"], strict=True):
            assert value == np.mean(cross_validate_weighted(configuration, trial.params | rounds))


def test_every_value_of_a_contest_is_weighted(two_classes: Table, configure: Configure) -> None:
    models = {
        "forest": ({"class": FOREST}, TREES),
        "linear": ({"class": "sklearn.linear_model.LogisticRegression"}, C),
    }
    configurations = {
        name: weigh(
            configure(two_classes, model=model, search_space=space, n_trials=4, contest={"turn": 2})
        )
        for name, (model, space) in models.items()
    }
    studies = run_contest(configurations, InMemoryStorage())
    assert studies.keys() == models.keys()
    for name, study in studies.items():
        for trial in study.trials:
            assert trial.value == np.mean(cross_validate_weighted(configurations[name], trial.params))


def score_rows(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that takes no weights."""
    return float(estimator.score(X, y))


def score_weighted_rows(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """A scorer that does."""
    return float(estimator.score(X, y, sample_weight))


def count_right(y_true: Any, y_pred: Any) -> float:
    """A metric that takes no weights."""
    return float(np.mean(y_true == y_pred))


score_unweighted = make_scorer(count_right)


@pytest.mark.parametrize(
    "scoring", [f"{__name__}.score_rows", f"{__name__}.score_unweighted", "adjusted_rand_score"]
)
def test_a_score_that_takes_no_weights_is_refused(
    scoring: str, two_classes: Table, configure: Configure
) -> None:
    for names in (scoring, ["accuracy", scoring]):
        with pytest.raises(InputError, match=f"'{scoring}' takes no sample_weight, as data.weights"):
            Objective(weigh(configure(two_classes, scoring=names)))


def test_an_own_score_that_takes_weights_gets_them(two_classes: Table, configure: Configure) -> None:
    params = {"n_estimators": 3, "max_depth": 2}
    own = weigh(configure(two_classes, scoring=f"{__name__}.score_weighted_rows"))
    usual = weigh(configure(two_classes, scoring="accuracy"))
    assert list(Objective(own).fold_scores(params)) == cross_validate_weighted(usual, params)


def test_the_name_of_a_study_depends_on_the_weights_only_if_there_are_any(
    two_classes: Table, configure: Configure
) -> None:
    configuration = configure(two_classes)
    weighted = weigh(configuration)
    other = replace(weighted, weights=2 * weighted.weights)
    names = {found.study_name for found in (configuration, weighted, other)}
    assert len(names) == 3
    assert "weights" not in configuration.description
