import logging
import pickle
import shutil
import sys
import threading
import warnings
from pathlib import Path
from sysconfig import get_path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import fbeta_score, get_scorer, make_scorer
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, ShuffleSplit, cross_val_score
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep import SweepSearchCV
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.tables import Data, prepare_rows

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4))
y = (X[:, 0] + rng.normal(size=90) > 0).astype(int)
frame, target = pd.DataFrame(X, columns=[*"abcd"]), pd.Series(y, name="t")
groups, weights = np.repeat(np.arange(30), 3), rng.uniform(0.5, 2, 90)
SMOOTHING = {"var_smoothing": (1e-9, 1.0, "log")}
bayes = GaussianNB()
scaled = make_pipeline(StandardScaler(), LogisticRegression())
short: dict[str, Any] = {"n_trials": 2, "cv": 3}


def search(estimator: Any = bayes, space: Any = SMOOTHING, **options: Any) -> Any:
    return SweepSearchCV(estimator, space, **short | options)


def name_study(**options: Any) -> str:
    return str(search(**options)._configure(X, y, None, None).study_name)


@pytest.mark.parametrize(
    ("estimator", "space", "options"),
    [
        (GaussianNB(), SMOOTHING, {}),
        (GaussianNB(), SMOOTHING, {"cv": ShuffleSplit(3, random_state=7), "scoring": "roc_auc"}),
        (GaussianNB(), SMOOTHING, {"scoring": make_scorer(fbeta_score, beta=2)}),
        (RandomForestClassifier(random_state=7), {"n_estimators": (2, 9)}, {"ensemble_size": 2}),
        (scaled, {"C": (0.1, 9.0), "standardscaler__with_std": [True, False]}, {"cv": KFold(3)}),
        (Ridge(), {"alpha": [0.1, 1.0]}, {"scoring": "neg_mean_absolute_error"}),
    ],
)
def test_the_scores_are_those_of_cross_val_score(estimator: Any, space: Any, options: Any) -> None:
    found = search(estimator, space, **options).fit(X, y)
    how = {name: options.get(name, short.get(name)) for name in ("cv", "scoring")}
    for row, params in enumerate(found.cv_results_["params"]):
        names = {f"logisticregression__{name}" if name == "C" else name: params[name] for name in params}
        expected = cross_val_score(clone(estimator).set_params(**names), X, y, **how)
        splits = [found.cv_results_[f"split{fold}_test_score"][row] for fold in range(3)]
        assert splits == expected.tolist()
        assert found.cv_results_["mean_test_score"][row] == expected.mean()
    assert found.best_score_ == found.cv_results_["mean_test_score"][found.best_index_]
    assert found.best_params_ == found.cv_results_["params"][found.best_index_]


def test_groups_and_weights_count_in_fits_and_scores() -> None:
    found = search(cv=GroupKFold(3)).fit(X, y, groups=groups, sample_weight=weights)
    with config_context(enable_metadata_routing=True):
        estimator = GaussianNB(**found.best_params_).set_fit_request(sample_weight=True)
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        params = {"groups": groups, "sample_weight": weights}
        scores = cross_val_score(estimator, X, y, cv=GroupKFold(3), scoring=scorer, params=params)
    assert found.best_score_ == scores.mean()
    assert found.score(X, y, weights) == scorer(found.best_estimator_, X, y, sample_weight=weights)


def test_a_plain_estimator_has_the_study_of_a_project() -> None:
    estimator = DecisionTreeClassifier(min_samples_leaf=2, max_depth=3)
    cv = RepeatedKFold(n_splits=3, n_repeats=2)
    found = search(estimator, {"max_depth": (1, 9, "log")}, cv=cv).fit(frame, target)
    sweep = {
        "model": {
            "class": "sklearn.tree.DecisionTreeClassifier",
            "params": {"min_samples_leaf": 2},
            "preprocessing": "none",
        },
        "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9, "log": True}},
        "n_trials": 3,
        "cv": {
            "class": "sklearn.model_selection.RepeatedKFold",
            "params": {"n_splits": 3, "n_repeats": 2},
        },
        "sampler": {"class": "TPESampler"},
        "pruner": {"class": "NopPruner"},
    }
    train, data = frame.assign(t=target), Data(y_label="t")
    preparation = prepare_rows(train, {}, data)
    project = StudyConfiguration.from_table(train, preparation, data, Sweep.model_validate(sweep))
    assert found.study_.study_name == project.study_name


