"""What a notebook gives as objects instead of names: the estimator, the splitter, the scorers.

What a name and plain arguments say becomes what a project would write, so that both have the same study.
"""

import copy
import inspect
import sys
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from sklearn.base import ClassifierMixin, RegressorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline

from kedro_sweep.search.settings._components import Splitter
from kedro_sweep.search.settings._hashing import find_path, hash_value, is_plain, list_changed
from kedro_sweep.search.settings._model import Candidate, Model
from kedro_sweep.search.settings._scorers import GivenScorer, find_scorer
from kedro_sweep.search.settings._space import SearchSpace

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
        for name, value in list_changed(estimator).items()
        if (name in searched or name not in search_space.root) and (name, value) != (SEED, random_seed)
    }
    needs_object = {SEED, *searched.values()} & changed.keys()
    if not needs_object and is_plain([*changed.values()]) and _can_be_imported(kind):
        return Model.model_validate({"class": path, "params": changed, "preprocessing": "none"})
    params = {name: value if is_plain(value) else hash_value(value) for name, value in changed.items()}
    params |= {"code": hash_value(kind)} if kind.__module__ == "__main__" else {}
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
        if is_plain([*given.values()]) and hash_value(splits) == hash_value(again):
            return named
    fields: dict[str, Any] = {"path": find_path(type(cv)), "params": {"splits": hash_value(splits)}}
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
    return GivenScorer(f"{getattr(scoring, '__name__', repr(scoring))} {hash_value(scoring)}", scoring)


def _score_itself(estimator: Any, X: Any, y: Any, **weights: Any) -> Any:
    return estimator.score(X, y, **weights)


def _can_be_imported(found: Any) -> bool:
    """A worker process, or a project, has another `__main__`."""
    module = sys.modules.get(found.__module__)
    return found.__module__ != "__main__" and getattr(module, found.__qualname__, None) is found
