"""What a fitted estimator is judged by."""

from collections.abc import Callable
from typing import Any

from sklearn.metrics import get_scorer, get_scorer_names

from kedro_sweep.validation import import_callable

# Of a fitted estimator, features and target.
Scorer = Callable[[Any, Any, Any], float]


def find_scorer(scoring: str) -> Scorer:
    """Find a scorer by scikit-learn's name for it or by import path.

    Args:
        scoring: Such as `accuracy`, or `my_package.my_module.my_scorer`.

    Returns:
        A callable of a fitted estimator, features and target.

    Raises:
        ValueError: If there is no such scorer.
    """
    if scoring in get_scorer_names():
        scorer: Scorer = get_scorer(scoring)
        return scorer
    if "." in scoring:
        return import_callable(scoring)
    raise ValueError(
        f"'{scoring}' is neither the import path of a scorer nor one of {get_scorer_names()}"
    )