def test_weights_of_classes_may_be_numbers_of_numpy() -> None:
    weights = dict(zip(np.unique(y), np.array([0.5, 2.0]), strict=True))
    for estimator, space in (
        (LogisticRegression(class_weight=weights), {"C": (0.1, 9.0)}),
        (RandomForestClassifier(class_weight=weights, random_state=0), {"n_estimators": (2, 9)}),
    ):
        own = clone(estimator).set_params(**(found := search(estimator, space).fit(X, y)).best_params_)
        assert found.best_score_ == cross_val_score(own, X, y, cv=3).mean()


class Heir(LogisticRegression):  # type: ignore[misc]
    """Names none of its arguments, as the classes of XGBoost do."""

    def __init__(self, **options: Any) -> None:
        """Pass all of them on."""
        super().__init__(**options)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return list(LogisticRegression._get_param_names())


def test_an_argument_keeps_its_own_value_where_its_condition_does_not_hold() -> None:
    gamma = {"type": "float", "low": 0.001, "high": 1.0, "when": {"kernel": "rbf"}}
    space: Any = {"kernel": ["rbf", "sigmoid"], "gamma": gamma}
    studies = {}
    for own in (0.05, 0.5):
        found = search(SVC(gamma=own), space, n_trials=6, sampler="RandomSampler").fit(X, y)
        kernels = [params["kernel"] for params in found.cv_results_["params"]]
        model = SVC(kernel="sigmoid", gamma=own)
        expected = cross_val_score(model, X, y, cv=3).mean()
        assert found.cv_results_["mean_test_score"][kernels.index("sigmoid")] == expected
        studies[own] = found.study_.study_name
    assert studies[0.05] != studies[0.5]


def test_only_arguments_that_differ_from_the_defaults_of_any_class_are_fixed() -> None:
    study = search(Heir(tol=0.1), {"C": (0.1, 9.0)})._configure(X, y, None, None)
    assert study.description["fixed_params"] == {"tol": 0.1}


def test_a_function_of_an_installed_package_may_be_the_scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("installed_package")
    package.__file__ = f"{get_path('purelib')}/installed_package.py"
    code = "def lift(model, X, y): return (model.predict(X) == y).mean()"
    exec(compile(code, package.__file__, "exec"), vars(package))
    monkeypatch.setitem(sys.modules, "installed_package", package)
    lift = vars(package)["lift"]
    found = search(scoring=lift).fit(X, y)
    own = clone(bayes).set_params(**found.best_params_)
    assert found.best_score_ == cross_val_score(own, X, y, cv=3, scoring=lift).mean()


def test_seeds_that_are_set_stay_and_the_others_become_that_of_the_search() -> None:
    space = {"max_depth": (2, 5)}
    assert search(DecisionTreeClassifier(), space).fit(X, y).best_estimator_.random_state == 42
    own = search(DecisionTreeClassifier(random_state=7), space, random_state=1).fit(X, y)
    assert own.best_estimator_.random_state == 7
    fixed = name_study(random_state=np.random.RandomState(3))
    assert fixed == name_study(random_state=np.random.RandomState(3)) != name_study(random_state=None)


