"""A trial's value is what `cross_val_score` gives for its parameters, to the last bit."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partialmethod
from itertools import count
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.pruners import MedianPruner
from optuna.samplers import RandomSampler
from sklearn.metrics import make_scorer
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.reuse._forests import ForestTrees
from kedro_sweep.search.settings._scorers import find_scorer
from kedro_sweep.search.trial import Objective
from kedro_sweep.search.trial import _objective as module
from kedro_sweep.search.trial._predictions import FoldPrediction

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

SEED = 42


def make_svc() -> Pipeline:
    """Make an estimator of two steps."""
    return make_pipeline(StandardScaler(), SVC())


FOREST = {"class": "sklearn.ensemble.RandomForestClassifier"}
TREES = {
    "n_estimators": {"type": "int", "low": 2, "high": 9},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
# With a part of the rows for each tree, forests are trained from scratch.
SOME_FORESTS = {"max_samples": {"type": "categorical", "choices": [None, 0.5]}}
SVC_SPACE = {
    "svc__C": {"type": "float", "low": 1e-2, "high": 1e2, "log": True},
    "svc__kernel": {"type": "categorical", "choices": ["rbf", "linear"]},
}
BOOSTING = {
    "max_iter": {"type": "int", "low": 2, "high": 10},
    "learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True},
}
SCALER = {"class": "sklearn.preprocessing.StandardScaler"}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 2}}
STAGES = {
    "n_estimators": {"type": "int", "low": 2, "high": 10},
    "max_depth": {"type": "int", "low": 1, "high": 2},
}


def assert_values_are_cross_val_scores(configuration: StudyConfiguration, n_trials: int) -> None:
    objective = Objective(configuration)
    study = optuna.create_study(sampler=RandomSampler(seed=1), pruner=optuna.pruners.NopPruner())
    values, expected = [], []
    for _ in range(n_trials):
        trial = study.ask(configuration.search_space.distributions())
        values.append(objective(trial))
        estimator = configuration.build(trial.params)
        scores = cross_val_score(
            estimator, configuration.X, configuration.y, cv=3, scoring=configuration.sweep.scoring
        )
        expected.append(scores.mean())
    assert values == expected
    assert len(set(values)) > 1


def test_a_target_that_does_not_suit_the_estimator_is_refused(
    table: Table, configure: Configure
) -> None:
    X, y = table
    with pytest.raises(InputError, match="'quality' holds 6 different numbers with decimals"):
        Objective(configure((X, y + 0.5)))


def test_folds_that_cannot_be_made_are_refused(configure: Configure) -> None:
    with pytest.raises(InputError, match=r"sweep\.cv: 200 folds cannot be made"):
        Objective(configure(cv=200))


@pytest.mark.parametrize(("reuse", "n_trials"), [(True, 3), (False, 2)])
def test_the_default_forest_is_scored_as_by_cross_val_score(
    reuse: bool, n_trials: int, configure: Configure
) -> None:
    assert_values_are_cross_val_scores(configure(reuse=reuse), n_trials)


@pytest.mark.parametrize(
    ("path", "space", "params", "scoring"),
    [
        ("sklearn.ensemble.ExtraTreesClassifier", TREES, {}, "f1_macro"),
        (FOREST["class"], TREES, {"class_weight": "balanced", "bootstrap": False}, "accuracy"),
        (f"{__name__}.make_svc", SVC_SPACE, {}, "accuracy"),
        ("sklearn.ensemble.HistGradientBoostingClassifier", BOOSTING, {}, "f1_macro"),
        ("sklearn.ensemble.GradientBoostingClassifier", STAGES, {}, "accuracy"),
    ],
)
def test_a_classifier_is_scored_as_by_cross_val_score(
    path: str, space: dict[str, Any], params: dict[str, Any], scoring: str, configure: Configure
) -> None:
    model = {"class": path, "params": params}
    configuration = configure(model=model, search_space=space, scoring=scoring)
    assert_values_are_cross_val_scores(configuration, n_trials=2)


@pytest.mark.parametrize(
    ("path", "space", "scoring"),
    [
        ("sklearn.ensemble.RandomForestRegressor", TREES, "neg_root_mean_squared_error"),
        ("sklearn.ensemble.ExtraTreesRegressor", TREES, "r2"),
        ("sklearn.ensemble.GradientBoostingRegressor", STAGES, "neg_root_mean_squared_error"),
        ("sklearn.linear_model.Ridge", {"alpha": {"type": "float", "low": 0, "high": 9}}, "r2"),
    ],
)
def test_a_regressor_is_scored_as_by_cross_val_score(
    path: str, space: dict[str, Any], scoring: str, table: Table, configure: Configure
) -> None:
    # A regressor's folds follow the order of the rows, so the rows must not be sorted by the target.
    X, y = table[0].sample(frac=1, random_state=0), table[1]
    data = X, y[X.index]
    configuration = configure(data, model={"class": path}, search_space=space, scoring=scoring)
    assert_values_are_cross_val_scores(configuration, n_trials=2)


def weigh_by_row(y_true: pd.Series, y_pred: Any) -> float:
    """A metric that looks up the weight of a row by its index."""
    return float(((y_true == y_pred) * (1 + y_true.index.to_numpy() % 7)).sum())


score_by_row = make_scorer(weigh_by_row)


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize("preprocessing", ["none", SCALER])
@pytest.mark.parametrize("name", ["RandomForest", "ExtraTrees", "GradientBoosting"])
def test_a_metric_may_read_the_index_of_the_target_where_models_are_reused(
    name: str, preprocessing: Any, configure: Configure
) -> None:
    model = {"class": f"sklearn.ensemble.{name}Classifier", "preprocessing": preprocessing}
    scoring = f"{__name__}.score_by_row"
    configuration = configure(model=model, search_space=STAGES, scoring=scoring)
    X, y = configuration.X, configuration.y
    objective = Objective(configuration)
    for size in (3, 2):
        estimator = configuration.build({"n_estimators": size, "max_depth": 2})
        scores = cross_val_score(estimator, X, y, cv=3, scoring=score_by_row)
        assert list(objective.fold_scores({"n_estimators": size, "max_depth": 2})) == scores.tolist()


def write_into(X: pd.DataFrame) -> pd.DataFrame:
    """Change the rows that it gets, so that a second call would change them again."""
    X["alcohol"] = X["alcohol"] * 2 + 1
    return X


def make_writer(max_depth: int = 1, random_state: Any = None) -> Pipeline:
    tree = DecisionTreeClassifier(max_depth=max_depth, random_state=random_state)
    return make_pipeline(FunctionTransformer(write_into), tree)


@pytest.mark.parametrize("reuse", [True, False])
def test_a_transformer_may_write_into_its_rows(
    reuse: bool, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    model = {"class": f"{__name__}.make_writer"}
    X, y = configure().X, (configure().y >= 6).astype(int)
    configuration = configure((X, y), model=model, search_space=DEPTH, scoring="roc_auc", reuse=reuse)
    before, objective = configuration.X.copy(), Objective(configuration)
    kept: list[Any] = []
    for depth in (1, 2, 1):
        params = {"max_depth": depth}
        expected = cross_val_score(
            configuration.build(params), before.copy(), y, cv=3, scoring="roc_auc"
        )
        assert list(objective.fold_scores(params, kept.append)) == expected.tolist()
    pd.testing.assert_frame_equal(configuration.X, before)
    assert kept[0].probabilities.tolist() == kept[6].probabilities.tolist()
    assert (kept[0].probabilities.argmax(axis=1) == kept[0].labels).all()
    assert "draw random numbers" not in caplog.text


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("name", "preprocessing", "error"),
    [
        ("GradientBoosting", "none", MemoryError),
        ("RandomForest", "none", KeyboardInterrupt),
        ("GradientBoosting", SCALER, KeyboardInterrupt),
        ("RandomForest", SCALER, MemoryError),
    ],
)
def test_a_fit_that_an_error_cut_short_leaves_later_scores_exact(
    name: str,
    preprocessing: Any,
    error: type[BaseException],
    rare_classes: Table,
    configure: Configure,
) -> None:
    model = {"class": f"sklearn.ensemble.{name}Classifier", "preprocessing": preprocessing}
    configuration = configure(rare_classes, model=model, search_space=STAGES)
    objective, grown = Objective(configuration), count()

    def grow(part: Any, grow_tree: Any, *args: Any, **options: Any) -> Any:
        if next(grown) == 10:
            raise error
        return grow_tree(part, *args, **options)

    list(objective.fold_scores({"n_estimators": 2, "max_depth": 2}))
    with pytest.MonkeyPatch.context() as patch:
        for place, function in ((DecisionTreeRegressor, "fit"), (ForestTrees, "grow")):
            patch.setattr(place, function, partialmethod(grow, getattr(place, function)))
        with pytest.raises(error):
            list(objective.fold_scores({"n_estimators": 8, "max_depth": 2}))
    for size in (9, 5):
        params = {"n_estimators": size, "max_depth": 2}
        expected = cross_val_score(configuration.build(params), configuration.X, configuration.y, cv=3)
        assert list(objective.fold_scores(params)) == expected.tolist()


PRUNERS: dict[str, dict[str, Any]] = {
    "MedianPruner": {},
    "PercentilePruner": {"percentile": 50.0},
    "SuccessiveHalvingPruner": {},
    "HyperbandPruner": {},
    "ThresholdPruner": {"lower": 0.0},
    "PatientPruner": {"wrapped_pruner": None, "patience": 1},
    "WilcoxonPruner": {},
}


@pytest.mark.parametrize("pruner", PRUNERS)
def test_a_pruner_sees_the_running_mean_or_as_its_test_demands_the_fold_itself(
    pruner: str, table: Table, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    configuration = configure(
        model=tree, search_space=DEPTH, pruner={"class": pruner, "params": PRUNERS[pruner]}
    )
    study = optuna.create_study(sampler=RandomSampler(seed=0), pruner=configuration.sweep.pruner.make())
    trial = study.ask(configuration.search_space.distributions())
    reports: list[tuple[float, int]] = []
    monkeypatch.setattr(trial, "report", lambda value, step: reports.append((value, step)))
    value = Objective(configuration)(trial)
    estimator = configuration.build(trial.params)
    scores = cross_val_score(estimator, *table, cv=3, scoring="accuracy")
    means = [scores[: step + 1].mean() for step in range(3)]
    expected = scores if pruner == "WilcoxonPruner" else means
    # The pruner may change between runs, and must not compare means with scores of folds.
    first = 3 if pruner == "WilcoxonPruner" else 0
    assert reports == [(expected[step], first + step) for step in range(3)]
    assert value == means[-1]


def test_a_hopeless_trial_is_pruned_after_its_first_fold(configure: Configure) -> None:
    configuration = configure()
    objective = Objective(configuration)
    study = optuna.create_study(direction="maximize", pruner=MedianPruner(n_startup_trials=1))
    study.enqueue_trial({"n_estimators": 30, "max_depth": 20})
    study.enqueue_trial({"n_estimators": 2, "max_depth": 1})
    distributions = configuration.search_space.distributions()
    study.tell(good := study.ask(distributions), objective(good))
    hopeless = study.ask(distributions)
    with pytest.raises(optuna.TrialPruned):
        objective(hopeless)
    assert list(study.get_trials()[1].intermediate_values) == [0]


@pytest.mark.parametrize(("end", "n_folds"), [(1.9, 1), (4.1, 2), (4.3, 3), (float("inf"), 3)])
def test_a_trial_that_its_folds_show_to_be_late_is_stopped(
    end: float, n_folds: int, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 1.0, 2.6, 2.6, 100.0])  # when a fold starts and ends
    monkeypatch.setattr(module, "time", lambda: next(clock))
    monkeypatch.setattr(module, "stop_at", lambda *_: nullcontext())
    configuration = configure(model={"class": "sklearn.tree.DecisionTreeClassifier"}, search_space=DEPTH)
    objective = Objective(configuration)
    study = optuna.create_study(pruner=optuna.pruners.NopPruner())
    trial = study.ask(configuration.search_space.distributions())
    folds: list[FoldPrediction] = []
    stops = pytest.raises(optuna.TrialPruned, match="out of time") if n_folds < 3 else nullcontext()
    with stops:
        objective(trial, folds.append, end=end)
    # A trial with all its folds counts, however late.
    assert len(folds) == n_folds


@pytest.mark.parametrize(
    ("model", "space", "shares"),
    [
        (FOREST, TREES, True),
        (FOREST, SOME_FORESTS, False),
        ({"class": "sklearn.svm.SVC"}, {"C": {"type": "float", "low": 0.1, "high": 9}}, False),
        ({"class": "sklearn.ensemble.GradientBoostingClassifier"}, STAGES, False),
    ],
    ids=["forests", "some forests", "no forest", "boosting"],
)
def test_trees_are_shared_if_every_trial_is_a_forest_that_allows_it(
    model: dict[str, Any], space: dict[str, Any], shares: bool, configure: Configure
) -> None:
    configuration = configure(model=model, search_space=space)
    assert Objective(configuration).shares_trees is shares


def test_no_trees_are_shared_without_reuse(configure: Configure) -> None:
    assert not Objective(configure(reuse=False)).shares_trees


def count_leaves(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that looks into the fitted estimator."""
    return float(estimator.get_n_leaves() if hasattr(estimator, "get_n_leaves") else len(estimator))


