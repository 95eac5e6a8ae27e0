"""Each searched argument has a valid range or valid choices, or an error says why not."""

import math
import re
import warnings
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from kedro_sweep.search import SearchSpace, dimensions


def test_a_space_may_hold_numbers_and_choices() -> None:
    space = SearchSpace.model_validate(
        {
            "a": {"type": "int", "low": 2, "high": 8, "step": 3},
            "b": {"type": "float", "low": 0.5, "high": 1, "step": 0.25},
            "c": {"type": "float", "low": 1e-3, "high": 1e3, "log": True},
            "d": {"type": "categorical", "choices": ["sqrt", 3, 0.5, True, None]},
        }
    )
    distributions = space.distributions()
    assert distributions == {
        "a": IntDistribution(2, 8, step=3),
        "b": FloatDistribution(0.5, 1, step=0.25),
        "c": FloatDistribution(1e-3, 1e3, log=True),
        "d": CategoricalDistribution(("sqrt", 3, 0.5, True, None)),
    }
    choices = distributions["d"]
    assert isinstance(choices, CategoricalDistribution)
    assert [type(choice) for choice in choices.choices] == [str, int, float, bool, type(None)]


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ({"type": "int", "low": 0, "high": 9, "log": True}, "x: `low >= 1` must hold for `log=True`"),
        ({"type": "float", "low": 0, "high": 9, "log": True}, "x: `low > 0` must hold for `log=True`"),
        ({"type": "int", "low": 9, "high": 3}, "x: `low <= high` must hold, but got (low=9, high=3)"),
        ({"type": "int", "low": 1, "high": 6, "step": 2}, "x: The distribution is specified by [1, 6]"),
        ({"type": "float", "low": 1, "high": 6, "step": 2, "log": True}, "x: The parameter `step`"),
        ({"type": "int", "low": "few", "high": 3}, "x.low: 'few' is not allowed"),
        ({"type": "int", "low": 1.5, "high": 3}, "x.low: 1.5 is not allowed"),
        ({"type": "int", "low": 1, "high": 6, "step": 0}, "x.step: 0 is not allowed"),
        ({"type": "float", "low": 0, "high": math.inf}, "x.high: inf is not allowed"),
        ({"type": "float", "low": math.nan, "high": 1}, "x.low: nan is not allowed"),
        ({"type": "int", "low": 1}, "x.high is missing"),
        ({"type": "int", "low": 1, "high": 3, "lgo": True}, "x.lgo: True is not allowed"),
        ({"type": "integer", "low": 1, "high": 3}, "'integer'"),
        ({"low": 1, "high": 3}, "x: {'low': 1, 'high': 3} is not allowed"),
        ({"type": "categorical", "choices": []}, "x.choices: [] is not allowed"),
        ({"type": "categorical", "choices": [[1]]}, "x.choices.0: [1] is not allowed"),
        ({"type": "categorical", "choices": [1, 1.0]}, "x.choices: [1, 1.0] lists a choice twice"),
        ({"type": "categorical", "choices": [True, 1]}, "x.choices: [True, 1] lists a choice twice"),
        (3, "x: 3 is not allowed"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(dimension: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SearchSpace.model_validate({"x": dimension})


def test_another_warning_of_optuna_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*args: Any, **kwargs: Any) -> IntDistribution:
        warnings.warn("A later release has another name for it.", FutureWarning, stacklevel=2)
        return IntDistribution(*args, **kwargs)

    monkeypatch.setattr(dimensions, "IntDistribution", warn)
    with pytest.warns(FutureWarning, match="another name"):
        SearchSpace.model_validate({"x": {"type": "int", "low": 1, "high": 6}})


@pytest.mark.parametrize("name", ["int", "float", "categorical"])
def test_an_unknown_type_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(ValueError, match=f"expected tags.*'{name}'"):
        SearchSpace.model_validate({"x": {"type": "real", "low": 1, "high": 3}})
