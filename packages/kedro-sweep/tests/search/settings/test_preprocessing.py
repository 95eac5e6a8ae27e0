"""The steps before an estimator depend on the table and the estimator, and can be chosen."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from pydantic import ValidationError
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, StudyConfiguration, run_search, settings
from kedro_sweep.search.reuse._memory import KNOWN
from kedro_sweep.search.settings._model import Transformer
from kedro_sweep.search.settings._preprocessing import (
    add_preprocessing,
    is_tree_model,
    make_safe,
    rename_columns,
)
from kedro_sweep.search.study import _configuration
from kedro_sweep.search.study._provenance import list_modules
from kedro_sweep.validation import import_callable

NUMBERS = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
TEXT = NUMBERS.assign(c=["x", "y"])
GAPS = NUMBERS.assign(a=[1.0, np.nan])
TREE, LINEAR = RandomForestClassifier(), LogisticRegression()


def name_steps(estimator: Any) -> list[str]:
    steps = getattr(estimator, "steps", [("", estimator)])
    return [type(step).__name__ for _, step in steps]


@pytest.mark.parametrize(
    ("estimator", "table", "imputes", "steps"),
    [
        (TREE, NUMBERS, False, []),
        (TREE, NUMBERS, True, ["SimpleImputer"]),
        (TREE, TEXT, False, ["TableVectorizer"]),
        (TREE, TEXT, True, ["ColumnTransformer", "TableVectorizer"]),
        (LINEAR, NUMBERS, False, ["TableVectorizer", "SimpleImputer", "SquashingScaler"]),
        (LINEAR, TEXT, True, ["TableVectorizer", "SimpleImputer", "SquashingScaler"]),
        (make_pipeline(StandardScaler(), SVC()), TEXT, False, ["StandardScaler"]),
    ],
)
def test_auto_adds_what_the_table_and_the_estimator_call_for(
    estimator: Any, table: pd.DataFrame, imputes: bool, steps: list[str]
) -> None:
    whole = add_preprocessing(estimator, "auto", table, imputes=imputes)
    assert name_steps(whole)[:-1] == steps


def test_codes_with_leading_zeros_stay_categories() -> None:
    codes = pd.Series(["01234", "1234", "01234"], dtype="str").reindex(range(4))
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "code": codes, "number": ["1", "2", "3", "4"]})
    rows = rows.astype({"number": "str"})
    whole = add_preprocessing(RandomForestClassifier(random_state=0), "auto", rows, imputes=True)
    filled = whole[:-1].fit_transform(rows)
    assert filled["number"].tolist() == [1.0, 2.0, 3.0, 4.0]
    encoded = filled.drop(columns=["a", "number"])
    assert (encoded.iloc[0] == encoded.iloc[2]).all()
    assert (encoded.iloc[0] != encoded.iloc[1]).any()
    new = rows.assign(code=["99", "0", "01234", "01234"]).astype({"code": "str"})
    assert len(whole.fit(rows, [0, 1, 0, 1]).predict(new)) == 4


def test_gaps_are_filled_beside_categories_that_stay() -> None:
    rows = TEXT.assign(a=[1.0, np.nan])
    whole = add_preprocessing(HistGradientBoostingClassifier(), "auto", rows, imputes=True)
    filled = whole[:-1].fit_transform(rows)
    assert filled["a"].tolist() == [1.0, 1.0]
    assert filled["c"].astype(str).tolist() == ["x", "y"]
    assert list(whole.fit(rows, [0, 1]).predict(rows)) == [0, 0]


def test_none_adds_nothing_and_a_transformer_is_added() -> None:
    assert add_preprocessing(LINEAR, "none", NUMBERS, imputes=False) is LINEAR
    scaler = Transformer.model_validate(
        {"class": "sklearn.preprocessing.StandardScaler", "params": {"with_mean": False}}
    )
    whole = add_preprocessing(LINEAR, scaler, NUMBERS, imputes=False)
    assert name_steps(whole) == ["StandardScaler", "LogisticRegression"]
    assert whole.steps[0][1].with_mean is False


@pytest.mark.parametrize(
    ("estimator", "preprocessing", "table", "message"),
    [
        (
            TREE,
            "none",
            TEXT,
            r"none leaves \['c'\] .* RandomForestClassifier takes numbers only",
        ),
        (
            LINEAR,
            "none",
            GAPS,
            r"leaves missing values in \['a'\], and LogisticRegression does not",
        ),
        (GradientBoostingRegressor(), "auto", GAPS, r"leaves missing values in \['a'\]"),
    ],
)
def test_what_the_estimator_does_not_take_is_named(
    estimator: Any, preprocessing: Any, table: pd.DataFrame, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        add_preprocessing(estimator, preprocessing, table, imputes=False)


def test_a_pipeline_inside_another_estimator_may_encode_and_fill() -> None:
    inner = TransformedTargetRegressor(make_pipeline(SimpleImputer(), Ridge()))
    for table in (TEXT, GAPS):
        assert add_preprocessing(inner, "none", table, imputes=False) is inner


def test_filling_gaps_does_not_hide_text() -> None:
    with pytest.raises(InputError, match=r"none leaves \['c'\]"):
        add_preprocessing(TREE, "none", TEXT, imputes=True)


def test_gaps_are_left_to_an_estimator_that_takes_them() -> None:
    assert add_preprocessing(TREE, "auto", GAPS, imputes=False) is TREE


@pytest.mark.parametrize(
    ("preprocessing", "message"),
    [
        ({"class": "sklearn.svm.SVC"}, "does not return a transformer"),
        ({"class": "shutil.rmtree"}, "neither a transformer class nor a function of your own"),
        (
            {"class": "sklearn.preprocessing.StandardScaler", "params": {"mean": 1}},
            "does not accept params",
        ),
        (
            {"class": "sklearn.decomposition.PCA", "params": {"random_state": 1}},
            "the seed comes from data.random_seed",
        ),
        (
            {"class": "sklearn.preprocessing.StandardScaler", "params": {"with_mean": "no"}},
            "params: The 'with_mean' parameter",
        ),
        ("automatic", "^preprocessing: 'automatic' is not allowed. Input should be 'auto' or 'none'$"),
        (None, "^preprocessing: None is not allowed. Input should be 'auto' or 'none'$"),
    ],
)
def test_what_is_no_preprocessing_is_refused(preprocessing: Any, message: str) -> None:
    with pytest.raises((ValueError, ValidationError), match=message):
        Model.model_validate({"class": "sklearn.svm.SVC", "preprocessing": preprocessing})


@pytest.mark.parametrize(
    ("estimator", "is_tree"),
    [
        (RandomForestClassifier(), True),
        (GradientBoostingRegressor(), True),
        (HistGradientBoostingClassifier(), True),
        (DecisionTreeRegressor(), True),
        (BaggingClassifier(), True),
        (AdaBoostClassifier(LogisticRegression()), False),
        (SVC(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseEstimator) else "",
)
def test_models_of_trees_are_known(estimator: Any, is_tree: bool) -> None:
    assert is_tree_model(estimator) is is_tree


def test_names_of_the_search_space_mean_the_last_step_and_every_part_has_the_seed(
    configure: Callable[..., StudyConfiguration],
) -> None:
    configuration = configure(
        model={"class": "sklearn.linear_model.LogisticRegression", "preprocessing": "auto"},
        search_space={"C": {"type": "float", "low": 1, "high": 2}},
    )
    estimator = configuration.build({"C": 1.5, "squashingscaler__max_absolute_value": 2})
    assert estimator.steps[-1][1].C == 1.5
    assert estimator.named_steps["squashingscaler"].max_absolute_value == 2
    seeds = {value for name, value in estimator.get_params().items() if name.endswith("random_state")}
    assert seeds == {configuration.random_seed}


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
        monkeypatch.setitem(sys.modules, name, sys)  # so that the import is undone
        monkeypatch.delitem(sys.modules, name)
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


def test_scores_of_codes_are_in_a_study_of_their_own(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_configuration, "_fingerprint", lambda table: "the same")
    y = pd.Series(["no", "yes"] * 4, name="y")
    codes, numbers = (pd.DataFrame({"x": [first, "2"] * 4}).astype("str") for first in ("01", "1"))
    model = {"class": "sklearn.tree.DecisionTreeClassifier"}
    first, second = (
        configure((X, y), model=model, search_space=DEPTH).study_name for X in (codes, numbers)
    )
    assert first != second


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
            patch.setattr(settings, "add_safe_names", lambda same, X: same)
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


def test_models_that_earlier_versions_saved_find_the_function_that_renames_columns() -> None:
    assert pickle.loads(b"ckedro_sweep.search.safe_names\nrename_columns\n.") is rename_columns
