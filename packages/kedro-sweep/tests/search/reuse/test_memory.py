"""A pipeline transforms each fold once for equal steps, and its scores stay those of cross_val_score."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from scipy.sparse import coo_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import cross_val_score

from kedro_sweep.search import StudyConfiguration, run_search
from kedro_sweep.search.reuse import _memory as steps
from kedro_sweep.search.reuse._memory import ReusedSteps
from kedro_sweep.search.reuse._strategy import FitFromScratch
from kedro_sweep.search.trial import Objective

Configure = Callable[..., StudyConfiguration]

SIZES = {
    "n_estimators": {"type": "int", "low": 2, "high": 8},
    "max_depth": {"type": "int", "low": 1, "high": 6},
}
STRENGTH = {"C": {"type": "float", "low": 0.1, "high": 10}}
MODELS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "forest": ("sklearn.ensemble.RandomForestClassifier", SIZES, False),
    "extra trees": ("sklearn.ensemble.ExtraTreesClassifier", SIZES, True),
    "boosting": ("sklearn.ensemble.GradientBoostingClassifier", SIZES, False),
    "linear": ("sklearn.linear_model.LogisticRegression", STRENGTH, False),
}

FORESTS = ("forest", "extra trees")


class Own(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A custom transformer that returns rows of a given type."""

    def __init__(self, kind: str = "coo") -> None:
        """Choose the type."""
        self.kind = kind

    def fit(self, X: Any, y: Any) -> "Own":
        """Learn nothing."""
        return self

    def transform(self, X: pd.DataFrame) -> Any:
        """Give one column."""
        numbers = X[["size"]].fillna(0)
        if self.kind == "coo":
            return coo_matrix(numbers)
        if self.kind == "lists":
            return numbers.to_numpy().tolist()
        if self.kind == "nullable":
            return numbers.astype("Float64").mask(numbers > 0.5)
        return numbers + np.random.normal(size=numbers.shape)


@pytest.fixture(scope="module")
def texts() -> tuple[pd.DataFrame, pd.Series]:
    """A table of text, categories, dates and gaps."""
    rng = np.random.default_rng(0)
    n = 90
    words = np.array(["red", "white", "dry", "sweet", "old", "young", "light", "heavy", "oak", "steel"])
    X = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "city": rng.choice(["Porto", "Nice", "Bonn"], n),
            "note": [" ".join(rng.choice(words, 4)) for _ in range(n)],
            "bottled": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        }
    )
    X.loc[::9, "size"] = np.nan
    X.loc[::11, "city"] = None
    good = X["note"].str.contains("oak") ^ (X["size"].fillna(0) > 0)
    return X, good.map({True: "good", False: "poor"}).rename("taste")


@pytest.mark.parametrize("name", MODELS)
def test_trials_score_what_cross_val_score_gives(
    name: str, texts: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    path, space, imputes = MODELS[name]
    # Threads grow forests; other models would run in processes, each with its own draws.
    sweep = {"n_trials": 2, "cv": 2, "scoring": None, "n_jobs": 2 if name in FORESTS else 1}
    configuration = configure(texts, model={"class": path}, search_space=space, imputes=imputes, **sweep)
    for trial in run_search(configuration, InMemoryStorage()).trials:
        estimator = configuration.build(trial.params)
        assert trial.value == cross_val_score(estimator, *texts, cv=2).mean()


def test_equal_steps_transform_each_fold_once_and_trees_are_reused(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    transform, folds = steps.transform_fold, []

    def count(first_steps: Any, fold: Any) -> Any:
        folds.append(fold)
        return transform(first_steps, fold)

    monkeypatch.setattr(steps, "transform_fold", count)
    monkeypatch.setattr(FitFromScratch, "fit", lambda *_: pytest.fail("trained from scratch"))
    objective = Objective(configure(texts, search_space=SIZES, cv=2))
    for size in (5, 2, 3):
        list(objective.fold_scores({"n_estimators": size, "max_depth": 4}))
    assert len(folds) == 2


def test_a_searched_step_is_kept_once_per_value_and_scores_stay_exact(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    space = SIZES | {"tablevectorizer__cardinality_threshold": {"type": "int", "low": 2, "high": 40}}
    configuration = configure(texts, search_space=space, n_trials=2, cv=2)
    for trial in run_search(configuration, InMemoryStorage()).trials:
        estimator = configuration.build(trial.params)
        assert trial.value == cross_val_score(estimator, *texts, cv=2, scoring="accuracy").mean()


def test_a_forest_behind_steps_grows_with_all_cores_unless_its_steps_are_unknown(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    assert Objective(configure(texts, search_space=SIZES)).shares_trees
    linear = {"class": "sklearn.linear_model.LogisticRegression"}
    assert not Objective(configure(texts, model=linear, search_space=STRENGTH)).shares_trees


def test_transformed_folds_stay_within_the_budget(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_BYTES", 60_000)
    objective = Objective(configure(texts, search_space=SIZES))
    for threshold in (2, 40):
        params = {"n_estimators": 3, "tablevectorizer__cardinality_threshold": threshold}
        list(objective.fold_scores(params))
        [reused] = [found for found in objective.memory.strategies if isinstance(found, ReusedSteps)]
        kept = reused._transformed
        assert sum(entry.nbytes for entry in kept) <= 60_000 or len(list(kept)) == 1


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("coo", MODELS["forest"][0]),
        ("lists", MODELS["forest"][0]),
        ("nullable", "sklearn.ensemble.HistGradientBoostingClassifier"),
    ],
)
def test_rows_of_any_type_score_what_cross_val_score_gives(
    kind: str,
    path: str,
    texts: tuple[pd.DataFrame, pd.Series],
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    preprocessing = {"class": f"{__name__}.Own", "params": {"kind": kind}}
    model = {"class": path, "preprocessing": preprocessing}
    configuration = configure(texts, model=model, search_space=SIZES, cv=2)
    params = {"max_depth": 2}
    expected = cross_val_score(configuration.build(params), *texts, cv=2, scoring="accuracy")
    assert list(Objective(configuration).fold_scores(params)) == list(expected)
    assert caplog.messages == []


def test_steps_that_draw_numbers_of_their_own_are_fitted_for_every_trial(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    preprocessing = {"class": f"{__name__}.Own", "params": {"kind": "random"}}
    model = {"class": MODELS["forest"][0], "preprocessing": preprocessing}
    objective = Objective(configure(texts, model=model, search_space=SIZES, cv=2))
    params = {"n_estimators": 3, "max_depth": 6}
    assert list(objective.fold_scores(params)) != list(objective.fold_scores(params))
    assert caplog.messages == [
        "The steps before the last one draw random numbers that data.random_seed does not control. "
        "Every pipeline is trained from scratch."
    ]


def test_steps_that_cannot_be_fitted_fail_their_trials_only(
    texts: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    X, y = texts
    configuration = configure(
        (X[["size"]].fillna(0).assign(more=1.0), y),
        model={
            "class": MODELS["forest"][0],
            "preprocessing": {"class": "sklearn.decomposition.PCA"},
        },
        search_space={"pca__n_components": {"type": "int", "low": 1, "high": 3}},
    )
    objective = Objective(configuration)
    assert not objective.shares_trees
    assert len(list(objective.fold_scores({"pca__n_components": 2}))) == 3
    with pytest.raises(ValueError, match="n_components=3 must be between"):
        list(objective.fold_scores({"pca__n_components": 3}))