def test_a_study_has_another_name_if_its_values_may_differ() -> None:
    def double(values: Any, by: int = 2) -> Any:
        return values * by

    def triple(values: Any, by: int = 3) -> Any:
        return values * by

    steps = [make_pipeline(FunctionTransformer(step), GaussianNB()) for step in (double, triple)]
    rows = np.arange(90)
    different = [
        *({"estimator": step} for step in steps),
        *({"scoring": make_scorer(fbeta_score, beta=beta)} for beta in (1, 2)),
        *({"scoring": scorer} for scorer in (lambda *_: 1.0, lambda *_: 2.0)),
        *({"cv": [(rows[rows % n > 0], rows[rows % n == 0])]} for n in (3, 4)),
    ]
    names = [name_study(**options) for options in different]
    assert len({*names}) == len(different)
    assert names == [name_study(**options) for options in different]


@pytest.mark.parametrize(
    ("part", "other", "differs"),
    [
        ("return 1.0", "return 2.0", True),  # what a function that it calls returns
        ("beta = 1", "beta = 2", True),
        ("attribute = 1", "attribute = 2", False),  # a name that it reads of something else
        ("costs = np.eye(2)", "costs = np.ones((2, 2))", True),
        ("base = 1", "base = 2", True),
        ("static = 1", "static = 2", True),
        ("2025-01-01", "2025-07-01", True),
        ("lock = 1", "lock = 2", False),  # of what cannot be compared
    ],
)
def test_what_a_function_of_a_notebook_reads_counts(part: str, other: str, differs: bool) -> None:
    cell = """
beta = 1
attribute = 1
start = {"start": pd.Timestamp("2025-01-01")}
lock = 1
lock = threading.Lock()
costs = np.eye(2)
class Base:
    base = 1
class Rule(Base):
    def __init__(self): super().__init__()
    @staticmethod
    def apply(static = 1): return static
def help(depth): return 1.0 if depth else help(depth - 1)
def scorer(model, X, y):
    with lock:
        parts = [model.attribute, Rule().apply(), start["start"].year]
    return sum(help(beta) for _ in parts) + costs[0, 1]
"""
    names = []
    for code in (cell, cell, cell.replace(part, other)):
        module: dict[str, Any] = {"__name__": "__main__", "np": np, "pd": pd, "threading": threading}
        exec(code, module)
        names.append(name_study(scoring=module["scorer"]))
    assert names[0] == names[1]
    assert (names[0] != names[2]) == differs


def test_the_same_search_continues_in_its_journal(tmp_path: Path) -> None:
    for n_trials in (2, 4):
        found = search(n_trials=n_trials, storage=tmp_path / "my.journal").fit(X, y)
    straight = search(n_trials=4).fit(X, y)
    assert len(found.study_.trials) == 4
    assert found.corrected_score_.value == found.summary_.corrected.value
    assert found.study_.trials[1].params == straight.study_.trials[1].params
    again = search(n_trials=4, storage=tmp_path / "my.journal").fit(X, y)
    assert again.study_.trials == found.study_.trials
    assert again.corrected_score_ == found.corrected_score_


def test_a_later_search_does_not_change_what_is_known_about_this_one(tmp_path: Path) -> None:
    how: dict[str, Any] = {"storage": tmp_path / "my.journal", "ensemble_size": 3}
    tree, space = DecisionTreeClassifier(), {"max_depth": (1, 9), "min_samples_leaf": (1, 20)}
    small = search(tree, space, n_trials=4, **how).fit(X, y)
    alone = search(tree, space, n_trials=4, ensemble_size=3).fit(X, y)
    search(tree, space, n_trials=12, **how).fit(X, y)
    assert small.summary_.n_trials == 4
    assert small.corrected_score_ == alone.corrected_score_


def test_an_argument_may_be_a_number_of_numpy(tmp_path: Path) -> None:
    regressor = Ridge(tol=np.float64(0.001))
    found = search(regressor, {"alpha": [0.1, 1.0]}, storage=tmp_path / "my.journal").fit(X, y)
    assert found.best_estimator_.tol == 0.001


