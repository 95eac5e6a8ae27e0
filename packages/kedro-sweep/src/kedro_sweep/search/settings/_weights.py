"""`data.weights`: how the weights of rows reach estimators and scorers, and which of these take them."""

import inspect
import logging
from collections.abc import Mapping
from typing import Any

from sklearn import config_context
from sklearn.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings._model import Candidate

logger = logging.getLogger(__name__)


def fit_weighted(estimator: Any, X: Any, y: Any, weights: Any = None, **options: Any) -> Any:
    """Fit an estimator on weighted rows; of a pipeline, only the last step gets the weights.

    Args:
        estimator: Any estimator.
        X: Features, shape (n, n_features).
        y: Target, shape (n,).
        weights: Weights of the rows, shape (n,); None if all count the same.
        options: Other arguments of `fit`.

    Returns:
        The fitted estimator.
    """
    if weights is None:
        return estimator.fit(X, y, **options)
    steps, last = "", estimator
    while isinstance(last, Pipeline):
        name, last = last.steps[-1]
        steps += f"{name}__"
    with config_context(enable_metadata_routing=False):  # which refuses weights that name a step
        return estimator.fit(X, y, **{f"{steps}sample_weight": weights}, **options)


def score_weighted(scorer: Any, model: Any, X: Any, y: Any, weights: Any = None) -> float:
    """Call a scorer; without weights, it need not take any.

    As in `cross_val_score`, a number of NumPy becomes one of Python, and an array is an error.
    """
    score: Any = scorer(model, X, y, **({} if weights is None else {"sample_weight": weights}))
    number: float = score.item() if hasattr(score, "item") else score
    return number


def can_weight(part: Any) -> bool:
    """Check whether an estimator or a scorer takes weights of rows."""
    if isinstance(part, Pipeline):
        return can_weight(part.steps[-1][1])
    function = getattr(part, "fit", getattr(part, "_score_func", part))
    parameters = inspect.signature(function).parameters.values()
    return any(found.name == "sample_weight" or found.kind is found.VAR_KEYWORD for found in parameters)


def keep_weighted(candidates: Mapping[str, Candidate], *, explain: bool) -> dict[str, Candidate]:
    """Keep the candidates that take weights of rows; raise an `InputError` if none does."""
    kept = {name: found for name, found in candidates.items() if can_weight(found.make())}
    others = ", ".join(
        f"{name} ({found.path})" for name, found in candidates.items() if name not in kept
    )
    if not kept:
        raise InputError(
            f"data.weights: the model, or its last step, takes no sample_weight: {others}. Choose "
            "another under sweep.model, or set data.weights to null in conf/base/parameters.yml."
        )
    if others and explain:
        logger.info("Skipped candidates that take no sample_weight, for data.weights: %s.", others)
    return kept
