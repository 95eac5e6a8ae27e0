"""Samplers and pruners are found by name, and what cannot work is refused at once."""

import sys

import pytest
from optuna.pruners import MedianPruner
from optuna.samplers import CmaEsSampler, RandomSampler, TPESampler

from kedro_sweep.search import Pruner, Sampler


@pytest.mark.parametrize("name", ["TPESampler", "RandomSampler", "CmaEsSampler", "GPSampler"])
def test_an_unknown_sampler_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        Sampler.model_validate({"class": "Bayes"})


@pytest.mark.parametrize("name", ["BaseSampler", "BaseGASampler", "GridSampler", "BruteForceSampler"])
def test_a_sampler_that_cannot_fill_a_study_is_refused(name: str) -> None:
    params = {"search_space": {"max_depth": [1]}} if name == "GridSampler" else {}
    with pytest.raises(ValueError, match=f"'{name}' is not one of "):
        Sampler.model_validate({"class": name, "params": params})


@pytest.mark.parametrize(("name", "package"), [("CmaEsSampler", "cmaes"), ("GPSampler", "torch")])
def test_a_sampler_without_its_package_names_the_package(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=rf"{name} needs the package {package}\b"):
        Sampler.model_validate({"class": name})


@pytest.mark.parametrize("sampler_class", [TPESampler, RandomSampler, CmaEsSampler])
def test_a_sampler_is_built_by_its_class_name(sampler_class: type) -> None:
    sampler = Sampler.model_validate({"class": sampler_class.__name__}).build(seed=1)
    assert type(sampler) is sampler_class


def test_a_pruner_is_built_with_its_arguments() -> None:
    pruner = Pruner.model_validate({"class": "MedianPruner", "params": {"n_startup_trials": 2}}).build()
    assert isinstance(pruner, MedianPruner)
    assert pruner._n_startup_trials == 2
