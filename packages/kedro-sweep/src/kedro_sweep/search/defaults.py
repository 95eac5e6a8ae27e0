"""The default arguments of an estimator, as a trial."""

from typing import Any

from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.estimator import get_searched


def find_defaults(configuration: StudyConfiguration) -> dict[str, Any] | None:
    """Find the untuned estimator's own values for the searched arguments.

    Args:
        configuration: The estimator and its search space.

    Returns:
        The values by name, of those arguments that are searched together; None if any of them is outside
        the search space.
    """
    space = configuration.search_space
    values = get_searched(configuration.build(), space.root)
    names = space.distributions(values)
    if all(name in values and space.root[name].holds(values[name]) for name in names):
        return {name: values[name] for name in names}
    return None
