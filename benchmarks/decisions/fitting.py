"""What all ways to a threshold share: the models of five folds and the model of all training rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import skrub
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

if TYPE_CHECKING:  # its package is installed for the benchmarks only
    from benchmarks.decisions.tables import RareTable

Array = NDArray[Any]

N_FOLDS = 5


class Fitted(NamedTuple):
    """Targets, 1 for the rare class, and its probabilities by models that were not trained on the rows."""

    y: Array
    out_of_fold: Array
    y_test: Array
    of_test: Array


def make_model(name: str, seed: int) -> Any:
    """Make a pipeline with skrub's preprocessing for the kind of model."""
    if name == "forest":
        model = RandomForestClassifier(200, min_samples_leaf=5, random_state=seed)
    else:
        model = LogisticRegression(max_iter=1_000)
    return skrub.tabular_pipeline(model)


MODELS = ("forest", "logistic")


def fit(table: "RareTable", name: str, split: int, known: Path) -> Fitted:
    """Fit the models of the folds, as a search does and `TunedThresholdClassifierCV` too, and that of all rows.

    What they predict is kept in a file, to compare other rules without fitting again.
    """
    if known.exists():
        with np.load(known) as kept:
            return Fitted(*(kept[field] for field in Fitted._fields))
    X, X_test, y, y_test = table.split_numbered(split)
    model = make_model(name, split)
    X, y = X.reset_index(drop=True), y.reset_index(drop=True)
    out_of_fold = cross_val_predict(model, X, y, cv=N_FOLDS, method="predict_proba")[:, 1]
    of_test = model.fit(X, y).predict_proba(X_test)[:, 1]
    fitted = Fitted(y.to_numpy(), out_of_fold, y_test.to_numpy(), np.asarray(of_test))
    known.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(known, **fitted._asdict())
    return fitted
