"""Of the configurations that are as good as the best one, the cheapest is picked, in each draw anew."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation.ensemble._equals import Equals, estimate_size
from kedro_sweep.evaluation.estimates._correction import correct_selection
from kedro_sweep.evaluation.estimates._draws import Effort, value
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth, draw_batches

N_ROWS = 300
ROWS = np.arange(N_ROWS)
TRUTH = Truth(np.zeros(N_ROWS, dtype=int), np.array(["a", "b"]), ROWS % 3, ROWS)
# Three configurations differ by 0.02 from draw to draw, and the last one is far worse.
NOISE = 0.02 * np.random.default_rng(0).normal(size=(4, 200))
VALUES = np.array([[0.80], [0.79], [0.78], [0.60]])


def pick(costs: list[float], values: Any = VALUES) -> list[int]:
    found = Equals(VALUES + NOISE, np.array(costs), TRUTH).pick(np.asarray(values))
    return [int(number) for number in found]


def test_the_cheapest_of_those_as_good_as_the_best_is_picked() -> None:
    assert pick([9.0, 5.0, 1.0, 0.1]) == [2]  # the cheapest of all is clearly worse
    assert pick([1.0, 5.0, 9.0, 0.1]) == [0]


def test_of_about_the_same_cost_the_best_value_is_picked() -> None:
    assert pick([9.0, 1.2, 1.0, 0.1]) == [1]


def test_where_no_cost_is_known_the_best_is_picked() -> None:
    assert pick([np.inf, np.inf, np.inf, 1.0]) == [0]
    assert pick([9.0, np.inf, np.inf, 1.0]) == [0]


def test_each_draw_picks_by_its_own_values() -> None:
    draws = np.hstack([VALUES, VALUES[::-1], np.full((4, 1), np.nan)])
    assert pick([9.0, 5.0, 1.0, 0.5], draws)[:2] == [2, 3]


def test_the_correction_repeats_the_choice() -> None:
    random = np.random.default_rng(1)
    candidates = [Predictions((random.random(N_ROWS) < 0.4).astype(int), None) for _ in range(20)]
    drawn = np.hstack(
        [value("accuracy", TRUTH, candidates, draws) for draws in draw_batches(TRUTH.units, 200, 0)]
    )
    equals = Equals(drawn, random.permutation(20).astype(float), TRUTH)
    effort = Effort(200, np.arange(20), "")
    best = correct_selection(TRUTH, candidates, "accuracy", "maximize", effort=effort)
    cheap = correct_selection(
        TRUTH, candidates, "accuracy", "maximize", choose=equals.choose, effort=effort
    )
    values = value("accuracy", TRUTH, candidates, np.ones((1, N_ROWS)))
    assert cheap.uncorrected == pytest.approx(values[equals.pick(values)[0], 0])
    assert best.uncorrected == pytest.approx(values.max())
    assert cheap.estimate
    # All are equally good: 0.6, give or take 0.03 by chance.
    assert cheap.estimate.value == pytest.approx(0.6, abs=0.06)
    assert cheap.values is not None
    assert cheap.values.shape == (20, 201)


def test_models_are_ordered_from_linear_ones_to_large_ones() -> None:
    models = [
        make_pipeline(StandardScaler(), LogisticRegression()),
        DecisionTreeClassifier(max_depth=3),
        RandomForestClassifier(10, max_depth=3),
        HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=4),
        RandomForestClassifier(10, min_samples_leaf=10),
        KNeighborsClassifier(),
        RandomForestClassifier(10, min_samples_leaf=1),
    ]
    sizes = [estimate_size(model, N_ROWS) for model in models]
    assert sizes == [1, 8, 80, 200, 300, 300, 3_000]
    assert estimate_size(SVC(), N_ROWS) == N_ROWS


@pytest.mark.parametrize(
    ("module", "params", "expected"),
    [
        ("xgboost.sklearn", {"max_depth": 3, "n_estimators": None}, 100 * 8),
        ("kedro_sweep.search.settings._xgboost", {"n_estimators": None}, 100 * 64),
        ("catboost.core", {"learning_rate": 0.1}, 1_000 * 64),
        ("catboost.core", {"iterations": 20, "depth": 2}, 20 * 4),
    ],
)
def test_boosters_that_hide_their_defaults_have_as_many_trees(
    module: str, params: dict[str, Any], expected: int
) -> None:
    kind = type("Booster", (), {"__module__": module, "get_params": lambda self, deep: params})
    assert estimate_size(kind(), N_ROWS) == expected
