"""An ensemble needs part of the search's time, and its predictions."""

from typing import Any

import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.ensemble import Ensemble
from kedro_sweep.search import Sweep


def make_sweep(**given: Any) -> Sweep:
    parts = {"sampler": {"class": "RandomSampler"}, "pruner": {"class": "NopPruner"}}
    return Sweep.model_validate({"n_trials": 1, "cv": 2, **parts, **given})


def test_an_ensemble_takes_its_share_of_the_time() -> None:
    ensemble, sweep = Ensemble(size=5, time_share=0.1), make_sweep(timeout=60)
    assert ensemble.find_seconds(sweep) == pytest.approx(6)
    assert ensemble.leave_time(sweep).timeout == pytest.approx(54)


@pytest.mark.parametrize(("size", "timeout"), [(0, 60.0), (5, None)])
def test_without_an_ensemble_or_a_limit_nothing_is_taken(size: int, timeout: float | None) -> None:
    ensemble, sweep = Ensemble(size=size), make_sweep(timeout=timeout)
    assert ensemble.find_seconds(sweep) is None
    assert ensemble.leave_time(sweep) == sweep


def test_an_ensemble_without_predictions_is_refused_before_the_search() -> None:
    sweep = make_sweep(predictions={"keep": False})
    with pytest.raises(InputError, match=r"ensemble\.size: 5 needs the predictions"):
        Ensemble(size=5).leave_time(sweep)
    assert Ensemble().leave_time(sweep) == sweep
