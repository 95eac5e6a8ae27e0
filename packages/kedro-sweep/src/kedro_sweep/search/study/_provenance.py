"""Which code computes a score: the versions of libraries, and the user's own source."""

import hashlib
import inspect
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kedro_sweep.search.settings import rename_columns
from kedro_sweep.validation import is_estimator, is_installed

# Modules that change no score.
NEUTRAL = {rename_columns.__module__}
# The wrapper of XGBoost: always recorded as in the first studies, so that they continue.
RECORDED = {
    "kedro_sweep.search.settings._xgboost": ("kedro_sweep.search.xgboost_classifier", "cad2eadcf22e")
}
DISTRIBUTIONS = {"sklearn": "scikit-learn"}


def list_modules(estimator: Any, functions: Iterable[Any]) -> set[str]:
    """Those whose code affects a score."""
    parts = [estimator, *estimator.get_params().values()]
    modules = {type(part).__module__ for part in parts if is_estimator(part)}
    functions = [*functions, *(part for part in parts if inspect.isfunction(part))]
    modules |= {function.__module__ for function in functions if hasattr(function, "__module__")}
    return {name for name in modules - NEUTRAL if _top(name) not in sys.stdlib_module_names}


def find_versions(modules: Iterable[str]) -> dict[str, str]:
    versions = {}
    for package in sorted({"sklearn", *map(_top, modules)}):
        name = DISTRIBUTIONS.get(package, package.replace("_", "-"))
        if package == "sklearn" or _is_installed(package):
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                versions[name] = str(getattr(import_module(package), "__version__", "unknown"))
    return versions


def hash_sources(modules: Iterable[str]) -> dict[str, str]:
    """Of modules that are not part of an installed package."""
    digests = {}
    for name in sorted(modules):
        file = getattr(import_module(name), "__file__", None)
        if file and Path(file).exists() and not _is_installed(name):  # not of code from stdin
            recorded, digest = RECORDED.get(name, (name, ""))
            digests[recorded] = digest or hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
    return digests


def _top(module: str) -> str:
    return module.partition(".")[0]


def _is_installed(module: str) -> bool:
    """Its code changes only with the version of a package."""
    file = getattr(import_module(module), "__file__", None)
    return file is not None and is_installed(file)
