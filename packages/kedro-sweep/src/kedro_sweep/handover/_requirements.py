"""What an exported folder needs, at the versions installed here."""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from itertools import chain
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kedro_sweep.datasets.portable_pickle import find_modules
from kedro_sweep.errors import InputError, find_install_command


def find_packages(model: Any) -> set[str]:
    """Find the packages that a fitted model needs."""
    names = {name.partition(".")[0] for name in find_modules(model)} - sys.stdlib_module_names
    return {"pandas", "scikit-learn", *chain.from_iterable(map(_find_owners, names - {"sklearn"}))}


def _find_owners(module: str) -> list[str]:
    if _is_installed(module):
        return [module]
    owners = packages_distributions().get(module, [])  # reads all packages
    if find_spec(module) and not owners:
        raise InputError(
            f"The model uses the module {module}, which is in no package that others could install: "
            "move it into the package of the project, in src."
        )
    return [*owners]


def _is_installed(package: str) -> bool:
    try:
        return bool(distribution(package))
    except PackageNotFoundError:
        return False


def pin(packages: Iterable[str]) -> str:
    """Pin packages, and all that they require, one per line."""
    versions: dict[str, str] = {}
    waiting = [*packages]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in versions:
            found = distribution(name)
            versions[name] = found.version
            required = map(Requirement, found.requires or [])
            waiting += [
                each.name for each in required if not each.marker or each.marker.evaluate({"extra": ""})
            ]
    return "".join(f"{name}=={versions[name]}\n" for name in sorted(versions))


def need_installed(packages: Iterable[str], extra: str) -> None:
    """Raise an error that says how to install an extra."""
    if missing := [name for name in packages if not _is_installed(name)]:
        command = find_install_command(extra)
        raise InputError(f"To export, {missing[0]} must be installed: run `{command}`.")
