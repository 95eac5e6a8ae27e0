"""The dummy is the best of the predictors that ignore the features, for every score."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation._study_correction import correct_studies
from kedro_sweep.evaluation.estimates import score_baselines, score_dummy
from kedro_sweep.evaluation.estimates._dummies import fit_dummies
from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth
from kedro_sweep.search import Ensemble, StudyConfiguration

Configure = Callable[..., StudyConfiguration]
Score = Callable[[StudyConfiguration], tuple[str, float, Any]]

CLASSIFIER = {"class": "sklearn.tree.DecisionTreeClassifier"}
REGRESSOR = {"class": "sklearn.tree.DecisionTreeRegressor"}
SPACE = {"max_depth": {"type": "int", "low": 1, "high": 12}}
NOISE = np.random.default_rng(0)
FEATURES = pd.DataFrame(NOISE.normal(size=(300, 4))).rename(columns="x{}".format)
EVEN = pd.Series(NOISE.permutation([0, 1] * 150))
RARE = pd.Series(NOISE.permutation([1] * 30 + [0] * 270))
SIZES = pd.Series(NOISE.lognormal(sigma=1.5, size=300))


@pytest.fixture
def score(tmp_path: Path) -> Score:
    """Score the dummy of a search."""
    artifacts = FileSystemArtifactStore(tmp_path)
    return lambda configuration: score_dummy(
        configuration, PredictionStore(artifacts, describe_truth(configuration))
    )


@pytest.mark.parametrize(
    ("y", "scoring", "params"),
    [
        (EVEN, "f1", {}),
        (EVEN, "recall", {}),
        (EVEN, "f1_macro", {}),
        (RARE, "f1", {"class_weight": "balanced"}),
        (SIZES, "neg_mean_absolute_error", {"criterion": "absolute_error"}),
        (SIZES, "neg_mean_absolute_percentage_error", {"criterion": "absolute_error"}),
    ],
)
def test_no_score_says_that_a_model_of_noise_is_better(
    y: "pd.Series[Any]", scoring: str, params: dict[str, Any], configure: Configure, tmp_path: Path
) -> None:
    model = (REGRESSOR if y is SIZES else CLASSIFIER) | {"params": params}
    configuration = configure(
        (FEATURES, y), model=model, search_space=SPACE, scoring=scoring, n_trials=8, cv=3
    )
    candidates = {"tree": configuration}
    studies, store = search_and_keep(candidates, InMemoryStorage(), FileSystemArtifactStore(tmp_path))
    score_baselines(studies["tree"], configuration, store)
    gain = correct_studies(studies, candidates, store, Ensemble()).gains["dummy"]
    assert gain.low <= 0


@pytest.mark.parametrize(
    ("y", "scoring", "strategy", "value"),
    [
        (EVEN, "recall", "always 1", 1.0),
        (RARE, "accuracy", "always 0", 0.9),
        (RARE, "f1", "always 1", 2 * 0.1 / 1.1),
        (EVEN, "f1_macro", "random classes", 0.5),
        (RARE, "average_precision", "random classes", 0.17),
        (SIZES, "r2", "mean", 0.0),
        (
            SIZES,
            "neg_mean_absolute_error",
            "quantile 0.5",
            -float(np.abs(SIZES - SIZES.median()).mean()),
        ),
    ],
)
def test_it_is_the_best_for_the_score(
    y: "pd.Series[Any]", scoring: str, strategy: str, value: float, configure: Configure, score: Score
) -> None:
    model = REGRESSOR if y is SIZES else CLASSIFIER
    found, scored, _ = score(configure((FEATURES, y), model=model, search_space=SPACE, scoring=scoring))
    assert found == strategy
    assert scored == pytest.approx(value, abs=0.06)


def test_for_relative_errors_it_predicts_less_than_the_median(
    configure: Configure, score: Score
) -> None:
    scoring = "neg_mean_absolute_percentage_error"
    configuration = configure((FEATURES, SIZES), model=REGRESSOR, search_space=SPACE, scoring=scoring)
    strategy, value, _ = score(configuration)
    constant = float(SIZES.median())
    assert strategy in {"quantile 0.05", "quantile 0.1"}
    assert value > -np.abs((SIZES - constant) / SIZES).mean()


def test_where_less_is_better_it_has_the_lowest_score(configure: Configure, score: Score) -> None:
    configuration = configure(
        (FEATURES, RARE), model=CLASSIFIER, search_space=SPACE, scoring="accuracy", direction="minimize"
    )
    strategy, value, _ = score(configuration)
    assert strategy == "always 1"
    assert value == pytest.approx(0.1)


def test_leaving_out_one_row_does_not_make_it_wrong(configure: Configure, score: Score) -> None:
    one_by_one = {"class": "sklearn.model_selection.LeaveOneOut"}
    data = FEATURES[:40], pd.Series([0, 1] * 20)
    configuration = configure(
        data, model=CLASSIFIER, search_space=SPACE, scoring="accuracy", cv=one_by_one
    )
    assert score(configuration)[1] >= 0.5


def reward_weighted(model: Any, X: Any, y: Any) -> float:
    return float(np.average(model.predict(X) == y, weights=np.exp(X["x0"])))


def test_for_a_score_that_needs_the_features_it_is_the_usual_one(
    configure: Configure, score: Score
) -> None:
    configuration = configure(
        (FEATURES, RARE), model=CLASSIFIER, search_space=SPACE, scoring=f"{__name__}.reward_weighted"
    )
    strategy, value, _ = score(configuration)
    assert strategy == "always 0"
    assert 0.8 < value < 1


@pytest.mark.parametrize("labels", [[False, True], [1.0, 2.0], ["no", "yes"]])
def test_classes_may_be_anything(labels: list[Any], configure: Configure, score: Score) -> None:
    y = pd.Series(labels * 149 + labels[1:] * 2)
    configuration = configure((FEATURES, y), model=CLASSIFIER, search_space=SPACE, scoring="accuracy")
    assert score(configuration)[0] == f"always {labels[1]}"


def test_it_is_the_same_on_every_start(configure: Configure, score: Score) -> None:
    configuration = configure((FEATURES, EVEN), model=CLASSIFIER, search_space=SPACE, scoring="f1_macro")
    first, second = score(configuration), score(configuration)
    assert first[:2] == second[:2]
    assert np.array_equal(first[2].probabilities, second[2].probabilities)


def test_random_classes_have_the_shares_of_the_classes_and_are_the_most_probable(
    configure: Configure,
) -> None:
    dummies = fit_dummies(configure((FEATURES, RARE), model=CLASSIFIER, search_space=SPACE))
    rows = np.arange(10_000)
    for dummy in dummies["random classes"]:
        probabilities, labels = dummy.predict_proba(rows), dummy.predict(rows)
        assert labels.mean() == pytest.approx(0.1, abs=0.015)
        assert np.array_equal(labels, probabilities.argmax(axis=1))
        assert len(np.unique(probabilities[:, 0])) == len(rows)


def test_weights_decide_which_constant_is_best(configure: Configure, score: Score) -> None:
    configuration = configure((FEATURES, RARE), model=CLASSIFIER, search_space=SPACE)
    weights = np.where(RARE == 1, 20.0, 1.0)  # 600 of 870 in all
    strategy, value, _ = score(replace(configuration, weights=weights))
    assert strategy == "always 1"
    assert value == pytest.approx(600 / 870)
    heavy = SIZES > 5
    numbers = configure(
        (FEATURES, SIZES), model=REGRESSOR, search_space=SPACE, scoring="neg_mean_squared_error"
    )
    weighted = replace(numbers, weights=np.where(heavy, 50.0, 1.0))
    [mean] = fit_dummies(weighted)["mean"]
    assert mean.constant_.item() == pytest.approx(np.average(SIZES, weights=weighted.weights))
