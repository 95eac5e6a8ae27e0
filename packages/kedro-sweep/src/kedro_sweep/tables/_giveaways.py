"""Find features that give the target away."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

# Enough rows to decide, and few enough to take two seconds at most.
MIN_ROWS = 30
MAX_ROWS = 5000
MAX_VALUES = 200_000
MAX_FEATURES = 500
FOLDS = 3
DEPTH = 8
ALMOST_ONE = 0.999
MIN_SAME = 5


def find_giveaways(
    table: pd.DataFrame, features: Sequence[str], target: str, *, is_classifier: bool
) -> list[str]:
    """Find features from which a small tree perfectly predicts the target on held-out rows."""
    features = features[:MAX_FEATURES]
    n_rows = min(len(table), MAX_ROWS, max(MAX_VALUES // max(len(features), 1), 10 * MIN_ROWS))
    sample = table.sample(n_rows, random_state=0, ignore_index=True)
    tree: Any = DecisionTreeRegressor
    folds: Any = KFold
    enough = ALMOST_ONE
    if is_classifier:
        tree, folds, enough = DecisionTreeClassifier, StratifiedKFold, 1.0
        sample = sample[sample.groupby(target)[target].transform("size") >= FOLDS]
        sample[target] = pd.factorize(sample[target])[0]
    y = sample[target].to_numpy()
    if len(sample) < MIN_ROWS or len(np.unique(y)) < 2:
        return []
    model = tree(max_depth=DEPTH, random_state=0)
    cv = folds(FOLDS, shuffle=True, random_state=0)
    return [
        name
        for name in features
        if model.fit(x := _encode(sample[name]), y).score(x, y) >= enough
        and cross_val_score(model, x, y, cv=cv).min() >= enough
    ]


def is_same(feature: pd.Series, target: pd.Series, *, is_classifier: bool) -> bool:
    """Check whether a feature is the target in other words or in another unit."""
    both = pd.DataFrame({"feature": feature, "target": target}).dropna()
    distinct, classes = both["feature"].nunique(), both["target"].nunique()
    if 2 * len(both) <= len(target) or distinct < 2:
        return False
    if not is_classifier and is_numeric_dtype(feature):
        # A few rows may be in the same order by chance.
        ranks = both.rank()
        return len(both) >= MIN_SAME and abs(ranks["feature"].corr(ranks["target"])) > ALMOST_ONE
    return distinct == classes == len(both.drop_duplicates()) and 2 * distinct <= len(both)


def _encode(column: pd.Series) -> NDArray[np.float64]:
    """Return the ranks of the values, which are all that a tree uses, without text or infinity."""
    codes, _ = pd.factorize(column, sort=True)
    return np.where(codes < 0, np.nan, codes).reshape(-1, 1)
