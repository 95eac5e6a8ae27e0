"""Column names that every booster accepts: LightGBM and XGBoost refuse some characters."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from kedro_sweep.validation import is_estimator

PACKAGES = {"lightgbm", "xgboost"}
UNSAFE = re.compile(r'[\x00-\x1f",:<\[\]{}]')


def add_safe_names(estimator: Any, X: pd.DataFrame) -> Any:
    """Rename the columns just before a booster, if their names may not suit it."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    if not _has_booster(steps[-1][1]):
        return estimator
    rename = FunctionTransformer(rename_columns)
    if isinstance(estimator, Pipeline):
        return clone(estimator).set_params(steps=[*steps[:-1], ("safe_names", rename), steps[-1]])
    return estimator if rename_columns(X) is X else make_pipeline(rename, estimator)


def _has_booster(estimator: Any) -> bool:
    parts = [estimator, *estimator.get_params().values()]
    return any(
        kind.__module__.partition(".")[0] in PACKAGES
        for part in parts
        if is_estimator(part)
        for kind in type(part).__mro__
    )


def rename_columns(X: Any) -> Any:
    """Give safe names to the columns of a table."""
    if not isinstance(X, pd.DataFrame):
        return X
    names = make_safe(X.columns)
    return X if names == [*map(str, X.columns)] else X.set_axis(names, axis="columns")


def make_safe(names: Iterable[Any]) -> list[str]:
    """Replace unsafe characters, and keep the names different."""
    safe: dict[str, str] = {}  # as LightGBM compares them: with underscores for spaces
    for name in map(str, names):
        replaced = UNSAFE.sub("_", name) or "_"
        while replaced.replace(" ", "_") in safe:
            replaced += "_"
        safe[replaced.replace(" ", "_")] = replaced
    return [*safe.values()]
