"""Versions and sources show which code computed a score."""

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from kedro_sweep.evaluation._summary import fingerprint_comparable
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings._xgboost import NumberedClasses
from kedro_sweep.search.study._provenance import find_versions, hash_sources, list_modules
from kedro_sweep.validation import import_callable

FACTORY = """
from sklearn.svm import SVC


def make_model(**params):
    return SVC(**params)
"""


@pytest.fixture
def factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A custom module."""
    file = tmp_path / "own_models.py"
    file.write_text(FACTORY)
    (tmp_path / "short_cut.py").write_text("from own_models import make_model")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("own_models", "short_cut"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return file


def test_scikit_learn_is_always_among_the_versions() -> None:
    assert find_versions([]) == {"scikit-learn": version("scikit-learn")}


def test_every_step_of_a_pipeline_is_looked_at() -> None:
    modules = list_modules(make_pipeline(SVC()), [make_pipeline])
    assert modules == {"sklearn.pipeline", "sklearn.svm._classes"}
    assert hash_sources(modules) == {}


@pytest.mark.parametrize("module", ["own_models", "short_cut"])
def test_the_source_of_a_function_of_the_users_own_is_part_of_the_study(
    module: str, factory: Path, configure: Callable[..., StudyConfiguration]
) -> None:
    def name_study() -> str:
        space = {"C": {"type": "float", "low": 1, "high": 9}}
        return configure(model={"class": f"{module}.make_model"}, search_space=space).study_name

    first = name_study()
    assert name_study() == first
    factory.write_text(FACTORY + "\n# edited\n")
    assert name_study() != first


@pytest.mark.parametrize(
    "made",
    [
        "make_scorer(cost, costs={('no', 'yes'): 5}, link=lambda x: x)",
        "make_scorer(partial(cost, costs={('no', 'yes'): 5}, link=str))",
        "make_scorer(make_cost({('no', 'yes'): 5}))",
    ],
)
def test_the_options_of_a_scorer_of_the_users_own_are_part_of_the_study(
    made: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    configure: Callable[..., StudyConfiguration],
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # files of the same second would be the same
    factory = "def cost(y, y_pred, costs, link): return len(costs)\n"
    factory += "def make_cost(costs): return lambda y, y_pred: len(costs)\n"
    (tmp_path / "own_costs.py").write_text(factory)
    source = "from functools import partial\nfrom sklearn.metrics import make_scorer\n"
    source += f"from own_costs import cost, make_cost\nown = {made}\n"
    names = []
    for text in (source, source, source.replace("5}", "7}")):
        (tmp_path / "own_scores.py").write_text(text)
        sys.modules.pop("own_scores", None)
        (tmp_path / "own_entry.py").write_text("from own_scores import own")
        sys.modules.pop("own_entry", None)
        configuration = configure(scoring="own_entry.own")
        names.append((configuration.study_name, fingerprint_comparable(configuration)))
    assert names[0] == names[1]
    assert not {*names[1]} & {*names[2]}


def test_a_module_that_is_no_installed_package_is_hashed(factory: Path) -> None:
    modules = list_modules(SVC(), [import_callable("own_models.make_model")])
    assert set(hash_sources(modules)) == {"own_models"}
    assert set(find_versions(modules)) == {"scikit-learn"}


def test_a_module_without_a_file_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = ModuleType("cell_of_a_notebook")
    exec("def make_model(): ...", cell.__dict__)
    monkeypatch.setitem(sys.modules, "cell_of_a_notebook", cell)
    modules = list_modules(SVC(), [cell.make_model])
    assert "cell_of_a_notebook" in modules
    assert hash_sources(modules) == {}


def test_the_wrapper_of_xgboost_is_recorded_as_in_the_first_studies() -> None:
    recorded = {"kedro_sweep.search.xgboost_classifier": "cad2eadcf22e"}
    assert hash_sources({NumberedClasses.__module__}) == recorded
