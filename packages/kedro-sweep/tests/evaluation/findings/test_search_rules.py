"""A study shows whether its search was wide, long and efficient enough."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from kedro_sweep.evaluation.findings import Finding
from kedro_sweep.evaluation.findings._evidence import Evidence, Rule, find
from kedro_sweep.evaluation.findings._search_rules import (
    as_good_and_faster,
    best_at_edge,
    parameter_without_effect,
    still_improving,
)

MakeEvidence = Callable[..., Evidence]
Trials = list[tuple[dict[str, Any], float]]
TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
UNCHECKED = {"class": f"{__name__}.Unchecked"}


class Unchecked(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """An estimator that does not declare its valid values, like those of other libraries."""

    def __init__(self, share: float = 0.5) -> None:
        """Take any share."""
        self.share = share

    def fit(self, X: Any, y: Any) -> "Unchecked":
        """Learn nothing."""
        return self


@pytest.fixture
def make_evidence(make_evidence: MakeEvidence) -> MakeEvidence:
    """Make the evidence of a run whose score has a standard error of 0.02."""
    corrected = {"corrected_value": 0.5, "corrected_low": 0.5, "corrected_high": 0.5 + 4 * 1.96 / 100}
    return partial(make_evidence, **corrected)


def draw(
    space: dict[str, Any], score: Callable[[dict[str, Any]], float], n: int = 60, seed: int = 0
) -> Trials:
    """Draw trials at random from a search space of numbers, and score them without noise."""
    numbers = np.random.default_rng(seed)
    trials = []
    for _ in range(n):
        params: dict[str, Any] = {}
        for name, dimension in space.items():
            if dimension["type"] == "categorical":
                params[name] = dimension["choices"][numbers.integers(len(dimension["choices"]))]
            elif dimension["type"] == "int":
                params[name] = int(numbers.integers(dimension["low"], dimension["high"] + 1))
            else:
                params[name] = float(numbers.uniform(dimension["low"], dimension["high"]))
        trials.append((params, score(params)))
    return trials


def whole(low: int, high: int, **more: Any) -> dict[str, Any]:
    return {"type": "int", "low": low, "high": high, **more}


def real(low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"type": "float", "low": low, "high": high, **more}


def names(findings: list[Finding]) -> list[str]:
    return [finding.figures["parameter"] for finding in findings]


def test_the_remedy_of_a_contest_names_the_candidate_and_no_file(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50), "max_depth": whole(1, 20)}
    trials = draw(space, lambda params: params["n_estimators"])
    trials += [({"n_estimators": 50, "max_depth": 9}, 51.0)]
    evidence = replace(make_evidence(trials, space=space), candidate="forest")
    [finding] = find(best_at_edge, evidence)
    assert finding.remedy.startswith(
        "Raise sweep.models.forest.search_space.n_estimators.high, and raise sweep.n_trials to more "
        "than 100: "
    )


def test_a_parameter_that_the_best_trial_does_not_have_is_at_no_edge(
    make_evidence: MakeEvidence,
) -> None:
    choice = {"type": "categorical", "choices": ["gini", "entropy"]}
    space = {"criterion": choice, "max_depth": whole(1, 50, when={"criterion": "gini"})}
    deep: Trials = [({"criterion": "gini", "max_depth": n}, n / 50) for n in range(1, 51)]
    assert names(find(best_at_edge, make_evidence(deep, model=TREE, space=space))) == ["max_depth"]
    better: Trials = [({"criterion": "entropy"}, 2.0)]
    assert not find(best_at_edge, make_evidence([*deep, *better], model=TREE, space=space))


def test_values_that_get_better_up_to_the_edge_are_told(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50), "max_depth": whole(1, 20)}
    trials = draw(space, lambda params: params["n_estimators"] - 0.01 * abs(params["max_depth"] - 9))
    trials += [({"n_estimators": 49, "max_depth": 9}, 50.0)]
    [finding] = find(best_at_edge, make_evidence(trials, space=space))
    elsewhere = max(value for params, value in trials if params["n_estimators"] < 50 - 0.1 * 48)
    assert finding.figures.items() >= {"best_value": 50.0, "best_elsewhere": elsewhere}.items()
    assert "The best n_estimators, 49, is at the upper edge of 2 to 50." in finding.message
    assert finding.remedy == (
        "Raise sweep.search_space.n_estimators.high, and raise sweep.n_trials to more than 100 in "
        "conf/base/parameters_data_science.yml: the complete trials so far count toward it."
    )
    assert finding.figures.items() >= {"value": 49, "low": 2, "high": 50, "edge": "high"}.items()


@pytest.mark.parametrize(("log", "n_findings"), [(False, 1), (True, 0)])
def test_nearness_is_measured_on_the_scale_of_the_search(
    log: bool, n_findings: int, make_evidence: MakeEvidence
) -> None:
    # 0.004 is near 0.001 on a linear scale, and far from it on a logarithmic one.
    values = [*np.linspace(0.0041, 0.9, 40), 0.004]
    trials = [({"share": float(value)}, -float(value)) for value in values]
    space = {"share": real(0.001, 0.9, log=log)}
    findings = find(best_at_edge, make_evidence(trials, model=UNCHECKED, space=space))
    assert len(findings) == n_findings
    for finding in findings:
        assert "The best share, 0.0040, is at the lower edge of 0.001 to 0.9" in finding.message
        assert finding.remedy.startswith("Lower sweep.search_space.share.low, and raise sweep.n_trials")


def test_a_score_to_minimize_has_its_best_at_the_other_end(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50)}
    trials = draw(space, lambda params: params["n_estimators"])
    [up] = find(best_at_edge, make_evidence(trials, space=space))
    [down] = find(best_at_edge, make_evidence(trials, space=space, direction="minimize"))
    assert (up.figures["edge"], down.figures["edge"]) == ("high", "low")


@pytest.mark.parametrize(
    ("name", "dimension", "sign", "model"),
    [
        ("min_samples_leaf", whole(1, 40), -1, TREE),
        ("min_samples_split", whole(2, 40), -1, TREE),
        ("max_features", real(0.1, 1.0), 1, TREE),
        ("ccp_alpha", real(0.0, 0.1), -1, TREE),
        ("max_features", whole(1, 20), 1, TREE),  # the table has two features
        ("share", real(0.2, 1.0), 1, UNCHECKED),
    ],
)
def test_a_bound_that_nothing_lies_beyond_is_no_finding(
    name: str, dimension: dict[str, Any], sign: int, model: dict[str, Any], make_evidence: MakeEvidence
) -> None:
    space = {name: dimension}
    trials = draw(space, lambda params: sign * params[name])
    bound = dimension["high"] if sign > 0 else dimension["low"]
    trials += [({name: bound}, sign * bound)]
    assert find(best_at_edge, make_evidence(trials, space=space, model=model)) == []


def test_a_best_that_only_happens_to_be_at_the_edge_is_no_finding(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50), "max_depth": whole(1, 20)}
    inside = draw(space, lambda params: -abs(params["n_estimators"] - 25))
    lucky = [({"n_estimators": 50, "max_depth": 7}, 1.0)]
    assert find(best_at_edge, make_evidence(inside + lucky, space=space)) == []


@pytest.mark.parametrize("rule", [best_at_edge, still_improving])
def test_a_gain_of_less_than_half_a_standard_error_may_be_luck(
    rule: Rule, make_evidence: MakeEvidence
) -> None:
    for step, n_findings in ((0.003, 1), (0.0002, 0)):
        trials: Trials = [({"n_estimators": n, "max_depth": 5}, n * step) for n in range(2, 51)]
        found = find(rule, make_evidence(trials))
        assert len([*found]) == n_findings


def test_without_a_corrected_value_the_test_rows_give_the_standard_error(
    make_evidence: MakeEvidence,
) -> None:
    trials: Trials = [({"n_estimators": n, "max_depth": 5}, n * 0.003) for n in range(2, 51)]
    unknown = {"corrected_value": None}
    assert not find(best_at_edge, make_evidence(trials, **unknown))
    score = {"name": "accuracy", "value": 0.5, "low": 0.48, "high": 0.52}
    evidence = make_evidence(trials, details={"score": score}, **unknown)
    assert evidence.standard_error == pytest.approx(0.04 / 3.92 / 2)  # of four times as many rows
    assert find(best_at_edge, evidence)


def test_a_parameter_that_does_not_matter_has_no_edge(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50), "max_leaf_nodes": whole(2, 4)}
    for seed in range(10):
        trials = draw(space, lambda params: -abs(params["n_estimators"] - 25), seed=seed)
        assert find(best_at_edge, make_evidence(trials, space=space)) == []


def test_a_search_that_ends_on_its_way_up_goes_on(make_evidence: MakeEvidence) -> None:
    trials = [({"n_estimators": 2 + n, "max_depth": 5}, n / 100) for n in range(40)]
    [finding] = find(still_improving, make_evidence(trials, n_trials=40))
    assert finding.message == (
        "The search was still improving: its last 8 of 40 complete trials took the best accuracy from "
        "0.3100 to 0.3900."
    )
    assert finding.remedy == (
        "Raise sweep.n_trials from 40 to 80 in conf/base/parameters_data_science.yml: the 40 trials are "
        "kept."
    )
    [failed] = find(still_improving, make_evidence(trials, n_failed=2, n_trials=42))
    assert "from 42 to 84" in failed.remedy
    [stopped] = find(still_improving, make_evidence(trials, n_trials=100))
    assert stopped.remedy == "Run again: it ended at 40 of 100 trials, which are kept."
    [lower] = find(
        still_improving,
        make_evidence([(params, -value) for params, value in trials], direction="minimize"),
    )
    assert "from \N{MINUS SIGN}0.3100 to \N{MINUS SIGN}0.3900" in lower.message


@pytest.mark.parametrize(
    "last",
    [
        [0.5] * 8,  # as good as before
        [0.1] * 7 + [0.9],  # a single lucky one
        [0.1] * 6 + [0.5001, 0.5002],  # hardly any better
    ],
)
def test_a_search_that_has_settled_is_left_alone(last: list[float], make_evidence: MakeEvidence) -> None:
    values = [0.3, 0.5, 0.1, 0.2] * 8 + last
    trials = [({"n_estimators": 2 + n, "max_depth": 5}, value) for n, value in enumerate(values)]
    assert find(still_improving, make_evidence(trials)) == []


def test_the_same_configuration_again_is_no_improvement(make_evidence: MakeEvidence) -> None:
    trials = [({"n_estimators": 2 + n, "max_depth": 5}, n / 100) for n in range(25)]
    again = [({"n_estimators": 50, "max_depth": 5}, 1.0)] * 15
    assert find(still_improving, make_evidence(trials + again)) == []


@pytest.mark.parametrize("other", [whole(1, 20), {"type": "categorical", "choices": [1, "log2", None]}])
def test_a_parameter_that_makes_no_difference_is_told(
    other: dict[str, Any], make_evidence: MakeEvidence
) -> None:
    space = {"n_estimators": whole(2, 50), "max_features": other}
    trials = draw(space, lambda params: -abs(params["n_estimators"] - 25), n=100, seed=3)
    [finding] = find(parameter_without_effect, make_evidence(trials, space=space))
    assert finding.figures["parameter"] == "max_features"
    assert finding.message.startswith("No effect of max_features by itself is seen: the ")
    assert "Give max_features one value under sweep.model.params" in finding.remedy


def test_a_parameter_that_others_depend_on_stays(make_evidence: MakeEvidence) -> None:
    kernel = {"type": "categorical", "choices": ["rbf", "linear"]}
    gamma = whole(1, 20) | {"when": {"kernel": "rbf"}}
    free = {"kernel": kernel, "C": whole(1, 20)}
    for space, is_told in ((free, True), (free | {"gamma": gamma}, False)):
        trials = draw(space, lambda params: params["C"])
        for params, _ in trials:
            if params["kernel"] == "linear":
                params.pop("gamma", None)
        found = find(parameter_without_effect, make_evidence(trials, space=space))
        assert [finding.figures["parameter"] for finding in found] == ["kernel"] * is_told


def test_parameters_that_make_a_difference_are_kept(make_evidence: MakeEvidence) -> None:
    space = {"n_estimators": whole(2, 50), "max_depth": whole(1, 20)}
    trials = draw(
        space, lambda params: -abs(params["n_estimators"] - 25) - abs(params["max_depth"] - 10)
    )
    assert find(parameter_without_effect, make_evidence(trials, space=space)) == []


@pytest.mark.parametrize("rule", [best_at_edge, still_improving, parameter_without_effect])
def test_few_or_equal_trials_tell_nothing(rule: Rule, make_evidence: MakeEvidence) -> None:
    one = ({"n_estimators": 50, "max_depth": 20}, 0.5)
    for trials in ([], [one], [one] * 60):
        assert find(rule, make_evidence(trials)) == []
    choices = {"criterion": {"type": "categorical", "choices": ["gini", "entropy"]}}
    space = choices | {"n_estimators": whole(7, 7), "max_depth": whole(1, 20)}
    equal = make_evidence(draw(space, lambda _: 0.5), space=space)
    assert [name for name in names(find(rule, equal)) if name == "n_estimators"] == []


FASTEST = {"candidate": "linear", "trial": 3, "params": {"C": 1.0}, "value": 0.61, "seconds": 0.001}
FASTEST |= {"seconds_of_model": 0.008, "as_good": 12}
SEARCH = {"best_value": 0.613, "n_configurations": 60}


def test_a_much_faster_model_that_is_as_good_is_told(make_evidence: MakeEvidence) -> None:
    [finding] = find(as_good_and_faster, make_evidence(fastest=FASTEST, **SEARCH))
    assert finding.figures["speed_up"] == 8
    assert (finding.figures["as_good"], finding.figures["configurations"]) == (12, 60)
    assert (finding.figures["value"], finding.figures["model_value"]) == (0.61, 0.613)
    assert "linear with C: 1, predicts 8.0 times as fast" in finding.message
    assert "too few" not in finding.message
    assert not finding.doubt
    for n_trials, end in ((40, "and sweep.n_trials to 40."), (100, "No trial is added.")):
        evidence = make_evidence(fastest=FASTEST, **SEARCH)
        summary = evidence.summary.model_copy(update={"n_trials": n_trials})
        [finding] = find(as_good_and_faster, replace(evidence, summary=summary))
        assert finding.remedy.endswith(end)
    [few] = find(as_good_and_faster, make_evidence(fastest=FASTEST | {"as_good": 31}, **SEARCH))
    assert "The rows are too few to tell most of them apart." in few.message


@pytest.mark.parametrize(
    "change",
    [
        {"fastest": {}},
        {"fastest": FASTEST | {"seconds_of_model": 0.002}},
        {"choose": "simplest"},
    ],
    ids=str,
)
def test_a_model_that_is_hardly_faster_or_not_as_good_is_not(
    change: dict[str, Any], make_evidence: MakeEvidence
) -> None:
    assert find(as_good_and_faster, make_evidence(**{"fastest": FASTEST} | SEARCH | change)) == []
