import numpy as np
import pandas as pd

from kedro_sweep.evaluation.estimates._draws import (
    find_obstacle,
    plan_effort,
    plan_ensemble_effort,
)
from kedro_sweep.evaluation.predictions._out_of_fold import Truth
from kedro_sweep.search import StudyConfiguration, Sweep


def configure(cv: object = 3, *, ordered: bool = False) -> StudyConfiguration:
    sweep = Sweep.model_validate(
        {
            "model": {"class": "sklearn.tree.DecisionTreeClassifier"},
            "search_space": {"max_depth": {"type": "int", "low": 1, "high": 3}},
            "n_trials": 1,
            "cv": cv,
            "sampler": {"class": "TPESampler"},
            "pruner": {"class": "NopPruner"},
        }
    )
    return StudyConfiguration(
        pd.DataFrame({"x": range(12)}),
        pd.Series([0, 1] * 6, name="y"),
        sweep.model,
        sweep.search_space,
        sweep,
        random_seed=0,
        ordered=ordered,
    )


def test_random_folds_can_be_resampled() -> None:
    assert find_obstacle(configure()) == ""


def test_folds_that_follow_time_cannot_be_resampled() -> None:
    splitter = {"class": "sklearn.model_selection.TimeSeriesSplit", "params": {"n_splits": 3}}
    assert "follow time" in find_obstacle(configure(ordered=True))
    assert "follow time" in find_obstacle(configure(splitter))


def make_truth(n_rows: int) -> Truth:
    y = np.arange(n_rows) % 6
    return Truth(y, np.arange(6), np.arange(n_rows) % 5, np.arange(n_rows))


def test_a_usual_search_takes_a_thousand_draws_of_every_configuration() -> None:
    effort = plan_effort(make_truth(865), 100, 2, "f1_macro")
    assert (effort.n_draws, len(effort.configurations), effort.note) == (1_000, 100, "")


def test_ranks_of_many_classes_take_fewer_draws_and_say_so() -> None:
    effort = plan_effort(make_truth(865), 100, 2, "roc_auc_ovr")
    assert 400 < effort.n_draws < 600
    assert effort.note == f"From {effort.n_draws} draws instead of 1,000, to take seconds."


def test_a_large_table_takes_fewer_draws_but_never_too_few() -> None:
    assert plan_effort(make_truth(10**6), 100, 2, "accuracy").n_draws == 200


def test_a_scorer_that_is_called_takes_configurations_from_the_whole_search() -> None:
    effort = plan_effort(make_truth(865), 199, 2, "my_package.my_scorer")
    assert effort.configurations.tolist() == [*range(0, 199, 2)]
    assert "100 of 199 configurations" in effort.note
    assert effort.n_draws == 150
    many_rows = plan_effort(make_truth(20_000), 199, 2, "my_package.my_scorer")
    assert (len(many_rows.configurations), many_rows.n_draws) == (20, 150)


def test_few_configurations_are_all_taken() -> None:
    assert plan_effort(make_truth(100), 3, 0, "my_package.my_scorer").configurations.tolist() == [
        0,
        1,
        2,
    ]


def test_an_ensemble_on_few_rows_takes_200_draws() -> None:
    effort = plan_ensemble_effort(make_truth(865), 100, "accuracy", 25, 50)
    assert (effort.n_draws, len(effort.configurations), effort.note) == (200, 100, "")


def test_an_ensemble_on_many_rows_or_by_ranks_takes_fewer_draws_but_never_too_few() -> None:
    by_ranks = plan_ensemble_effort(make_truth(350), 100, "roc_auc_ovr", 10, 50)
    assert 150 < by_ranks.n_draws < 180
    assert by_ranks.note == f"From {by_ranks.n_draws} draws instead of 200, to take seconds."
    assert plan_ensemble_effort(make_truth(9_000), 100, "accuracy", 25, 50).n_draws == 150


def test_an_ensemble_takes_no_draws_rather_than_minutes() -> None:
    effort = plan_ensemble_effort(make_truth(10**6), 100, "accuracy", 25, 50)
    assert effort.n_draws == 0
    assert "would take minutes" in effort.note


def test_an_ensemble_by_a_scorer_that_is_called_takes_no_draws() -> None:
    effort = plan_ensemble_effort(make_truth(865), 100, "my_package.my_scorer", 25, 50)
    assert effort.n_draws == 0
    assert "my_package.my_scorer" in effort.note
