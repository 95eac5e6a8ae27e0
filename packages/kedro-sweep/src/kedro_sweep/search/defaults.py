"""The default arguments of an estimator, as a trial."""

from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.estimator import get_searched

# To an estimator, 1 and 1.0 may be two things, such as a number of rows and a share of them.
NUMBERS = {IntDistribution: int, FloatDistribution: float}


def find_defaults(configuration: StudyConfiguration) -> dict[str, Any] | None:
    """Find the values that the untuned estimator has for the searched arguments.

    Args:
        configuration: The estimator and its search space.

    Returns:
        The values by name; None if the search space does not hold all of them.
    """
    distributions = configuration.search_space.distributions()
    defaults = get_searched(configuration.build(), distributions)
    if all(_holds(distribution, defaults[name]) for name, distribution in distributions.items()):
        return defaults
    return None


def _holds(distribution: BaseDistribution, value: Any) -> bool:
    """Tell whether a search may ask for a value: of the right type, within bounds, on the step."""
    if isinstance(distribution, CategoricalDistribution):
        return any(type(choice) is type(value) and choice == value for choice in distribution.choices)
    is_number: bool = type(value) is NUMBERS[type(distribution)]
    return is_number and distribution._contains(value)
