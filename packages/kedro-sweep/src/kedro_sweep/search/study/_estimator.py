"""The whole estimator: preprocessing and model, with the seed of every part."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sklearn.base import clone

from kedro_sweep.search.settings import Model, add_preprocessing, add_safe_names, find_argument
from kedro_sweep.validation import list_arguments


def make_estimator(model: Model, X: pd.DataFrame, random_seed: int, *, imputes: bool = False) -> Any:
    """Build the estimator with its fixed arguments.

    Args:
        model: The model, its fixed arguments and its preprocessing.
        X: Features, shape (n, n_features); their types decide what `preprocessing: auto` adds.
        random_seed: Seed of every part that draws random numbers.
        imputes: Whether missing values are filled with means inside the model.

    Returns:
        The unfitted estimator.
    """
    estimator = add_preprocessing(model.make(), model.preprocessing, X, imputes=imputes)
    estimator = add_safe_names(estimator, X)
    seeds = {
        name: random_seed
        for name in list_arguments(estimator)
        if name == "random_state" or name.endswith("__random_state")
    }
    return estimator.set_params(**seeds)


def set_searched(estimator: Any, params: dict[str, Any]) -> Any:
    """Set the searched arguments of a trial on a copy of an estimator.

    Args:
        estimator: What `make_estimator` returned.
        params: Searched arguments by name: `name` for the last step, `step__name` for another.

    Returns:
        A new estimator, ready for `fit`.
    """
    return clone(estimator).set_params(
        **{find_argument(estimator, name): value for name, value in params.items()}
    )


def get_searched(estimator: Any, names: Iterable[str]) -> dict[str, Any]:
    """Read an estimator's current values for the arguments of a search space."""
    params = estimator.get_params()
    found = {name: find_argument(estimator, name) for name in names}
    return {name: params[path] for name, path in found.items() if path in params}
