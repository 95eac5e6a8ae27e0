"""The environment of Kedro-Viz 10.2, which cannot be installed together with the current Kedro-Viz."""

import shlex
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import kedro_sweep
from kedro_sweep.errors import InputError
from kedro_sweep.installation import find_uv

NAME = ".venv-experiments"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def prepare_environment(project: Path) -> Path:
    """Install Kedro-Viz 10.2 and the project's dependencies, unless this has already been done."""
    environment = project / NAME
    python = environment / "bin/python"
    library = Path(kedro_sweep.__file__).parent
    dependencies = _read_dependencies(project)
    # If any of this changes, the environment is created again.
    recipe = "\n".join([sys.version, str(library), *dependencies, REQUIREMENTS.read_text()])
    stamp = environment / "recipe.txt"
    if python.exists() and stamp.exists() and stamp.read_text() == recipe:
        return python
    print(f"Installing Kedro-Viz 10.2 into {environment}. This happens once and can take minutes.")
    if uv := find_uv(project):
        create = [uv, "venv", "--quiet", "--clear", "--python", sys.executable]
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        create = [sys.executable, "-m", "venv", "--clear"]
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--requirement", str(REQUIREMENTS), *dependencies]
    for command in ([*create, str(environment)], install):
        if subprocess.run(command, cwd=project, check=False).returncode != 0:
            raise InputError(f"Kedro-Viz 10.2 is not installed: `{shlex.join(command)}` failed.")
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(environment)}))
    (packages / library.name).symlink_to(library)
    stamp.write_text(recipe)
    return python


def _read_dependencies(project: Path) -> list[str]:
    """Read the project's dependencies, without this library, which is on no package index."""
    with (project / "pyproject.toml").open("rb") as file:
        dependencies = tomllib.load(file).get("project", {}).get("dependencies", [])
    return [line for line in dependencies if canonicalize_name(Requirement(line).name) != "kedro-sweep"]
