"""The site builds, and what its pages tell the reader to write is accepted."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml
from optuna.storages import InMemoryStorage

from kedro_sweep.search import Model, SearchSpace, Sweep, search

DOCS = Path(__file__).parents[1] / "docs"


def find_examples(page: str, language: str) -> list[str]:
    """The blocks of code on a page."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE
    )


ESTIMATORS = [
    example
    for example in map(yaml.safe_load, find_examples("another_estimator.md", "yaml"))
    if "model" in example
]


@pytest.fixture
def _functions_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that the page tells the reader to write."""
    module = ModuleType("kedro_sweep.models")
    for example in find_examples("another_estimator.md", "python"):
        exec(example, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_the_site_builds_without_a_warning(root: Path, tmp_path: Path) -> None:
    # Exactly what `make docs` runs, into another folder.
    recipe = subprocess.run(
        ["make", "--dry-run", "docs"], cwd=root, text=True, capture_output=True, check=True
    ).stdout
    [options] = re.findall(r"sphinx-build (.*)", recipe)
    command = [sys.executable, "-m", "sphinx", *options.split()[:-1], str(tmp_path)]
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "reference.html").read_text()
    pattern = r'id="kedro_sweep\.(?:\w+\.)*(\w+)"'
    assert {"search", "OptunaStorageDataset", "train_model"} <= set(re.findall(pattern, reference))


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_every_make_command_of_a_page_exists(page: str, root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (DOCS / page).read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.usefixtures("_functions_of_the_page")
@pytest.mark.parametrize("example", ESTIMATORS, ids=lambda example: example["model"]["class"])
def test_every_estimator_of_the_page_can_be_searched(
    example: dict[str, Any], parameters: dict[str, Any], table: tuple[pd.DataFrame, pd.Series]
) -> None:
    short = {"n_trials": 2, "cv": 2, "sampler": {"class": "RandomSampler"}}
    study = search(
        InMemoryStorage(),
        *table,
        model=Model.model_validate(example["model"]),
        search_space=SearchSpace.model_validate(example["search_space"]),
        sweep=Sweep.model_validate(example.get("sweep", parameters["sweep"]) | short),
        random_seed=0,
    )
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE"]


@pytest.mark.usefixtures("_functions_of_the_page")
@pytest.mark.parametrize("page", ["another_estimator.md", "scaling.md"])
def test_every_sweep_of_a_page_is_accepted(page: str, parameters: dict[str, Any]) -> None:
    sweeps = [
        example["sweep"]
        for example in map(yaml.safe_load, find_examples(page, "yaml"))
        if "sweep" in example
    ]
    assert sweeps
    for sweep in sweeps:
        Sweep.model_validate(parameters["sweep"] | sweep)
