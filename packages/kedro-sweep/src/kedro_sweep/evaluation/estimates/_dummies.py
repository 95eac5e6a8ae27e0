"""Predictors that ignore the features: the best of them for the score is the dummy to beat."""

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from kedro_sweep.evaluation.predictions import Array
from kedro_sweep.search import StudyConfiguration

STRATEGY = "strategy"  # the name under which studies keep what the dummy predicts
# The best constant depends on the score: a low one for relative errors, the median for absolute ones.
QUANTILES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
N_CONSTANTS = 20  # of the most frequent classes; for most scores, only the first one matters
SEEDS = range(5)  # one random predictor may be lucky, so the one in the middle counts


class _Random(DummyClassifier):  # type: ignore[misc]  # scikit-learn is not typed
    """Draws classes by their shares, and orders rows at random, which average precision rewards."""

    def predict_proba(self, X: Array) -> Array:
        """Give the drawn class the highest probability."""
        random = np.random.default_rng(self.random_state)
        drawn = random.multinomial(1, self.class_prior_, len(X))
        return (drawn + random.dirichlet(np.ones(self.n_classes_), len(X))) / 2


def fit_dummies(configuration: StudyConfiguration) -> dict[str, list[DummyClassifier | DummyRegressor]]:
    """Fit them on all rows, as outside of a fold its classes are rarer; the usual one comes first."""
    X, y, weights = configuration.X, configuration.y, configuration.weights
    dummies = {"mean": [DummyRegressor()]}
    dummies |= {f"quantile {q:g}": [DummyRegressor(strategy="quantile", quantile=q)] for q in QUANTILES}
    if configuration.model.is_classifier:
        classes, numbers = np.unique(y, return_inverse=True)
        counts = np.bincount(numbers, weights)
        frequent = classes[np.argsort(-counts, kind="stable")][:N_CONSTANTS]
        dummies = {f"always {c}": [DummyClassifier(strategy="constant", constant=[c])] for c in frequent}
        dummies["class shares"] = [DummyClassifier(strategy="prior")]
        dummies["random classes"] = [_Random(strategy="stratified", random_state=n) for n in SEEDS]
    return {name: [dummy.fit(X, y, weights) for dummy in found] for name, found in dummies.items()}
