"""The name, the estimator and the untuned model of a study."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
import sklearn
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import BaseStorage, InMemoryStorage
from sklearn import svm
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration, Sweep, open_journal, run_search
from kedro_sweep.search.settings._model import Model
from kedro_sweep.search.study import _configuration as configuration_module
from kedro_sweep.search.study import find_untuned
from kedro_sweep.search.study._configuration import make_estimator, set_searched, set_seeds
from kedro_sweep.tables import Data, prepare_rows

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

FOREST = "sklearn.ensemble.RandomForestClassifier"


class OwnFolds(KFold):  # type: ignore[misc]
    """A custom splitter."""


def make_scaler() -> StandardScaler:
    return StandardScaler()


class Booster(BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A model that takes only one of two arguments for its seed, like CatBoost."""

    def __init__(self, random_seed: int | None = None, random_state: int | None = None) -> None:
        """Take a seed."""
        self.random_seed, self.random_state = random_seed, random_state


def test_a_model_that_has_a_seed_of_its_own_gets_no_second_one() -> None:
    assert set_seeds(Booster(), 42).random_state == 42
    own = set_seeds(make_pipeline(StandardScaler(), Booster(random_seed=7)), 42)[-1]
    assert (own.random_seed, own.random_state) == (7, None)


def test_the_same_configuration_has_the_same_name(table: Table, configure: Configure) -> None:
    X, y = table
    name = configure().study_name
    assert re.fullmatch("quality-random_forest-[0-9a-f]{12}", name)
    assert configure((X.copy(), y.copy())).study_name == name


@pytest.mark.parametrize(
    ("target", "model", "start"),
    [
        ("Preis (€)", "sklearn.linear_model.LinearRegression", "Preis-linear_regression-"),
        ("Größe", "sklearn.svm.SVR", "Groe-svr-"),
        ("目的", "sklearn.linear_model.Ridge", "target-ridge-"),
        (7, "sklearn.ensemble.HistGradientBoostingRegressor", "7-hist_gradient_boosting-"),
        ("a" * 90, "sklearn.neighbors.KNeighborsRegressor", f"{'a' * 22}-k_neighbors-"),
    ],
)
def test_a_person_can_tell_studies_apart_by_their_names(
    target: Any, model: str, start: str, table: Table, configure: Configure
) -> None:
    X, y = table
    configuration = configure((X, y.rename(target)), model={"class": model}, scoring="r2")
    assert configuration.study_name == start + configuration.fingerprint


def test_a_study_that_an_earlier_release_named_goes_on(
    configure: Configure, storage: BaseStorage
) -> None:
    configuration = configure()
    assert configuration.find_name(storage) == configuration.study_name
    earlier = f"RandomForestClassifier-{configuration.fingerprint}"
    other = "RandomForestClassifier-0123456789ab"
    for name in (earlier, other):
        optuna.create_study(storage=storage, study_name=name, direction="maximize")
    study = configuration.open_study(storage)
    assert study.study_name == earlier
    study.add_trial(optuna.trial.create_trial(value=0.5))
    again = configure().open_study(storage)
    assert (again.study_name, [trial.value for trial in again.trials]) == (earlier, [0.5])
    assert set(optuna.get_all_study_names(storage)) == {earlier, other}


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"class": FOREST, "params": {"max_features": 3}}},
        {"model": {"class": "sklearn.ensemble.ExtraTreesClassifier"}},
        {"random_seed": 43},
        {"cv": 4},
        {"cv": {"class": "sklearn.model_selection.KFold"}},
        {"scoring": "f1_macro"},
        {"direction": "minimize"},
    ],
)
def test_another_configuration_has_another_name(change: dict[str, Any], configure: Configure) -> None:
    assert configure(**change).study_name != configure().study_name


@pytest.mark.parametrize(
    "change",
    [
        {"max_depth": {"type": "int", "low": 1, "high": 21, "log": True}},
        {"max_depth": {"type": "int", "low": 1, "high": 20}},
        {"min_samples_leaf": {"type": "int", "low": 1, "high": 5}},
    ],
)
def test_another_search_space_has_another_name(
    change: dict[str, Any], parameters: dict[str, Any], configure: Configure
) -> None:
    changed = configure(search_space=parameters["sweep"]["search_space"] | change)
    assert changed.study_name != configure().study_name


