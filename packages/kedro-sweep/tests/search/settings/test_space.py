"""A search space gives the distributions that its file says, or an error that says why not."""

import math
import re
import warnings
from itertools import pairwise
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.search.settings import _space as space
from kedro_sweep.search.settings import check_search_space

FOREST = "sklearn.ensemble.RandomForestClassifier"


def make_svc(C: float = 1.0) -> Pipeline:
    """Make an estimator of two steps, as a user might."""
    return make_pipeline(StandardScaler(), SVC(C=C))


def test_a_space_may_hold_integers(parameters: dict[str, Any]) -> None:
    assert SearchSpace.model_validate(parameters["sweep"]["search_space"]).distributions() == {
        "n_estimators": IntDistribution(2, 10),
        "max_depth": IntDistribution(1, 20, log=True),
    }


def test_an_empty_space_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        SearchSpace.model_validate({})


@pytest.mark.parametrize(
    ("fixed", "searched", "message"),
    [
        (
            {},
            "depth",
            "'warm_start']: correct its name, or, if you changed the class, replace search_space, too",
        ),
        ({"max_depth": 3}, "max_depth", "max_depth is also fixed under params, to 3"),
        ({}, "random_state", "search_space.random_state: the seed comes from data.random_seed"),
    ],
)
def test_a_space_that_does_not_fit_the_model_is_refused(
    fixed: dict[str, Any], searched: str, message: str
) -> None:
    model = Model.model_validate({"class": FOREST, "params": fixed})
    space = SearchSpace.model_validate({searched: {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match=re.escape(message)):
        check_search_space(model, space)


def test_an_unknown_argument_is_answered_with_the_known() -> None:
    space = SearchSpace.model_validate({"depth": {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match="'max_depth'"):
        check_search_space(Model.model_validate({"class": FOREST}), space)


def test_the_seed_of_a_step_is_not_searched() -> None:
    space = SearchSpace.model_validate({"svc__random_state": {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match=r"the seed comes from data\.random_seed"):
        check_search_space(Model.model_validate({"class": f"{__name__}.make_svc"}), space)


@pytest.mark.parametrize(
    ("params", "names", "message"),
    [
        ({}, ["C", "svc__C"], "sweep.search_space.C and sweep.search_space.svc__C are one argument of"),
        ({"C": 2.0}, ["svc__C"], "search_space.svc__C is also fixed under params, to 2.0"),
    ],
)
def test_two_names_for_one_argument_are_refused(
    params: dict[str, Any], names: list[str], message: str
) -> None:
    model = Model.model_validate({"class": f"{__name__}.make_svc", "params": params})
    space = {name: {"type": "float", "low": 1, "high": 3} for name in names}
    with pytest.raises(InputError, match=re.escape(message)):
        check_search_space(model, SearchSpace.model_validate(space))


KERNELS: dict[str, Any] = {
    "degree": {"type": "int", "low": 2, "high": 5, "when": {"kernel": "poly"}},
    "gamma": {"type": "float", "low": 0.1, "high": 1, "when": {"kernel": ["rbf", "poly"]}},
    "kernel": {"type": "categorical", "choices": ["linear", "rbf", "poly"]},
    "coef0": {"type": "float", "low": 0, "high": 1, "when": {"degree": 3}},
}


@pytest.mark.parametrize(
    ("params", "searched"),
    [
        ({}, ["kernel"]),
        ({"kernel": "linear"}, ["kernel"]),
        ({"kernel": "rbf"}, ["gamma", "kernel"]),
        ({"kernel": "poly", "degree": 2}, ["degree", "gamma", "kernel"]),
        ({"kernel": "poly", "degree": 3}, ["degree", "gamma", "kernel", "coef0"]),
        ({"kernel": "rbf", "degree": 3}, ["gamma", "kernel"]),
    ],
)
def test_a_parameter_is_searched_where_the_other_has_a_value_that_it_needs(
    params: dict[str, Any], searched: list[str]
) -> None:
    assert [*SearchSpace.model_validate(KERNELS).distributions(params)] == searched


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"kernels": "poly"}, "gamma.when: kernels is not searched; it may name one of ['degree',"),
        ({"kernel": "sigmoid"}, "gamma.when.kernel: 'sigmoid' is not in its search space"),
        ({"kernel": ["rbf", "sigmoid"]}, "gamma.when.kernel: 'sigmoid' is not in its search space"),
        ({"kernel": []}, "gamma.when.kernel: [] lists no value"),
        ({"degree": 9}, "gamma.when.degree: 9 is not in its search space"),
        ({"degree": 2.0}, "gamma.when.degree: 2.0 is not in its search space"),
        ({"coef0": 0.5}, "gamma.when: coef0 has type float; name an int or a categorical one"),
        ({"kernel": "rbf", "degree": 2}, "gamma.when"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(when: dict[str, Any], message: str) -> None:
    gamma = {**KERNELS["gamma"], "when": when}
    with pytest.raises(ValueError, match=re.escape(message)):
        SearchSpace.model_validate(KERNELS | {"gamma": gamma})


@pytest.mark.parametrize("names", ["aa", "aba", "abca"])
def test_conditions_in_a_circle_are_refused(names: str) -> None:
    space = {
        name: {"type": "int", "low": 1, "high": 2, "when": {other: 1}} for name, other in pairwise(names)
    }
    with pytest.raises(ValueError, match=f"a.when: {' needs '.join(names)}, in a circle"):
        SearchSpace.model_validate(space)


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

    monkeypatch.setattr(space, "IntDistribution", warn)
    with pytest.warns(FutureWarning, match="another name"):
        SearchSpace.model_validate({"x": {"type": "int", "low": 1, "high": 6}})


@pytest.mark.parametrize("name", ["int", "float", "categorical"])
def test_an_unknown_type_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(ValueError, match=f"expected tags.*'{name}'"):
        SearchSpace.model_validate({"x": {"type": "real", "low": 1, "high": 3}})