def test_trials_of_another_score_have_the_scores_of_their_folds(tmp_path: Path) -> None:
    for scoring in ("accuracy", "roc_auc"):
        found = search(scoring=scoring, storage=tmp_path / "my.journal").fit(X, y)
    first = GaussianNB(**found.cv_results_["params"][0])
    splits = [found.cv_results_[f"split{fold}_test_score"][0] for fold in range(3)]
    assert splits == cross_val_score(first, X, y, cv=3, scoring="roc_auc").tolist()


def test_an_ensemble_replaces_the_best_trial() -> None:
    found = search(DecisionTreeClassifier(), {"max_depth": (1, 9)}, ensemble_size=9).fit(X, y)
    assert found.summary_.ensemble_members == len(found.best_estimator_.estimators_) > 1
    assert found.best_score_ == found.study_.best_value
    low, high = found.corrected_score_.low, found.corrected_score_.high
    assert low < found.summary_.ensemble_value < high


def test_of_several_scores_the_named_one_is_optimized() -> None:
    found = search(scoring=["accuracy", "roc_auc"], refit="roc_auc").fit(X, y)
    assert found.best_score_ == found.cv_results_["mean_test_roc_auc"].max()
    assert found.score(X, y) == get_scorer("roc_auc")(found.best_estimator_, X, y)
    how = {"cv": 3, "scoring": "accuracy"}
    first = cross_val_score(GaussianNB(**found.cv_results_["params"][0]), X, y, **how)
    assert found.cv_results_["split1_test_accuracy"][0] == first[1]
    assert found.cv_results_["mean_test_accuracy"][0] == first.mean()


@pytest.mark.parametrize("rows", [X, X.tolist(), frame, pl.DataFrame(X, [*"abcd"])], ids=type)
def test_the_model_takes_the_kind_of_table_that_it_was_given(rows: Any) -> None:
    with warnings.catch_warnings(action="error"):
        found = search().fit(rows, [f"class {label}" for label in y])
        assert {*found.predict(rows)} <= {*found.classes_} == {"class 0", "class 1"}
    assert found.n_features_in_ == 4
    assert [*getattr(found, "feature_names_in_", "")] == [*getattr(rows, "columns", "")]
    assert found.best_score_ == search().fit(X, y).best_score_


def test_boosting_takes_categories_whatever_its_seed() -> None:
    rows = frame.assign(a=pd.cut(frame["a"], 3, labels=[*"xyz"]))
    space = {"learning_rate": (0.1, 0.5)}
    for seed in (None, 7):
        model = HistGradientBoostingClassifier(max_iter=2, random_state=seed)
        found = search(model, space, n_trials=1).fit(rows, y)
        seeded = clone(model).set_params(**found.best_params_, random_state=42 if seed is None else seed)
        assert found.best_score_ == cross_val_score(seeded, rows, y, cv=3).mean()


def test_rows_may_be_texts() -> None:
    texts = ["good " if label else "bad " for label in y]
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    found = search(model, {"alpha": (0.1, 1.0)}).fit(texts, y)
    assert found.best_score_ == 1
    assert found.predict(["bad"]) == [0]


