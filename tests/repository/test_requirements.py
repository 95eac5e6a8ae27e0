"""The requirements files for pip hold what `make lock` writes into them, and never the library."""

import shlex
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXPERIMENTS = "packages/kedro-sweep/src/kedro_sweep/tracking/kedro_viz_requirements"


def read_requirements(file: Path) -> dict[str, Requirement]:
    """Read a requirements file without markers, by the names of the packages."""
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    requirements = map(Requirement, filter(None, lines))
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def test_requirements_are_what_make_lock_exports(root: Path) -> None:
    # uv alone can export its lock.
    recipe = subprocess.check_output(["make", "--dry-run", "lock"], cwd=root, text=True)
    [export] = [line for line in recipe.splitlines() if " export " in line]
    command, _, file = export.partition(" --output-file ")
    exported = subprocess.check_output(shlex.split(command), cwd=root, text=True)
    assert (root / file).read_text() == exported, f"{file} is stale: run `make lock`"


def test_the_project_requires_the_library_nowhere_by_name(root: Path) -> None:
    # The library is on no package index, so pip would install whatever has its name there.
    project, library = (
        tomllib.loads((root / folder / "pyproject.toml").read_text())["project"]
        for folder in (".", "packages/kedro-sweep")
    )
    extras = project["optional-dependencies"]
    library_alone = {"kedro", "report"}  # every project needs both
    of_library = library["optional-dependencies"]
    assert extras == {name: of_library[name] for name in of_library.keys() - library_alone}
    required = [*project["dependencies"], *library["dependencies"], *chain(*extras.values())]
    pinned = (read_requirements(root / f"{name}.txt") for name in ("requirements", EXPERIMENTS))
    names = {canonicalize_name(Requirement(line).name) for line in required}.union(*pinned)
    assert "kedro-sweep" not in names


@pytest.mark.parametrize("name", read_requirements(Path(f"{EXPERIMENTS}.in")))
def test_the_pins_for_experiments_fit_what_is_asked_for(name: str, root: Path) -> None:
    asked = read_requirements(root / f"{EXPERIMENTS}.in")[name]
    pinned = read_requirements(root / f"{EXPERIMENTS}.txt")[name]
    [pin] = pinned.specifier
    assert pin.version in asked.specifier
