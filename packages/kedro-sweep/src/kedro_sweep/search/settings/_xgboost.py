"""XGBoost's classifier for classes of any kind: by itself, it only accepts classes numbered from 0."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray


class NumberedClasses:
    """A mixin that numbers the classes before training and translates predictions back.

    `cross_val_score` and the folds pass on the original classes, and a fold may lack one of them.
    """

    _names: NDArray[Any] | None = None

    def fit(self, X: Any, y: Any, **options: Any) -> Any:
        self._names = None
        names, numbers = np.unique(np.asarray(y), return_inverse=True)
        super().fit(X, numbers, **options)  # type: ignore[misc]  # of the classifier
        self._names = names
        return self

    def predict(self, X: Any, **options: Any) -> NDArray[Any]:
        numbers: NDArray[Any] = super().predict(X, **options)  # type: ignore[misc]
        if self._names is None or not np.issubdtype(numbers.dtype, np.integer):
            return numbers
        return np.asarray(self._names[numbers])

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes the classifier was trained on; during training, their numbers."""
        numbers: NDArray[Any] = super().classes_  # type: ignore[misc]
        return numbers if self._names is None else self._names


if find_spec("xgboost"):
    import xgboost

    class XGBClassifier(NumberedClasses, xgboost.XGBClassifier):  # type: ignore[misc]  # may be missing
        """XGBoost's classifier for classes of any kind."""
