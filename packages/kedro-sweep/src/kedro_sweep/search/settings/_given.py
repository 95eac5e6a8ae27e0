"""What a notebook gives as objects instead of names: the estimator, the splitter, the scorers.

What a name and plain arguments say becomes what a project would write, so that both have the same study.
"""

import copy
import dis
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
import pandas as pd
from joblib.hashing import NumpyHasher
from pydantic import Field
from sklearn.base import ClassifierMixin, RegressorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline

from kedro_sweep.search.settings._components import Splitter
from kedro_sweep.search.settings._model import Candidate, Model
from kedro_sweep.search.settings._scorers import GivenScorer, find_scorer
from kedro_sweep.search.settings._space import SearchSpace
from kedro_sweep.validation import is_estimator, is_installed

SEED = "random_state"


class GivenModel(Candidate):
    """An estimator as it is: no steps are added, and the seeds that it sets stay."""

    estimator: Annotated[Any, Field(exclude=True, repr=False)]

    @property
    def source(self) -> Any:
        return type(self.estimator)

    def make(self, **seed: Any) -> Any:
        return clone(self.estimator)

    def _check(self) -> None:
        """Trials check its arguments, as scikit-learn does."""


class GivenSplitter(Splitter):
    """The rows of each fold, which another splitter has drawn."""

    splits: Annotated[Any, Field(exclude=True, repr=False)]

    @property
    def source(self) -> Any:
        return list  # the description has the rows themselves

    def build(self, seed: int) -> Any:
        return check_cv(self.splits)

    def _check(self) -> None:
        """The folds are checked when they are made."""


GIVEN = GivenModel | GivenSplitter | GivenScorer  # what YAML cannot name


def find_model(estimator: Any, search_space: SearchSpace, random_seed: int) -> Model:
    """Write an estimator as a project would, if a class and plain arguments say all."""
    kind, path = type(estimator), find_path(type(estimator))
    # Where the condition of an argument does not hold, the estimator's own value does.
    searched = {
        name: f"{name}, if not searched" for name, found in search_space.root.items() if found.when
    }
    changed = {
        searched.get(name, name): value
        for name, value in _list_changed(estimator).items()
        if (name in searched or name not in search_space.root) and (name, value) != (SEED, random_seed)
    }
    needs_object = {SEED, *searched.values()} & changed.keys()
    if not needs_object and _is_plain([*changed.values()]) and _can_be_imported(kind):
        return Model.model_validate({"class": path, "params": changed, "preprocessing": "none"})
    params = {name: value if _is_plain(value) else _hash(value) for name, value in changed.items()}
    params |= {"code": _hash(kind)} if kind.__module__ == "__main__" else {}
    fields: dict[str, Any] = {"path": path, "params": params, "preprocessing": "none"}
    fields |= {"search_space": search_space, "estimator": clone(estimator)}
    return GivenModel.model_construct(None, **fields)


def find_splitter(cv: Any, X: Any, y: Any, groups: Any, random_seed: int) -> Splitter:
    """Write a splitter as a project would, if that draws the same rows; else list the rows.

    A splitter without a seed gets this one.
    """
    if not hasattr(cv, "split"):
        cv = list(cv)
    elif getattr(cv, SEED, 0) is None:
        cv = copy.copy(cv)
        cv.random_state = random_seed
    splits = [tuple(map(np.asarray, pair)) for pair in check_cv(cv).split(X, y, groups)]
    if not splits:
        raise ValueError(f"cv={cv!r} makes no folds: give a number of folds, or a splitter")
    if _can_be_imported(type(cv)) and hasattr(cv, "split"):
        names = inspect.signature(type(cv)).parameters.keys() - {SEED}
        given = {name: getattr(cv, name, None) for name in names} | getattr(cv, "cvargs", {})
        try:
            named = Splitter.model_validate({"class": find_path(type(cv)), "params": given})
            again = [*named.build(random_seed).split(X, y, groups)]
        except (TypeError, ValueError):  # not all of it is in its arguments
            again = []
        if _is_plain([*given.values()]) and _hash(splits) == _hash(again):
            return named
    fields: dict[str, Any] = {"path": find_path(type(cv)), "params": {"splits": _hash(splits)}}
    return GivenSplitter.model_construct(None, **fields, splits=splits)


def find_scoring(scoring: Any, estimator: Any) -> str | None:
    """Write a scorer as a project would: as its name, its path, or None for the estimator's own."""
    if scoring is None:
        last = estimator
        while isinstance(last, Pipeline):
            last = last.steps[-1][1]
        if getattr(type(last), "score", None) in (ClassifierMixin.score, RegressorMixin.score):
            return None
        return GivenScorer(f"{type(last).__name__}.score", _score_itself)
    if isinstance(scoring, str):
        find_scorer(scoring)
        return scoring
    path = find_path(scoring) if hasattr(scoring, "__qualname__") else ""
    if path and _can_be_imported(scoring):
        with suppress(ValueError):  # a project could not name a function of a package
            find_scorer(path)
            return path
    return GivenScorer(f"{getattr(scoring, '__name__', repr(scoring))} {_hash(scoring)}", scoring)


def _score_itself(estimator: Any, X: Any, y: Any, **weights: Any) -> Any:
    return estimator.score(X, y, **weights)


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
            found = type(found), _list_changed(found)
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
    return _is_plain(value) or isinstance(value, np.ndarray | pd.DataFrame | pd.Series)


def _list_used(function: Any) -> dict[str, Any]:
    """List the constants, functions and classes beside a function of the user's that it reads."""
    if is_installed(function.__code__.co_filename):
        return {}
    known = {name: function.__globals__.get(name) for name in _list_globals(function.__code__)}
    return {
        name: value
        for name, value in known.items()
        if _is_data(value)
        or (
            (inspect.isfunction(value) or inspect.isclass(value))
            and value.__module__ == function.__module__
        )
    }


def _list_globals(code: Any) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(_list_globals(part) for part in code.co_consts if inspect.iscode(part)))


def _hash(found: Any) -> str:
    return str(_Hasher("md5").hash(found))[:12]


def find_path(found: Callable[..., Any]) -> str:
    """Find the shortest import path of a class or function, as its users write it."""
    parts, name = found.__module__.split("."), found.__qualname__
    modules = (".".join(parts[: number + 1]) for number in range(len(parts)))
    known = (module for module in modules if getattr(sys.modules.get(module), name, None) is found)
    return f"{next(known, found.__module__)}.{name}"


def _can_be_imported(found: Any) -> bool:
    """A worker process, or a project, has another `__main__`."""
    module = sys.modules.get(found.__module__)
    return found.__module__ != "__main__" and getattr(module, found.__qualname__, None) is found


def _list_changed(estimator: Any) -> dict[str, Any]:
    """List the arguments that are not the defaults."""
    # The class itself may pass on those of the classes that it extends, as **kwargs.
    makers = [vars(kind).get("__init__") for kind in reversed(type(estimator).__mro__[:-1])]
    parameters = {
        name: parameter
        for maker in makers
        if maker
        for name, parameter in inspect.signature(maker).parameters.items()
    }
    defaults = {name: _hash(parameter.default) for name, parameter in parameters.items()}
    params = estimator.get_params(deep=False)
    return {name: value for name, value in params.items() if _hash(value) != defaults.get(name)}


def _is_plain(value: Any) -> bool:
    """Tell whether YAML can write a value."""
    if isinstance(value, dict):
        return _is_plain([*value, *value.values()])
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