@pytest.mark.parametrize(
    "change",
    [
        lambda X, y: (X.assign(alcohol=X["alcohol"].where(X.index != X.index[0], 9.25)), y),
        lambda X, y: (X, y.where(y.index != y.index[0], 8)),
        lambda X, y: (X.drop(columns="alcohol"), y),
        lambda X, y: (X.rename(columns={"alcohol": "spirit"}), y),
        lambda X, y: (X[X.columns[::-1]], y),
        lambda X, y: (X[:-1], y[:-1]),
        lambda X, y: (X[::-1], y[::-1]),
        lambda X, y: (X, y.astype(str)),
    ],
    ids=[
        "one feature",
        "one target",
        "a column less",
        "a column's name",
        "the columns' order",
        "a row less",
        "the rows' order",
        "the target's type",
    ],
)
def test_other_data_has_another_name(
    change: Callable[[pd.DataFrame, pd.Series], Table], table: Table, configure: Configure
) -> None:
    assert configure(change(*table)).study_name != configure().study_name


def test_what_encodes_the_table_is_part_of_the_name(table: Table, configure: Configure) -> None:
    linear = "sklearn.linear_model.LogisticRegression"
    space = {"C": {"type": "float", "low": 1, "high": 2}}
    automatic = configure(model={"class": linear, "preprocessing": "auto"}, search_space=space)
    assert automatic.description["versions"].keys() == {"scikit-learn", "skrub"}
    own = {"class": f"{__name__}.make_scaler"}
    scaled = configure(model={"class": linear, "preprocessing": own}, search_space=space)
    assert scaled.study_name != automatic.study_name
    assert scaled.description["sources"].keys() == {__name__}


def test_what_the_groups_are_called_leaves_the_name_alone(table: Table, configure: Configure) -> None:
    groups = pd.Series(range(len(table[0]))) // 5
    names = [
        replace(configure(), groups=labels).study_name
        for labels in (groups, groups.map("group {}".format).rename("cellar"), groups // 2)
    ]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    "change",
    [
        {"sampler": {"class": "TPESampler"}},
        {"pruner": {"class": "MedianPruner"}},
        {"n_trials": 1000},
        {"timeout": 3.5},
        {"n_jobs": 2},
        {"predictions": {"keep": False}},
        {"reuse": False},
        {"choose": "simplest"},
        {"scoring": ["accuracy", "f1_macro"]},
    ],
)
def test_how_the_search_goes_leaves_the_name_alone(change: dict[str, Any], configure: Configure) -> None:
    assert configure(**change).study_name == configure().study_name


def test_the_order_of_the_searched_arguments_leaves_the_name_alone(
    parameters: dict[str, Any], configure: Configure
) -> None:
    turned = dict(reversed(parameters["sweep"]["search_space"].items()))
    assert configure(search_space=turned).study_name == configure().study_name


def test_a_study_is_opened_with_the_direction_the_sampler_and_the_pruner(
    configure: Configure, storage: BaseStorage
) -> None:
    changes = {"direction": "minimize", "pruner": {"class": "MedianPruner"}}
    study = configure(**changes, sampler={"class": "TPESampler"}).open_study(storage)
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert isinstance(study.sampler, TPESampler)
    assert isinstance(study.pruner, MedianPruner)


def test_a_study_says_what_it_was_made_of(
    table: Table, parameters: dict[str, Any], configure: Configure, storage: BaseStorage
) -> None:
    configuration = configure(
        model={"class": FOREST, "params": {"max_features": 3}, "preprocessing": "auto"}
    )
    configuration.open_study(storage)
    study = optuna.load_study(study_name=configuration.study_name, storage=storage)
    description = study.user_attrs["configuration"]
    assert re.fullmatch("[0-9a-f]{12}", description.pop("data"))
    assert description == {
        "model": FOREST,
        "fixed_params": {"max_features": 3},
        "preprocessing": "auto",
        "imputes": False,
        "search_space": parameters["sweep"]["search_space"],
        "rows": len(table[0]),
        "features": parameters["data"]["features"],
        "target": "quality",
        "cv": 3,
        "groups": None,
        "ordered": False,
        "scoring": "accuracy",
        "direction": "maximize",
        "random_seed": 42,
        "versions": {"scikit-learn": sklearn.__version__},
        "sources": {},
    }
    assert study.metric_names == ["accuracy"]