@pytest.mark.parametrize(
    ("options", "rows", "message"),
    [
        ({"n_trials": 0}, X, "^n_trials: 0 is not allowed"),
        ({"space": {}}, X, "^search_space={}"),
        ({"space": {"wrong": (1, 2)}}, X, "^search_space.wrong is not an argument"),
        ({"space": {"var_smoothing": 3}}, X, "^search_space: var_smoothing: 3 is no range"),
        (
            {"space": {"var_smoothing": [(1,)]}},
            X,
            r"^search_space: var_smoothing: \[\(1,\)\] is no range",
        ),
        ({"scoring": "wrong"}, X, "'wrong' is neither the name"),
        ({"scoring": {"a": "accuracy"}}, X, "^scoring="),
        ({"refit": "roc_auc"}, X, "^refit='roc_auc'"),
        ({"cv": 1}, X, "^cv: 1 is not allowed"),
        ({"cv": []}, X, r"^cv=\[\]"),
        ({"cv": 50}, X, "^cv: 50 folds cannot be made"),
        ({"sampler": "Wrong"}, X, "^sampler: 'Wrong'"),
        ({"storage": "sqlite:///x.db"}, X, "^storage='sqlite:///x.db'"),
        ({"storage": "."}, X, "^storage='.' is a folder"),
        ({}, frame.set_axis([*"abca"], axis=1), r"^X has more than one column named \['a'\]"),
        ({}, X[:0], "inconsistent numbers of samples"),
        ({}, np.where(X > 2, np.nan, X), "^X contains NaN in .*: impute or"),
        ({}, frame.assign(text="word"), r"^X contains \['text'\] as text or dates.*encode it"),
        ({}, X[:8], "inconsistent numbers of samples"),
        ({"y": y.astype(object)}, X, "^Unknown label type"),
        ({"estimator": SVC(kernel="precomputed"), "space": {"C": (1, 2)}}, X, "^estimator=SVC"),
    ],
)
def test_an_error_names_the_argument_its_value_and_the_remedy(
    options: Any, rows: Any, message: str
) -> None:
    target = options.get("y", y)
    with pytest.raises(ValueError, match=message):
        search(**{name: value for name, value in options.items() if name != "y"}).fit(rows, target)


def test_a_target_and_dense_rows_are_needed() -> None:
    with pytest.raises(ValueError, match="requires y"):
        search().fit(X)
    with pytest.raises(TypeError, match="sparse"):
        search().fit(csr_array(X), y)
    neighbors = search(KNeighborsClassifier(), {"n_neighbors": (1, 5)})
    with pytest.raises(ValueError, match="sample_weight: KNeighborsClassifier"):
        neighbors.fit(X, y, sample_weight=weights)
    with pytest.raises(ValueError, match="at least one non-zero"):
        search().fit(X, y, sample_weight=np.zeros(90))
    with pytest.raises(ValueError, match="contains NaN"):
        search().fit(X, y, sample_weight=np.full(90, np.nan))
    with pytest.raises(ValueError, match="0 sample"):
        search().fit(X[:0], y[:0])


def test_it_is_an_estimator_among_others() -> None:
    with config_context(enable_metadata_routing=True):
        inner = search(cv=GroupKFold(2)).set_fit_request(groups=True, sample_weight=True)
        inner.set_score_request(sample_weight=True)
        model = Pipeline([("scale", FunctionTransformer()), ("search", inner)])
        params = {"groups": groups, "sample_weight": weights}
        scores = cross_val_score(model, X, y, cv=GroupKFold(2), params=params)
    assert np.isfinite(scores).all()


def test_a_pickle_holds_the_trials_and_what_is_known(tmp_path: Path) -> None:
    found = search(storage=tmp_path / "my.journal").fit(X, y)
    content, trials = pickle.dumps(found), found.study_.trials
    shutil.rmtree(tmp_path)
    copied = pickle.loads(content)
    assert copied.study_.trials == trials
    assert copied.corrected_score_ == found.corrected_score_
    assert np.array_equal(copied.predict_proba(X), found.predict_proba(X))
    assert not hasattr(clone(copied), "summary_")


def test_without_refit_there_is_no_model() -> None:
    found = search(refit=False).fit(X, y)
    assert found.corrected_score_.low < found.best_score_
    assert not hasattr(found, "predict")
    with pytest.raises(AttributeError, match="refit=False"):
        found.score(X, y)


def _warn(rows: Any) -> Any:
    warnings.warn("the rows look odd", stacklevel=1)
    return rows


def test_a_search_is_silent_but_for_each_warning_once(
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a terminal
    with caplog.at_level(logging.WARNING, logger="kedro_sweep"):  # as without a project
        search(refit=False).fit(X, y)
        assert capfd.readouterr() == ("", "")
        assert caplog.messages == []
        search(make_pipeline(FunctionTransformer(_warn), GaussianNB()), refit=False).fit(X, y)
    assert caplog.messages == ["UserWarning: the rows look odd (6 times in 1 trials)"]
