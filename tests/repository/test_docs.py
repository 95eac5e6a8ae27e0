"""Everything that the pages tell the reader to write or type works."""

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro_sweep import SweepSearchCV
from kedro_sweep.cli import sweep
from kedro_sweep.search import StudyConfiguration, Sweep, run_search
from optuna.storages import InMemoryStorage
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from wine_sweep.pipeline_registry import register_pipelines

from tests.conftest import ROOT, read_yaml

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What tells people to install something.
INSTRUCTIONS = [
    *PAGES,
    *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "pyproject.toml")),
    *(ROOT / "packages").glob("*/README.md"),
    *(ROOT / "packages").glob("*/pyproject.toml"),
    *(ROOT / "starter").rglob("*.md"),
]


def name_in_pages(pattern: str) -> set[str]:
    """What a pattern finds in any page."""
    return {name for page in PAGES for name in re.findall(pattern, page.read_text(), re.MULTILINE)}


def find_examples(page: str, language: str) -> list[str]:
    """The blocks of code on a page of the site."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


ESTIMATORS = [
    example["sweep"]
    for example in map(yaml.safe_load, find_examples("how_to/estimators.md", "yaml"))
    if "model" in example.get("sweep", {})
]


@pytest.fixture
def _functions_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that the page tells the reader to write."""
    module = ModuleType("wine_sweep.models")
    for example in find_examples("how_to/estimators.md", "python"):
        exec(example, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture
def some_wines(wine: pd.DataFrame) -> pd.DataFrame:
    """A quarter of each class, as few as two rows of the smallest."""
    return wine.groupby("quality", group_keys=False).sample(frac=0.25, random_state=0)


def test_every_command_of_a_page_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test"} <= name_in_pages(r"(?:^|`)make ([a-z-]+)") <= targets
    assert {"use"} <= name_in_pages(r"kedro sweep ([a-z][a-z-]*)") <= set(sweep.commands)


def test_no_page_names_an_address_or_a_package_that_is_not_registered() -> None:
    text = "\n".join(page.read_text() for page in INSTRUCTIONS)
    assert "kedro-sweep/kedro-sweep" not in text.replace("packages/kedro-sweep/", "")
    addresses = re.findall(r"git clone (\S+)|--starter=(\S+)|git\+([^#\s`\"]+)", text)
    assert {"".join(found).removeprefix("git+") for found in addresses} <= {"ADDRESS", ""}
    installs = re.findall(r"(?:pip install|uv add|uvx|--with) .*", text)
    # Allowed: a path to it, an address after its name, and its program.
    by_name = re.compile(r"(?<![\w./-])kedro[-_]sweep(?![\w/-]| @ git\+ADDRESS| demo)")
    assert not [line for line in installs if by_name.search(line)]


def test_the_readme_starts_with_the_commands_that_run_and_test_a_clone(root: Path) -> None:
    first_screen = (root / "README.md").read_text().partition("<picture>")[0]
    commands = re.findall(r"^(?:git clone|make) \w+", first_screen, re.MULTILINE)
    assert commands == ["git clone ADDRESS", "make run", "make test"]


@pytest.mark.parametrize("start", ["README.md", "docs/index.md"])
def test_what_most_people_come_for_is_one_click_away(root: Path, start: str) -> None:
    links = re.findall(r"\]\((?:docs/)?([a-z_/]+)\.md\)", (root / start).read_text())
    tasks = ("own_table", "estimators", "contest", "prediction", "production", "tracking")
    assert {"explanation/estimates", *(f"how_to/{task}" for task in tasks)} <= set(links)


def test_every_pipeline_and_node_of_a_page_exists() -> None:
    pipelines = register_pipelines()
    known = {*pipelines, *(node.name for node in pipelines["__default__"].nodes)}
    named = name_in_pages(r"--(?:pipelines?|(?:from-|to-)?nodes)[ =]([\w.,]+)")
    assert {"inference"} <= {name for names in named for name in names.split(",")} <= known


def test_every_picture_that_a_page_shows_exists() -> None:
    shown = {
        page.parent / address
        for page in PAGES
        for address in re.findall(
            r"""(?:!\[[^\]]*\]\(|src(?:set)?=")([^)\s"]+\.(?:png|svg))""", page.read_text()
        )
    }
    assert shown
    assert [picture for picture in shown if not picture.exists()] == []


def test_the_reference_names_every_parameter(root: Path) -> None:
    page = (root / "docs/reference/parameters.md").read_text()
    for file in (root / "conf/base").glob("parameters*.yml"):
        for group, parameters in read_yaml(file).items():
            for name, value in parameters.items():
                inner = value if name in ("model", "split", "ensemble") else [None]
                for key in inner:
                    assert f"`{'.'.join(filter(None, (group, name, key)))}`" in page


def test_the_reference_names_every_dataset_that_has_a_file(root: Path) -> None:
    page = (root / "docs/reference/outputs.md").read_text()
    catalog = read_yaml(root / "conf/base/catalog.yml")
    kept = {name for name, entry in catalog.items() if {"filepath", "path"} & entry.keys()}
    assert not {name for name in kept if f"`{name}`" not in page}


def test_the_reference_names_every_command(root: Path) -> None:
    page = (root / "docs/reference/commands.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE)
    commands = {f"make {name}" for name in targets} | {f"kedro sweep {name}" for name in sweep.commands}
    assert not {command for command in commands if not re.search(rf"`{command}[` ]", page)}


def test_the_reference_names_every_extra(root: Path) -> None:
    page = (root / "docs/reference/commands.md").read_text()
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    for extra in project["optional-dependencies"]:
        assert f"`uv sync --inexact --no-dev --extra {extra}`" in page


@pytest.mark.usefixtures("_functions_of_the_page")
@pytest.mark.parametrize("example", ESTIMATORS, ids=lambda example: example["model"]["class"])
def test_every_estimator_of_the_page_can_be_searched(
    example: dict[str, Any], parameters: dict[str, Any], features: list[str], some_wines: pd.DataFrame
) -> None:
    short = {"n_trials": 2, "cv": 2, "sampler": {"class": "RandomSampler"}}
    sweep = Sweep.model_validate(parameters["sweep"] | example | short)
    configuration = StudyConfiguration(
        X=some_wines[features].astype(float),
        y=some_wines[parameters["data"]["y_label"]],
        model=sweep.model,
        search_space=sweep.search_space,
        sweep=sweep,
        random_seed=0,
    )
    with threadpool_limits(1):  # threads of such small fits wait for each other on busy cores
        study = run_search(configuration, InMemoryStorage())
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE"]


@pytest.mark.usefixtures("_functions_of_the_page")
@pytest.mark.parametrize("page", ["how_to/estimators.md", "how_to/notebook.md", "how_to/scaling.md"])
def test_every_sweep_of_a_page_is_accepted(page: str, parameters: dict[str, Any]) -> None:
    examples = map(yaml.safe_load, find_examples(page, "yaml"))
    sweeps = [example["sweep"] for example in examples if "sweep" in example]
    assert sweeps
    for changes in sweeps:
        Sweep.model_validate(parameters["sweep"] | changes)


def test_the_searches_of_the_notebook_page_run_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown: list[Any] = []
    monkeypatch.setattr(SweepSearchCV, "report", lambda _, *rows: shown.append(rows))
    monkeypatch.setattr("kedro_sweep.notebook._report.Result.report", lambda *self: shown.extend(self))
    random = np.random.default_rng(0)
    table = pd.DataFrame({"age": random.integers(18, 90, 80), "plan": random.choice(["a", "b"], 80)})
    table.assign(churned=table["age"] > 50).to_csv("churn.csv", index=False)
    code = "".join(find_examples("how_to/notebook.md", "python")).replace("n_trials=50", "n_trials=3")
    tree = '"model": {"class": "sklearn.tree.DecisionTreeClassifier"}'
    space = '"search_space": {"max_depth": {"type": "int", "low": 1, "high": 5}}'
    fast = f'models=None, n_trials=2, sweep={{"cv": 2, "untuned_boosting": False, {tree}, {space}}}'
    code = code.replace('target="churned"', f'target="churned", {fast}')
    names: dict[str, Any] = {"new_rows": table}
    with threadpool_limits(1):
        exec(code, names)
    assert len(names["search"].study_.trials) == 3
    assert [len(part) for part in shown[0]] == [143, 143]
    assert shown[1] is names["result"]
    assert (tmp_path / "search.journal").exists()
    assert (tmp_path / "churn.journal").exists()


def test_the_search_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, features: list[str], some_wines: pd.DataFrame
) -> None:
    monkeypatch.chdir(tmp_path)
    model, X = DecisionTreeClassifier(min_samples_leaf=5), some_wines[features]
    [code] = find_examples("../README.md", "python")
    names: dict[str, Any] = {"model": model, "X": X, "y": some_wines["quality"] > 5}
    exec(code, names)
    found = names["search"].corrected_score_
    assert found.low < found.value < found.high
    assert len(names["search"].study_.trials) == 100