def test_groups_and_the_order_of_time_have_names_of_their_own(
    table: Table, configure: Configure
) -> None:
    groups = pd.Series(range(len(table[1])), index=table[1].index, name="patient") // 2
    plain, ordered, grouped = (
        replace(configure(), **change) for change in ({}, {"ordered": True}, {"groups": groups})
    )
    other = replace(configure(), groups=groups.iloc[::-1])
    names = {configuration.study_name for configuration in (plain, ordered, grouped, other)}
    assert len(names) == 4
    assert re.fullmatch("[0-9a-f]{12}", grouped.description["groups"])


def test_a_splitter_is_described_by_its_class_its_arguments_and_its_code(configure: Configure) -> None:
    cv = {"class": f"{__name__}.OwnFolds", "params": {"n_splits": 3}}
    description = configure(cv=cv).description
    assert description["cv"] == cv
    assert list(description["sources"]) == [__name__]


def test_a_dashboard_can_show_what_a_study_is_about(configure: Configure, storage: BaseStorage) -> None:
    attributes = configure().open_study(storage).user_attrs
    assert {name: text for name, text in attributes.items() if isinstance(text, str)} == {
        "data": "287 rows, 11 features, target quality",
        "model": FOREST,
        "score": "accuracy, maximize",
        "versions": f"scikit-learn {sklearn.__version__}",
    }


def test_a_study_that_was_killed_before_it_had_a_description_gets_one(
    configure: Configure, tmp_path: Path
) -> None:
    configuration = configure()
    path = str(tmp_path / "studies.journal")
    optuna.create_study(
        storage=open_journal(path), study_name=configuration.study_name, direction="maximize"
    )
    study = configuration.open_study(open_journal(path))
    assert study.user_attrs["configuration"] == configuration.description
    assert study.metric_names == ["accuracy"]


@pytest.mark.parametrize(
    ("model", "scoring"),
    [(FOREST, "accuracy"), ("sklearn.linear_model.Ridge", "r2")],
    ids=["classifier", "regressor"],
)
def test_without_a_score_it_is_the_estimators_own(
    model: str, scoring: str, configure: Configure
) -> None:
    own, named = (configure(model={"class": model}, scoring=name) for name in (None, scoring))
    assert own.scoring == own.description["scoring"] == scoring
    assert own.study_name == named.study_name


def test_the_first_of_several_scores_is_optimized(configure: Configure, storage: BaseStorage) -> None:
    configuration = configure(scoring=["f1_macro", "accuracy", "neg_log_loss"])
    assert configuration.scoring == "f1_macro"
    assert configuration.other_scorings == ["accuracy", "neg_log_loss"]
    assert configuration.study_name == configure(scoring="f1_macro").study_name
    assert configuration.open_study(storage).metric_names == ["f1_macro"]