@pytest.mark.parametrize(
    ("path", "others", "keeps"),
    [
        ("sklearn.ensemble.RandomForestClassifier", ["f1_macro", "neg_log_loss"], True),
        ("sklearn.ensemble.RandomForestClassifier", ["f1_macro", "neg_log_loss"], False),
        ("sklearn.ensemble.RandomForestClassifier", ["f1_macro", f"{__name__}.count_leaves"], True),
        ("sklearn.ensemble.GradientBoostingClassifier", ["neg_log_loss", "f1_macro"], True),
        (f"{__name__}.make_svc", ["balanced_accuracy", "matthews_corrcoef"], True),
        (f"{__name__}.make_svc", ["balanced_accuracy", "matthews_corrcoef"], False),
    ],
)
def test_other_scores_are_those_of_cross_validate_to_the_last_bit(
    path: str, others: list[str], keeps: bool, two_classes: Table, configure: Configure
) -> None:
    fixed = {"n_estimators": 3} if "ensemble" in path else {}
    space = {"max_depth": {"type": "int", "low": 2, "high": 3}} if fixed else SVC_SPACE
    model = {"class": path, "params": fixed}
    scoring = ["accuracy", *others]
    configuration = configure(two_classes, model=model, search_space=space, scoring=scoring)
    objective = Objective(configuration)
    predictions: list[FoldPrediction] = []
    for params in [{"max_depth": 3}, {"max_depth": 2}] if fixed else [{"svc__C": 2.0}]:
        recorded: list[dict[str, float]] = []
        keep = predictions.append if keeps else None
        scores = list(objective.fold_scores(params, keep, recorded.append))
        scorers = {name: find_scorer(name) for name in scoring}
        expected = cross_validate(configuration.build(params), *two_classes, cv=3, scoring=scorers)
        assert scores == expected["test_accuracy"].tolist()
        for name in others:
            assert [fold[name] for fold in recorded] == expected[f"test_{name}"].tolist()


def test_a_scorer_of_the_user_among_the_others_forbids_reuse(
    configure: Configure, from_scratch: list[Any]
) -> None:
    scoring = ["accuracy", f"{__name__}.count_leaves"]
    configuration = configure(model=FOREST, search_space=TREES, scoring=scoring)
    objective = Objective(configuration)
    list(objective.fold_scores({"n_estimators": 2}))
    assert len(from_scratch) == 3
    assert not objective.shares_trees


def test_another_score_that_does_not_suit_the_target_is_refused(configure: Configure) -> None:
    with pytest.raises(InputError, match=r"sweep\.scoring: 'roc_auc' cannot score .* 6 classes"):
        Objective(configure(scoring=["accuracy", "roc_auc"]))
