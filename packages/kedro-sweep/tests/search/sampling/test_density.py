"""The best of the drawn values is found, or nothing where rounding might decide."""

from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator

from kedro_sweep.search.sampling._density import TOLERANCE, _compute, find_best

PARAMETERS = optuna.samplers.TPESampler()._parzen_estimator_parameters


def estimate(distribution: BaseDistribution, values: Any) -> tuple[Any, dict[str, Any]]:
    known = {"x": np.array(values, dtype=float)}
    return _ParzenEstimator(known, {"x": distribution}, PARAMETERS), known


@pytest.mark.parametrize(
    ("distribution", "values"),
    [
        (IntDistribution(1, 20), [*range(1, 21)] * 60),
        (IntDistribution(1, 20), [3, 3, 3, 7, 30]),  # the range was larger
        (IntDistribution(1, 1000, log=True), [1, 2, 2, 40, 1000]),
        (FloatDistribution(0.025, 1.025, step=0.1), [0.025, 0.125, 0.125, 0.925]),
        (FloatDistribution(-1, 2), [-1, -0.5, 0, 0, 2]),
        (FloatDistribution(1e-4, 10, log=True), [1e-4, 0.01, 0.5]),
        (CategoricalDistribution("abc"), [0, 0, 2]),
        (IntDistribution(1, 20), []),
    ],
)
def test_densities_are_those_of_optuna_up_to_a_factor(
    distribution: BaseDistribution, values: list[float]
) -> None:
    estimator, known = estimate(distribution, values)
    samples = estimator.sample(np.random.RandomState(0), 50)
    ours = np.log(_compute(estimator, known, samples)) - estimator.log_pdf(samples)
    assert np.ptp(ours) < TOLERANCE / 100


def test_the_best_is_the_first_of_equal_values() -> None:
    given = [estimate(IntDistribution(0, 9), values) for values in ([4, 4], [0, 0, 9])]
    estimators, known = zip(*given, strict=True)
    samples = {"x": np.array([0.0, 4.0, 4.0, 9.0])}
    assert find_best([*estimators], [*known], samples) == 1


@pytest.mark.parametrize(
    ("distribution", "drawn"),
    [
        pytest.param(FloatDistribution(0, 1), [0.25, 0.75], id="equal"),
        pytest.param(IntDistribution(0, 10**8), [1, 10**7], id="too many steps"),
    ],
)
def test_nothing_is_found_if_rounding_might_decide(
    distribution: BaseDistribution, drawn: list[float]
) -> None:
    given = [estimate(distribution, values) for values in ([0.5], [0, 1])]
    estimators, known = zip(*given, strict=True)
    assert find_best([*estimators], [*known], {"x": np.array(drawn)}) is None


def test_nothing_is_found_if_products_may_have_become_too_small() -> None:
    def find(n_params: int) -> int | None:
        space: dict[str, BaseDistribution] = {
            f"x{number}": IntDistribution(0, 10_000) for number in range(n_params)
        }
        known = [{name: np.array([value]) for name in space} for value in (0.0, 10_000.0)]
        estimators = [_ParzenEstimator(values, space, PARAMETERS) for values in known]
        return find_best(estimators, known, {name: np.array([10_000.0, 0.0]) for name in space})

    assert find(2) == 1
    assert find(60) is None
