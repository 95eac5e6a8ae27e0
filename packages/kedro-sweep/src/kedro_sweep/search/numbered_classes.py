"""A mixin for classifiers that only accept classes numbered from 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class NumberedClasses:
    """A mixin that numbers the classes before training and translates predictions back.

    `cross_val_score` and the folds pass on the original classes, and a fold may lack one of them.
    """

    _names: NDArray[Any] | None = None

    def fit(self, X: Any, y: Any, **options: Any) -> Any:
        """Train with the classes replaced by numbers from 0.

        Args:
            X: Features, shape (n, n_features).
            y: Classes, shape (n,).
            **options: Passed to the classifier.

        Returns:
            The classifier.
        """
        self._names = None
        names, numbers = np.unique(np.asarray(y), return_inverse=True)
        super().fit(X, numbers, **options)  # type: ignore[misc]  # of the classifier
        self._names = names
        return self

    def predict(self, X: Any, **options: Any) -> NDArray[Any]:
        """Predict classes.

        Args:
            X: Features, shape (n, n_features).
            **options: Passed to the classifier.

        Returns:
            The classes, shape (n,).
        """
        numbers: NDArray[Any] = super().predict(X, **options)  # type: ignore[misc]
        return numbers if self._names is None else np.asarray(self._names[numbers])

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes the classifier was trained on; during training, their numbers."""
        numbers: NDArray[Any] = super().classes_  # type: ignore[misc]
        return numbers if self._names is None else self._names
