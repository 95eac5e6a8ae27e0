"""A classifier of a library that takes classes only as numbers from 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class NumberedClasses:
    """Number the classes before a fit, and name them in predictions; to be mixed into a classifier.

    `cross_val_score` and folds hand over the classes as they are, and a fold may lack one.
    """

    _names: NDArray[Any] | None = None

    def fit(self, X: Any, y: Any, **options: Any) -> Any:
        """Fit with numbers from 0 in place of the classes.

        Args:
            X: Features, shape (n, n_features).
            y: Classes, shape (n,).
            **options: Those of the classifier.

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
            **options: Those of the classifier.

        Returns:
            The classes, shape (n,).
        """
        numbers: NDArray[Any] = super().predict(X, **options)  # type: ignore[misc]
        return numbers if self._names is None else np.asarray(self._names[numbers])

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes that the classifier knows; their numbers while it is fitted."""
        numbers: NDArray[Any] = super().classes_  # type: ignore[misc]
        return numbers if self._names is None else self._names
