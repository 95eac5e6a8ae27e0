"""The backend of `ModelDataset`: a pickle that also loads where this library is not installed.

A model holds functions and classes of this library, and may hold some of the project. Where their
package is installed, they are found by name, as in any pickle. Elsewhere, they come with the model,
compiled for the minor version of Python that saved it.
"""

import logging
import operator
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pickle import load
from threading import Lock
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, BinaryIO

import cloudpickle
from kedro.framework import project

logger = logging.getLogger(__name__)

LOCK = Lock()

__all__ = ["dump", "load"]


def dump(model: Any, file: BinaryIO) -> None:
    """Pickle a model with the code of this library and the project that it needs."""
    with _by_value():
        _Pickler(file).dump(model)


def list_packages() -> set[str]:
    """List the packages whose code goes with a model: this library, and the project that it runs in."""
    return {"kedro_sweep", project.PACKAGE_NAME or "kedro_sweep"} & sys.modules.keys()


def find_modules(model: Any) -> set[str]:
    """Find the modules of other packages that a model needs when it is loaded and when it predicts."""
    finder = _Finder(SimpleNamespace(write=len))
    finder.found = set()
    with _by_value():
        finder.dump(model)
    return {name for name in finder.found if name and _top(name) not in list_packages()}


class _Finder(cloudpickle.Pickler):  # type: ignore[misc]  # not typed
    found: set[str]

    def reducer_override(self, obj: Any) -> Any:
        self.found.add(obj.__name__ if isinstance(obj, ModuleType) else _find_module(obj))
        return super().reducer_override(obj)


class _Call:
    """Pickled as the result of a call, which is made when it is loaded."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._made = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # not typed
    def reducer_override(self, obj: Any) -> Any:
        package = _top(_find_module(obj))
        if not isinstance(obj, type | FunctionType) or package not in list_packages():
            return super().reducer_override(obj)
        try:
            by_name = pickle.dumps(obj)
        except Exception:  # a lambda, say, has no name by which another process could find it
            return super().reducer_override(obj)
        try:
            choices = cloudpickle.dumps(obj), by_name
        except Exception as error:  # of any class, because the code may use anything
            reason = f"{obj.__module__}.{obj.__qualname__} cannot be saved with it: {error}"
            logger.warning("The model will only load where %s is installed, because %s", package, reason)
            return NotImplemented  # by name
        is_installed = _Call(operator.is_not, _Call(find_spec, package), None)
        return pickle.loads, (_Call(operator.getitem, choices, is_installed),)


def _find_module(obj: Any) -> str:
    name = getattr(obj, "__module__", None)
    return name if isinstance(name, str) else ""


def _top(name: str) -> str:
    return name.partition(".")[0]


@contextmanager
def _by_value() -> Iterator[None]:
    modules = [sys.modules[package] for package in list_packages()]
    with LOCK:  # because this holds for all threads
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)
