"""Boosters get column names that they accept; values and the names of studies stay."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import StudyConfiguration, estimator, run_search
from kedro_sweep.search.provenance import list_modules
from kedro_sweep.search.safe_names import make_safe
from kedro_sweep.search.steps import KNOWN
from kedro_sweep.validation import import_callable

Configure = Callable[..., StudyConfiguration]

# A tree that refuses what LightGBM and XGBoost refuse, because they need not be installed.
MODULE = """
from sklearn.tree import DecisionTreeClassifier


class LGBMClassifier(DecisionTreeClassifier):
    def fit(self, X, y):
        self.check(X)
        return super().fit(X, y)

    def predict(self, X):
        self.check(X)
        return super().predict(X)

    def check(self, X):
        names = [name.replace(" ", "_") for name in getattr(X, "columns", [])]
        if set('",:[]{}<\\n') & {*"".join(names)} or len({*names}) < len(names):
            raise ValueError(f"Do not support special JSON characters in feature name {names}.")


class XGBRFClassifier(LGBMClassifier):
    pass
"""
MODELS = {
    "alone": {"class": "lightgbm.LGBMClassifier"},
    "of another package": {"class": "xgboost.XGBRFClassifier"},
    "after a transformer": {
        "class": "lightgbm.LGBMClassifier",
        "preprocessing": {"class": f"{__name__}.make_scaler"},
    },
    "in a pipeline": {"class": f"{__name__}.make_own"},
}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 9}}
UNSAFE = ["Mg [mg/l]", "Fe: total", "a<b", 'the "best"', "a b", "a_b", "x,y", "{}\n"]


def make_scaler() -> StandardScaler:
    """Scale, and keep the names."""
    return StandardScaler().set_output(transform="pandas")


def make_own() -> Pipeline:
    """Make a pipeline, as a user might."""
    return make_pipeline(make_scaler(), import_callable("lightgbm.LGBMClassifier")())


@pytest.fixture(autouse=True)
def boosters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages with the names of the boosters."""
    for name in ("lightgbm", "xgboost"):
        (tmp_path / f"{name}.py").write_text(MODULE)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def rows(table: tuple[pd.DataFrame, pd.Series]) -> tuple[pd.DataFrame, pd.Series]:
    """Eight features, and two classes."""
    X, y = table
    return X.iloc[:, :8], y > 5


@pytest.mark.parametrize("model", MODELS)
def test_a_booster_takes_columns_of_any_name_and_its_values_stay(
    model: str, rows: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    X, y = rows
    renamed = X.set_axis(UNSAFE, axis="columns")
    configuration = configure((renamed, y), model=MODELS[model], search_space=DEPTH)
    for trial in run_search(configuration, InMemoryStorage()).trials:
        tree = DecisionTreeClassifier(**trial.params, random_state=42)
        plain = make_pipeline(StandardScaler(), tree)
        same = plain if model in ("after a transformer", "in a pipeline") else tree
        assert trial.value == cross_val_score(same, X, y, cv=3).mean()
    fitted = configuration.build().fit(renamed, y)
    assert fitted.predict(renamed).shape == y.shape


def test_names_that_come_from_cells_are_safe(
    rows: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    X, y = rows
    texts = X.assign(city=np.where(X.iloc[:, 0] > 8, "Nice [Côte]", "Porto: old"))
    configuration = configure((texts, y), model=MODELS["alone"], search_space=DEPTH)
    whole = configuration.build()
    assert whole.fit(texts, y).predict(texts).shape == y.shape
    # The step is known to repeat itself, so equal steps are reused without a proof.
    assert all(name.startswith(KNOWN) for name in list_modules(whole[:-1], []))


@pytest.mark.parametrize("model", MODELS)
def test_no_study_gets_another_name(
    model: str,
    rows: tuple[pd.DataFrame, pd.Series],
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = rows
    for names in (X.columns, UNSAFE):
        data = X.set_axis(names, axis="columns"), y
        name = configure(data, model=MODELS[model], search_space=DEPTH).study_name
        with monkeypatch.context() as patch:
            patch.setattr(estimator, "add_safe_names", lambda same, X: same)
            assert configure(data, model=MODELS[model], search_space=DEPTH).study_name == name


def test_a_booster_alone_stays_alone_if_all_names_are_safe(
    rows: tuple[pd.DataFrame, pd.Series], configure: Configure
) -> None:
    assert not isinstance(configure(rows, model=MODELS["alone"]).estimator, Pipeline)


@pytest.mark.parametrize(
    ("names", "safe"),
    [
        (["a", "b c", "é", "d-e(f)"], ["a", "b c", "é", "d-e(f)"]),
        (["a[b", "a]b", "a_b"], ["a_b", "a_b_", "a_b__"]),
        (["a b", "a_b", ""], ["a b", "a_b_", "_"]),
        ([0, "0"], ["0", "0_"]),
    ],
)
def test_safe_names_stay_different(names: list[Any], safe: list[str]) -> None:
    assert make_safe(names) == safe