@pytest.mark.parametrize("code", ["find_versions", "hash_sources"])
def test_another_version_or_source_has_another_name(
    code: str, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = configure().study_name
    monkeypatch.setattr(configuration_module, code, lambda modules: {"own_models": "2.0"})
    assert configure().study_name != before


SVC: dict[str, Any] = {"class": "sklearn.svm.SVC"}
FORESTS: dict[str, Any] = {"class": FOREST}


def number(kind: str, low: float, high: float, **options: Any) -> dict[str, Any]:
    return {"type": kind, "low": low, "high": high, **options}


def choices(*values: Any) -> dict[str, Any]:
    return {"type": "categorical", "choices": list(values)}


POLY = number("int", 4, 5, when={"kernel": "poly"})
RBF = number("float", 0.1, 9, when={"kernel": "rbf"})


@pytest.mark.parametrize(
    ("model", "space", "expected"),
    [
        (SVC, {"C": number("float", 0.1, 9, log=True)}, {"C": 1.0}),
        (SVC, {"C": number("float", 0, 9, step=0.5)}, {"C": 1.0}),
        (SVC, {"C": number("float", 0, 9, step=0.75)}, None),
        (SVC, {"C": number("float", 2, 9)}, None),
        (SVC, {"C": number("int", 1, 9)}, None),
        (SVC, {"kernel": choices("linear", "rbf")}, {"kernel": "rbf"}),
        (SVC, {"kernel": choices("linear", "poly")}, None),
        (SVC, {"C": number("float", 0.1, 9), "kernel": choices("linear", "poly")}, None),
        (SVC, {"gamma": number("float", 0.1, 9)}, None),
        (SVC, {"kernel": choices("poly", "rbf"), "degree": POLY}, {"kernel": "rbf"}),
        (SVC | {"params": {"kernel": "poly"}}, {"degree": number("int", 2, 4)}, {"degree": 3}),
        (SVC, {"kernel": choices("rbf"), "gamma": RBF}, None),
        (FORESTS, {"n_estimators": number("int", 50, 200, step=50)}, {"n_estimators": 100}),
        (FORESTS, {"n_estimators": number("int", 50, 200, step=30)}, None),
        (FORESTS, {"min_samples_leaf": number("float", 0.1, 1.0)}, None),
        (FORESTS, {"max_depth": choices(None, 5)}, {"max_depth": None}),
        (FORESTS, {"bootstrap": choices(1, 0)}, None),
        (
            FORESTS | {"preprocessing": {"class": "sklearn.decomposition.PCA"}},
            {"pca__whiten": choices(True, False)},
            {"pca__whiten": False},
        ),
    ],
)
def test_the_untuned_values_are_found_if_the_search_space_holds_all_of_them(
    model: dict[str, Any], space: dict[str, Any], expected: dict[str, Any] | None, configure: Configure
) -> None:
    found = find_untuned(configure(model=model, search_space=space))
    assert found == expected
    assert {type(value) for value in (found or {}).values()} == {
        type(value) for value in (expected or {}).values()
    }


def test_a_new_study_scores_the_untuned_model_first_and_once(
    storage: BaseStorage, configure: Configure
) -> None:
    sweep: dict[str, Any] = {"model": SVC, "search_space": {"C": number("float", 0.1, 9)}, "cv": 2}
    first = run_search(configure(**sweep, n_trials=2), storage)
    assert [trial.number for trial in first.trials] == [0, 1]
    assert first.trials[0].params == {"C": 1.0}
    more = run_search(configure(**sweep, n_trials=3), storage)
    assert [trial.params["C"] == 1.0 for trial in more.trials] == [True, False, False]


def test_an_untuned_model_that_was_taken_over_is_not_scored_again(configure: Configure) -> None:
    storage = InMemoryStorage()
    for high, n_trials in ((5, 3), (9, 5)):
        space = {"C": number("float", 0.1, high)}
        study = run_search(configure(model=SVC, search_space=space, n_trials=n_trials, cv=2), storage)
    assert [trial.params["C"] == 1.0 for trial in study.trials] == [True] + [False] * 4


def test_no_room_is_made_for_the_untuned_model(configure: Configure) -> None:
    storage = InMemoryStorage()
    for low, high in ((2, 5), (0.1, 5)):
        space = {"C": number("float", low, high)}
        study = run_search(configure(model=SVC, search_space=space, n_trials=3, cv=2), storage)
    assert [trial.state for trial in study.trials] == [optuna.trial.TrialState.COMPLETE] * 3
    assert all(trial.params["C"] >= 2 for trial in study.trials)


def test_first_trials_follow_the_untuned_model_once_and_leave_the_name_and_the_total(
    storage: BaseStorage, configure: Configure
) -> None:
    sweep: dict[str, Any] = {
        "search_space": {"C": number("float", 0.1, 9), "shrinking": choices(True, False)},
        "cv": 2,
    }
    firsts = [{"C": 5.0, "shrinking": False}, {"C": 7.0}]
    plain = configure(model=SVC, **sweep, n_trials=4)
    question = configure(model=SVC | {"first_trials": firsts}, **sweep, n_trials=4)
    assert question.study_name == plain.study_name
    study = run_search(question, storage)
    assert [trial.params["C"] for trial in study.trials][:3] == [1.0, 5.0, 7.0]
    assert study.trials[1].params["shrinking"] is False
    assert len(study.trials) == 4
    more = run_search(replace(question, sweep=configure(**sweep, n_trials=5).sweep), storage)
    assert len(more.trials) == 5
    assert not {5.0, 7.0} & {trial.params["C"] for trial in more.trials[3:]}


def test_first_trials_may_come_later_and_are_tried_when_there_is_room(
    storage: BaseStorage, configure: Configure
) -> None:
    space = {"C": number("float", 0.1, 9)}
    for firsts, n_trials in (([], 1), ([{"C": 5.0}, {"C": 7.0}], 2), ([{"C": 5.0}, {"C": 7.0}], 4)):
        question = configure(
            model=SVC | {"first_trials": firsts}, search_space=space, cv=2, n_trials=n_trials
        )
        study = run_search(question, storage)
    assert [trial.params["C"] for trial in study.trials][1:3] == [5.0, 7.0]
    assert len(study.trials) == 4


def test_no_more_first_trials_are_queued_than_the_total_has_room_for(configure: Configure) -> None:
    firsts = [{"C": 5.0}, {"C": 7.0}]
    sweep: dict[str, Any] = {"search_space": {"C": number("float", 0.1, 9)}, "cv": 2, "n_trials": 2}
    study = run_search(configure(model=SVC | {"first_trials": firsts}, **sweep), InMemoryStorage())
    assert [trial.params["C"] for trial in study.trials] == [1.0, 5.0]


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"C": 10.0}, "C: 10.0"),
        ({"C": 1}, "C: 1"),
        ({"tol": 0.1}, "tol: 0.1"),
        ({"kernel": "rbf", "degree": 2}, "degree: 2"),
    ],
)
def test_a_first_trial_outside_the_search_space_is_refused(
    params: dict[str, Any], name: str, configure: Configure
) -> None:
    model = SVC | {"first_trials": [{"kernel": "rbf"}, params]}
    space = {"C": number("float", 0.1, 9), "kernel": choices("poly", "rbf"), "degree": POLY}
    with pytest.raises(InputError, match=rf"^sweep\.search_space does not contain {name} of first_"):
        run_search(configure(model=model, search_space=space), InMemoryStorage())


