"""Samplers and splitters, by name."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from optuna.pruners import MedianPruner
from optuna.samplers import CmaEsSampler, RandomSampler, TPESampler

from kedro_sweep.search import Pruner, Sampler, Splitter


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
    assert isinstance(sampler, sampler_class)


def test_a_pruner_is_built_with_its_arguments() -> None:
    pruner = Pruner.model_validate({"class": "MedianPruner", "params": {"n_startup_trials": 2}}).make()
    assert isinstance(pruner, MedianPruner)
    assert pruner._n_startup_trials == 2


SKLEARN = "sklearn.model_selection"


@pytest.mark.parametrize(
    ("name", "params", "seed"),
    [
        ("RepeatedStratifiedKFold", {"n_splits": 3, "n_repeats": 2}, 7),
        ("RepeatedKFold", {}, 7),
        ("ShuffleSplit", {"test_size": 0.2}, 7),
        ("GroupShuffleSplit", {}, 7),
        ("StratifiedKFold", {"shuffle": True}, 7),
        ("StratifiedKFold", {}, None),
        ("TimeSeriesSplit", {"gap": 2}, None),
        ("LeaveOneOut", {}, None),
    ],
)
def test_a_splitter_that_shuffles_gets_the_seed(
    name: str, params: dict[str, Any], seed: int | None
) -> None:
    splitter = Splitter.model_validate({"class": f"{SKLEARN}.{name}", "params": params}).build(seed=7)
    assert type(splitter).__name__ == name
    assert getattr(splitter, "random_state", None) == seed


@pytest.mark.parametrize(
    ("path", "params", "message"),
    [
        (f"{SKLEARN}.KFolds", {}, "'sklearn.model_selection.KFolds' cannot be imported"),
        (f"{SKLEARN}.cross_val_score", {}, "class: sklearn.model_selection.cross_val_score is not a"),
        ("builtins.str", {}, "class: builtins.str is not a class with split and get_n_splits"),
        (f"{SKLEARN}.KFold", {"folds": 3}, "sklearn.model_selection.KFold does not accept params {'fo"),
        (
            f"{SKLEARN}.KFold",
            {"n_splits": 1},
            "does not accept params {'n_splits': 1}: k-fold cr",
        ),
        (f"{SKLEARN}.BaseCrossValidator", {}, "BaseCrossValidator does not accept params {}: Can't ins"),
        (
            f"{SKLEARN}.ShuffleSplit",
            {"random_state": 1},
            "params.random_state: the seed comes from",
        ),
    ],
)
def test_what_cannot_cut_folds_is_refused_in_one_line(
    path: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Splitter.model_validate({"class": path, "params": params})
    assert "\n" not in str(caught.value)


def test_a_splitter_is_written_as_it_was_read() -> None:
    written = {"class": f"{SKLEARN}.KFold", "params": {"n_splits": 3}}
    splitter = Splitter.model_validate(written)
    assert json.loads(json.dumps(splitter.model_dump(by_alias=True))) == written


def test_a_splitter_of_ones_own_may_require_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seeded_folds.py").write_text(
        "from sklearn.model_selection import KFold\n\n\n"
        "class Seeded(KFold):\n"
        "    def __init__(self, random_state):\n"
        "        super().__init__(3, shuffle=True, random_state=random_state)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    splitter = Splitter.model_validate({"class": "seeded_folds.Seeded"})
    assert splitter.build(seed=7).random_state == 7
