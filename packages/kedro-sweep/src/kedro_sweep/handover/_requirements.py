"""What an exported folder needs, at the versions installed here."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kedro_sweep.errors import InputError, find_install_command


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
