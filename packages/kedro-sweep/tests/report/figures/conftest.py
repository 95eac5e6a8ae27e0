"""Tiny tables of every kind, and models of them that take raw rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from kedro_sweep.tables import Data, prepare_rows, take_raw_rows

N_ROWS = 60


class LabelsOnly(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Has neither probabilities nor a decision function."""

    def fit(self, X: Any, y: Any) -> "LabelsOnly":  # noqa: D102
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: D102
        return np.repeat(self.classes_[:1], len(X))


@pytest.fixture
def labels_only() -> LabelsOnly:
    """A classifier that only predicts labels."""
    return LabelsOnly()


@pytest.fixture
def rows() -> pd.DataFrame:
    """Numbers with gaps and dollars in the name, texts, free text, dates, yes and no; `size` decides."""
    rng = np.random.default_rng(0)
    size = np.linspace(0, 1, N_ROWS)
    return pd.DataFrame(
        {
            "price in $ or $$": np.where(np.arange(N_ROWS) % 7, rng.normal(size=N_ROWS), np.nan),
            "size": size,
            "city": rng.choice(np.array(["Rome", "Oslo", None]), N_ROWS),
            "note": [f"note {number}" for number in range(N_ROWS)],
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(N_ROWS), "D"),
            "flag": rng.random(N_ROWS) < 0.5,
        }
    ).assign(
        two=np.where(size > 0.5, "yes", "no"),
        boolean=size > 0.5,
        three=pd.cut(size, 3, labels=["low", "middle", "high"]).astype(str),
        thirty=pd.cut(size, 30, labels=False),
        number=size * 1e6,
    )


@pytest.fixture
def fit(rows: pd.DataFrame) -> Callable[..., Pipeline]:
    """Fit an estimator for a target, on numbers only or on all features."""

    def fit(estimator: Any, target: str, *features: str, table: pd.DataFrame = rows) -> Pipeline:
        names = list(features or rows.columns[:6])
        train = table[[*names, target]]
        preparation = prepare_rows(train, {}, Data(y_label=target))
        encoder = make_column_transformer(
            (SimpleImputer(), make_column_selector(dtype_include="number")),
            (OneHotEncoder(handle_unknown="ignore"), make_column_selector("city|note")),
        )
        whole = estimator if features else make_pipeline(encoder, estimator)
        return take_raw_rows(preparation, whole.fit(preparation.transform(train), train[target]))

    return fit
