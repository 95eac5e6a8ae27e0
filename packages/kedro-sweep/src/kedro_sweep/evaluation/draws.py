"""The type of scores over bootstrap draws, and what such a score may require."""

from collections.abc import Callable

from kedro_sweep.evaluation.out_of_fold import Array, Predictions, Truth

# Takes the truth, predictions, and how often each is drawn, shape (n_draws, n); returns shape
# (n_draws,). The metrics of `find_metric` also take one draw of a stack of m predictions: labels of
# shape (m, n), probabilities (m, n, n_classes) and weights (n,) return shape (m,).
Metric = Callable[[Truth, Predictions, Array], Array]


def need_probabilities(predictions: Predictions) -> Array:
    """Return the probabilities."""
    if predictions.probabilities is None:
        raise ValueError("the model does not predict probabilities")
    return predictions.probabilities


def need_classes(truth: Truth) -> Array:
    """Return the classes."""
    if truth.classes is None:
        raise ValueError("the target does not hold classes")
    return truth.classes
