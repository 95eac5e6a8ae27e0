"""The site builds, and everything its pages tell the reader to write or type works."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro_sweep.cli import sweep
from kedro_sweep.search import StudyConfiguration, Sweep, run_search
from optuna.storages import InMemoryStorage
from threadpoolctl import threadpool_limits

from wine_sweep.pipeline_registry import register_pipelines

from tests.conftest import ROOT, read_yaml

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Parts of quoted messages that are values, or come from Kedro, scikit-learn and others.
OF_OTHERS = [
    "Parameter validation failed: - Parameter 'sweep': Failed to instantiate Sweep for parameter 'sweep':",
    "The 'n_estimators' parameter of RandomForestClassifier must be an int in the range [1, inf). Got 0 instead.",
    "ValueError: The 'liblinear' solver does not support multiclass classification (n_classes >= 3).",
    "[Errno 28] No space left on device",
    "data.y_label quality → alcohol.",
    "Invalid format of `params` option: Item `a:b` must contain a key and a value separated by `=`.",
    "Invalid YAML or JSON file …, unable to read line 37, position 2.",
    "Given configuration path either does not exist",
]
# What tells people to install something.
INSTRUCTIONS = [
    *PAGES,
    *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "pyproject.toml")),
    *(ROOT / "packages").glob("*/README.md"),
    *(ROOT / "packages").glob("*/pyproject.toml"),
    *(ROOT / "starter").rglob("*.md"),
]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


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


def test_the_site_builds_without_a_warning(root: Path, tmp_path: Path) -> None:
    # The command of `make docs`, with another folder. Only the command line turns warnings into errors.
    recipe = subprocess.run(
        ["make", "--dry-run", "docs"], cwd=root, text=True, capture_output=True, check=True
    ).stdout
    [options] = re.findall(r"sphinx-build (.*)", recipe)
    command = [sys.executable, "-m", "sphinx", *options.split()[:-1], str(tmp_path)]
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    described = re.findall(
        r'id="(?:kedro_sweep|wine_sweep)\.(?:\w+\.)*(\w+)"',
        (tmp_path / "reference/library.html").read_text(),
    )
    assert {"run_search", "OptunaStorageDataset", "train_model"} <= set(described)


@every_page
def test_every_make_command_of_a_page_exists(page: Path, root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= targets


@every_page
def test_every_sweep_command_of_a_page_exists(page: Path) -> None:
    assert set(re.findall(r"kedro sweep ([a-z][a-z-]*)", page.read_text())) <= set(sweep.commands)


@pytest.mark.parametrize("page", INSTRUCTIONS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_names_an_address_or_a_package_that_is_not_registered(page: Path) -> None:
    text = page.read_text()
    assert "kedro-sweep/kedro-sweep" not in text.replace("packages/kedro-sweep/", "")
    addresses = re.findall(r"git clone (\S+)|--starter=(\S+)|git\+([^#\s`\"]+)", text)
    assert {"".join(found).removeprefix("git+") for found in addresses} <= {"ADDRESS", ""}
    installs = re.findall(r"(?:pip install|uv add|uvx|--with) .*", text)
    # Allowed: a path to it, and an address after its name.
    by_name = re.compile(r"(?<![\w./-])kedro[-_]sweep(?![\w/-]| @ git\+ADDRESS)")
    assert not [line for line in installs if by_name.search(line)]


def test_the_readme_starts_with_the_commands_that_run_and_test_a_clone(root: Path) -> None:
    first_screen = (root / "README.md").read_text().partition("![")[0]
    commands = re.findall(r"^(?:git clone|make) \w+", first_screen, re.MULTILINE)
    assert commands == ["git clone ADDRESS", "make run", "make test"]


@every_page
def test_every_pipeline_and_node_of_a_page_exists(page: Path) -> None:
    pipelines = register_pipelines()
    known = {*pipelines, *(node.name for node in pipelines["__default__"].nodes)}
    named = re.findall(r"--(?:pipelines?|(?:from-|to-)?nodes)[ =]([\w.,]+)", page.read_text())
    assert {name for names in named for name in names.split(",")} <= known


def test_the_reference_names_every_parameter(root: Path) -> None:
    page = (root / "docs/reference/parameters.md").read_text()
    for file in (root / "conf/base").glob("parameters*.yml"):
        [(group, parameters)] = read_yaml(file).items()
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
@pytest.mark.parametrize("page", ["how_to/estimators.md", "how_to/scaling.md"])
def test_every_sweep_of_a_page_is_accepted(page: str, parameters: dict[str, Any]) -> None:
    examples = map(yaml.safe_load, find_examples(page, "yaml"))
    sweeps = [example["sweep"] for example in examples if "sweep" in example]
    assert sweeps
    for changes in sweeps:
        Sweep.model_validate(parameters["sweep"] | changes)


def list_words(text: str) -> list[str]:
    """The words of a text, with a star for each that has one."""
    return ["*" if "*" in word else word.strip(".,:;") for word in text.split()]


def find_quoted_messages(page: str) -> list[str]:
    """The sentences of at least three words that a page quotes, without those of other tools."""
    blocks = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    blocks += [code for _, code in re.findall(r"^(?:### |\| )(`+) ?(.+?) ?\1", page, re.MULTILINE)]
    lines = re.sub(r"^(?:ERROR|WARNING|INFO|Error:) +", "", "\n".join(blocks), flags=re.MULTILINE)
    messages = "\n".join(" ".join(message.split()) for message in re.split(r"\n(?! )", lines))
    for other in OF_OTHERS:
        assert other in messages
        messages = messages.replace(other, "\n")
    parts = re.split(r"\n|(?<=[.:;]) | - | — |…", messages)
    return [part for part in parts if len(part.split()) >= 3]


def list_messages_of_the_code() -> list[list[str]]:
    """The words of each text in the code, with a star where a value is filled in."""
    texts = set()
    for file in [*(ROOT / "packages/kedro-sweep/src").rglob("*.py"), *(ROOT / "src").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
                texts.add("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(re.sub(r"%[\d.]*[sdg]", "*", node.value))
    return [*map(list_words, texts)]


def is_part(quote: list[str], message: list[str]) -> bool:
    """Check whether a message can contain a quote; with a third of its words not filled in."""
    most = dict.fromkeys(range(len(message)), 0)  # place in the message: most words that are the same
    for word in quote:
        reached: dict[int, int] = {}
        for place, same in most.items():
            if place < len(message) and message[place] in (word, "*"):
                steps = [place, place + 1] if message[place] == "*" else [place + 1]
                for step in steps:
                    count = same + (message[place] == word)
                    reached[step] = max(reached.get(step, 0), count)
        most = reached
    return max(most.values(), default=0) >= len(quote) / 3


def test_troubleshooting_quotes_messages_as_the_code_words_them(root: Path) -> None:
    page = (root / "docs/how_to/troubleshooting.md").read_text()
    page = page[page.index("## `kedro sweep use`") :]  # before it, all messages are of other tools
    messages = list_messages_of_the_code()
    quotes = find_quoted_messages(page)
    assert len(quotes) > 30
    assert [
        quote for quote in quotes if not any(is_part(list_words(quote), message) for message in messages)
    ] == []
