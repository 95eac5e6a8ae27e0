"""Rows in any form that Python has, as a table of pandas."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import column_or_1d


def make_table(X: Any) -> pd.DataFrame:
    """Describe features in a table, whatever form they have."""
    if issparse(X):
        raise TypeError("X is a sparse matrix: give a dense one, such as X.toarray()")
    if isinstance(X, pd.DataFrame):
        return X.copy(deep=False)  # the caller may change it later
    if isinstance(X, pd.Series):
        return X.to_frame()
    if hasattr(X, "columns"):  # of Polars
        return pd.DataFrame({name: X[name].to_numpy() for name in X.columns})
    values = np.asarray(X)
    if not len(values):
        raise ValueError(f"X has 0 sample(s) (shape={values.shape}) while a minimum of 1 is required.")
    table = pd.DataFrame(values.reshape(len(values), -1)).infer_objects()
    return table.add_prefix("x")


def make_target(y: Any, features: pd.DataFrame) -> pd.Series:
    """Describe the target in a column, by its own name if it has one."""
    name = getattr(y, "name", None)
    target = y if isinstance(y, pd.Series) else pd.Series(column_or_1d(y, warn=True)).infer_objects()
    assert_all_finite(target.to_numpy(), input_name="y")
    return target.rename(find_free_name("y" if name in (None, "") else name, features))


def find_free_name(name: Any, features: pd.DataFrame) -> Any:
    """Lengthen the name of a column that would replace a feature."""
    return find_free_name(f"{name}_", features) if name in features else name
