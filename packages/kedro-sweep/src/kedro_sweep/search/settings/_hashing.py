"""Tell apart what a pickle would only name: functions, classes of a notebook, and estimators."""

import dis
import inspect
import logging
import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from joblib.hashing import NumpyHasher

from kedro_sweep.validation import is_estimator, is_installed

# Functions of NumPy, and what changes whenever it is used.
WITHOUT_CONTENT = np.ufunc, np.random.Generator, np.random.RandomState, logging.Logger


def hash_value(found: Any) -> str:
    """Hash the content of any value, in the same way in each process."""
    return str(_Hasher("md5").hash(found))[:12]


class _Hasher(NumpyHasher):  # type: ignore[misc]
    """Tells functions apart by what they do, and the classes of a notebook by their functions."""

    def save(self, found: Any) -> None:
        """Replace what a pickle would only name, or write in an order that changes."""
        if inspect.isfunction(found) and id(found) not in self.memo:
            self.memo[id(found)] = len(self.memo), found  # it may call itself
            cells = [cell.cell_contents for cell in found.__closure__ or ()]
            more = found.__defaults__, found.__kwdefaults__, cells, _list_used(found)
            found = find_path(found), found.__code__, *more
        elif inspect.iscode(found):
            found = found.co_code, found.co_names, found.co_consts
        elif inspect.isclass(found) and found.__module__ == "__main__":  # others have files
            found = find_path(found), found.__bases__, _list_own(found)
        elif is_estimator(found) and not inspect.isclass(found):
            found = type(found), list_changed(found)
        elif isinstance(found, frozenset):
            found = sorted(found, key=repr)
        super().save(found)


def _list_own(found: type) -> dict[str, Any]:
    """List the methods and constants of a class; `__dict__`, `__doc__` and the like do not matter."""
    own: dict[str, Any] = {}
    for name, value in vars(found).items():
        parts = (value.fget, value.fset) if isinstance(value, property) else (value,)
        functions = [getattr(part, "__func__", part) for part in parts]
        if any(map(inspect.isfunction, functions)) or (not name.startswith("__") and _is_data(value)):
            own[name] = functions
    return own


def _is_data(value: Any) -> bool:
    return is_plain(value) or isinstance(value, np.ndarray | pd.DataFrame | pd.Series)


def _list_used(function: Any) -> dict[str, Any]:
    """List the values, functions and classes beside a function of the user's that it reads."""
    if is_installed(function.__code__.co_filename):
        return {}
    known = {name: function.__globals__.get(name) for name in _list_globals(function.__code__)}
    return {name: value for name, value in known.items() if _is_content(value, function.__module__)}


def _is_content(value: Any, module: str) -> bool:
    """Check whether a value has content that may change: neither an import nor, say, a connection."""
    if inspect.isfunction(value) or inspect.isclass(value):
        return bool(value.__module__ == module)
    if _is_data(value):
        return True
    if inspect.ismodule(value) or inspect.isroutine(value) or isinstance(value, WITHOUT_CONTENT):
        return False
    try:
        pickle.dumps(value)
    except Exception:  # of any class
        return False
    return True


def _list_globals(code: Any) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(_list_globals(part) for part in code.co_consts if inspect.iscode(part)))


def find_path(found: Callable[..., Any]) -> str:
    """Find the shortest import path of a class or function, as its users write it."""
    parts, name = found.__module__.split("."), found.__qualname__
    modules = (".".join(parts[: number + 1]) for number in range(len(parts)))
    known = (module for module in modules if getattr(sys.modules.get(module), name, None) is found)
    return f"{next(known, found.__module__)}.{name}"


def list_changed(estimator: Any) -> dict[str, Any]:
    """List the arguments that are not the defaults."""
    # The class itself may pass on those of the classes that it extends, as **kwargs.
    makers = [vars(kind).get("__init__") for kind in reversed(type(estimator).__mro__[:-1])]
    parameters = {
        name: parameter
        for maker in makers
        if maker
        for name, parameter in inspect.signature(maker).parameters.items()
    }
    defaults = {name: hash_value(parameter.default) for name, parameter in parameters.items()}
    params = estimator.get_params(deep=False)
    return {name: value for name, value in params.items() if hash_value(value) != defaults.get(name)}


def is_plain(value: Any) -> bool:
    """Tell whether YAML can write a value."""
    if isinstance(value, dict):
        return is_plain([*value, *value.values()])
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
