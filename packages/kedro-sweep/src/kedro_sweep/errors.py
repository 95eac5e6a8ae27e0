"""Errors in what the user wrote or supplied, and how to install what is missing."""

import os
import shutil
import sys
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from kedro_sweep.platforms import find_program, join_command


class InputError(ValueError):
    """A table or a parameter that cannot be used. The message names it, its value and the remedy."""


class AllTrialsFailedError(InputError):
    """No trial of the study has a score."""


class ConnectionLostError(InputError):
    """The database of the studies could not be reached for too long."""


def find_uv(project: Path) -> str | None:
    """Find uv, on the PATH or where the Makefile of a project installs it."""
    uv = find_program(project / ".uv", "uv")
    return "uv" if shutil.which("uv") else str(uv) if uv.exists() else None


def find_install_command(extra: str) -> str:
    """Find the command that installs an extra of this library into the current environment."""
    environment = Path(sys.prefix)
    project = environment.parent
    # An environment without pip was made by uv, so the user has uv somewhere.
    uv = find_uv(project) or (None if find_spec("pip") else "uv")
    if uv and environment.name == ".venv" and (project / "pyproject.toml").exists():
        # A project made with the starter has an extra with the same name.
        return join_command([os.path.relpath(uv), "sync", "--inexact", "--no-dev", "--extra", extra])
    install = (
        [os.path.relpath(uv), "pip", "install", "--python", sys.executable]
        if uv
        else [sys.executable, "-m", "pip", "install"]
    )
    return join_command([*install, *_list_requirements(extra)])


def _list_requirements(extra: str) -> list[str]:
    # Not `kedro-sweep[extra]`: the library is on no package index.
    return [
        line.partition(";")[0].strip()
        for line in requires("kedro-sweep") or []
        if (marker := Requirement(line).marker) and marker.evaluate({"extra": extra})
    ]
