import numpy as np

from kedro_sweep.evaluation.estimates._effort import plan_effort, plan_ensemble_effort
from kedro_sweep.evaluation.predictions._out_of_fold import Truth


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
    effort = plan_effort(make_truth(865), 100, 2, "my_package.my_scorer")
    assert effort.configurations.tolist() == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]
    assert "10 of 100 configurations" in effort.note
    assert effort.n_draws * 13 * 5 <= 2_000


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
    by_ranks = plan_ensemble_effort(make_truth(865), 100, "roc_auc_ovr", 25, 50)
    assert 20 < by_ranks.n_draws < 60
    assert by_ranks.note == f"From {by_ranks.n_draws} draws instead of 200, to take seconds."
    assert plan_ensemble_effort(make_truth(50_000), 100, "accuracy", 25, 50).n_draws == 20


def test_an_ensemble_takes_no_draws_rather_than_minutes() -> None:
    effort = plan_ensemble_effort(make_truth(10**6), 100, "accuracy", 25, 50)
    assert effort.n_draws == 0
    assert "would take minutes" in effort.note


def test_an_ensemble_by_a_scorer_that_is_called_takes_no_draws() -> None:
    effort = plan_ensemble_effort(make_truth(865), 100, "my_package.my_scorer", 25, 50)
    assert effort.n_draws == 0
    assert "my_package.my_scorer" in effort.note
