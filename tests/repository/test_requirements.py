"""The requirements files for pip hold what `make lock` writes into them."""

import shlex
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXPERIMENTS = "packages/kedro-sweep/src/kedro_sweep/tracking/kedro_viz"


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


@pytest.mark.parametrize("name", read_requirements(Path(EXPERIMENTS, "requirements.in")))
def test_the_pins_for_experiments_fit_what_is_asked_for(name: str, root: Path) -> None:
    asked = read_requirements(root / EXPERIMENTS / "requirements.in")[name]
    pinned = read_requirements(root / EXPERIMENTS / "requirements.txt")[name]
    [pin] = pinned.specifier
    assert pin.version in asked.specifier