FOREST = "sklearn.ensemble.RandomForestClassifier"
NUMBERS = pd.DataFrame({"a": [1.0, 2.0]})


def make_svc(C: float) -> Pipeline:
    return make_pipeline(StandardScaler(), svm.SVC(C=C))


def test_an_estimator_gets_fixed_and_searched_arguments_and_the_seed() -> None:
    model = Model.model_validate({"class": FOREST, "params": {"max_features": 3}})
    estimator = set_searched(make_estimator(model, NUMBERS, random_seed=7), {"max_depth": 4})
    assert isinstance(estimator, RandomForestClassifier)
    given = {"max_features": 3, "max_depth": 4, "random_state": 7}
    assert estimator.get_params() == RandomForestClassifier(**given).get_params()


@pytest.mark.parametrize("params", [{"svc__gamma": 0.5}, {"gamma": 0.5}])
def test_names_mean_the_last_step_and_its_steps_get_the_seed(params: dict[str, Any]) -> None:
    model = Model.model_validate({"class": f"{__name__}.make_svc", "params": {"C": 2.0}})
    estimator = set_searched(make_estimator(model, NUMBERS, random_seed=7), params)
    assert estimator["svc"].get_params() == svm.SVC(C=2.0, gamma=0.5, random_state=7).get_params()


def test_a_large_table_is_searched_on_a_sample_which_has_a_study_of_its_own(
    table: Table, parameters: dict[str, Any]
) -> None:
    X, y = table
    train, data = X.assign(**{str(y.name): y}), Data.model_validate(parameters["data"])
    preparation = prepare_rows(train, {}, data)

    def configure(search_rows: int | None) -> StudyConfiguration:
        sweep = Sweep.model_validate(parameters["sweep"] | {"search_rows": search_rows})
        return StudyConfiguration.from_table(train, preparation, data, sweep)

    whole, enough, sample = configure(None), configure(len(X)), configure(150)
    assert whole.study_name == enough.study_name
    assert whole.sample_note == ""
    assert len(sample.X) == len(sample.y) == 150
    assert sample.n_train == len(X)
    assert f"150 of {len(X)}" in sample.sample_note
    assert sample.X.equals(X.loc[sample.X.index])
    assert sample.study_name == configure(150).study_name != whole.study_name
