"""The machine and the versions that the figures were measured with."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def describe_machine(*packages: str) -> dict[str, Any]:
    """Describe the machine and the versions that the figures were measured with.

    Args:
        *packages: Names of the packages whose versions matter; those that are not installed are left out.

    Returns:
        Processor, cores, and versions.
    """
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: found for name in packages if (found := _find_version(name))},
    }


def describe_days(days: Iterable[str]) -> str:
    """Say when the figures were measured.

    Args:
        days: Of each measurement, in ISO format.

    Returns:
        The first and the last day, or the only one.
    """
    ordered = sorted(days)
    return " to ".join(dict.fromkeys([ordered[0], ordered[-1]]))


def _find_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
