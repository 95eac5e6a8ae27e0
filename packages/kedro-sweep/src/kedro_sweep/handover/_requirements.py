"""What an exported folder needs, at the versions installed here."""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kedro_sweep.datasets.portable_pickle import find_modules
from kedro_sweep.errors import InputError, find_install_command


def find_packages(model: Any) -> set[str]:
    """Find the packages that a fitted model needs."""
    found, owners = {"pandas", "scikit-learn"}, packages_distributions()
    for module in {name.partition(".")[0] for name in find_modules(model)} - sys.stdlib_module_names:
        found |= {*owners.get(module, [])}
        if module not in owners and find_spec(module):
            raise InputError(
                f"The model uses the module {module}, which is in no package that others could install: "
                "move it into the package of the project, in src."
            )
    return found


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
    for name in packages:
        try:
            distribution(name)
        except PackageNotFoundError as error:
            command = find_install_command(extra)
            raise InputError(f"To export, {name} must be installed: run `{command}`.") from error
