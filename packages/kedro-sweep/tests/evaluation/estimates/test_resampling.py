import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation.estimates import _resampling as resampling
from kedro_sweep.evaluation.estimates._resampling import draw_batches, draw_weights, find_obstacle
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


def test_a_draw_has_as_many_rows_as_the_table() -> None:
    weights = draw_weights(np.arange(50), 200, 0)
    assert weights.shape == (200, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert (weights == weights.round()).all()


def test_a_draw_leaves_out_about_a_third_of_the_rows() -> None:
    weights = draw_weights(np.arange(200), 200, 0)
    assert np.mean(weights == 0) == pytest.approx(np.exp(-1), abs=0.01)


def test_rows_of_a_group_are_drawn_together() -> None:
    weights = draw_weights(np.array([0, 1, 0, 2, 2, 1]), 100, 0)
    for left, right in ((0, 2), (1, 5), (3, 4)):
        assert (weights[:, left] == weights[:, right]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_the_same_seed_gives_the_same_draws_and_another_gives_others() -> None:
    units = np.arange(30)
    assert (draw_weights(units, 5, 1) == draw_weights(units, 5, 1)).all()
    assert (draw_weights(units, 5, 1) != draw_weights(units, 5, 2)).any()


def test_batches_make_up_all_draws_and_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "BATCH_CELLS", 100)
    batches = list(draw_batches(np.arange(30), 8, 0))
    assert [len(batch) for batch in batches] == [3, 3, 2]
    assert (batches[0] != batches[1]).any()


def test_random_folds_can_be_resampled() -> None:
    assert find_obstacle(configure()) == ""


def test_folds_that_follow_time_cannot_be_resampled() -> None:
    splitter = {"class": "sklearn.model_selection.TimeSeriesSplit", "params": {"n_splits": 3}}
    assert "follow time" in find_obstacle(configure(ordered=True))
    assert "follow time" in find_obstacle(configure(splitter))
