"""`sweep.scoring`: the scorer that a trial maximizes, by name or by import path."""

import difflib
import inspect
import re
from collections.abc import Callable
from typing import Any, Self

from sklearn.metrics import get_scorer, get_scorer_names

from kedro_sweep.search.settings._hashing import hash_value
from kedro_sweep.validation import import_callable, is_installed, is_own_function

# A scorer made by scikit-learn uses nothing of the estimator but its predictions.
SCORER_TYPE = type(get_scorer("accuracy"))

# Takes a fitted estimator, features and target.
Scorer = Callable[[Any, Any, Any], float]


_given: dict[str, Scorer] = {}


class GivenScorer(str):
    """The name of a scorer that was given as an object; a copy in another process knows the object."""

    def __new__(cls, name: str, scorer: Scorer) -> Self:
        """Let `find_scorer` find the scorer by its name."""
        _given[name] = scorer
        return super().__new__(cls, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return GivenScorer, (str(self), _given[self])


def find_scorer(scoring: str) -> Scorer:
    if scoring in _given:
        return _given[scoring]
    if scoring in get_scorer_names():
        scorer: Scorer = get_scorer(scoring)
        return scorer
    if "." in scoring:
        found = import_callable(scoring)
        if not (is_own_function(found) or isinstance(found, SCORER_TYPE)):
            raise ValueError(f"'{scoring}' is neither a scorer nor a function of your own")
        return found
    near = difflib.get_close_matches(scoring, get_scorer_names(), cutoff=0.5)
    hint = f"The nearest names are {', '.join(near)}; " if near else ""
    raise ValueError(
        f"'{scoring}' is neither the name nor the import path of a scorer. "
        f"{hint}sklearn.metrics.get_scorer_names() lists all"
    )


def take_apart(scoring: str) -> tuple[Any, str]:
    """Return the function that computes a score, and a hash of what its source leaves open.

    That is what else `make_scorer` got, and what a `partial` or a closure holds. The hash is empty for
    scores that are not named by an import path.
    """
    scorer: Any = find_scorer(scoring)
    if scoring in _given:
        return scorer, ""
    is_made = isinstance(scorer, SCORER_TYPE)
    function: Any = scorer._score_func if is_made else scorer
    options = [scorer._sign, scorer._response_method, scorer._kwargs] if is_made else []
    holds = getattr(function, "__closure__", None)
    is_routine: bool = inspect.isroutine(function)
    if not is_routine or (holds and not is_installed(function.__code__.co_filename)):
        options.append(function)
    return function, _hash(tuple(options)) if options and "." in scoring else ""


def _hash(options: Any) -> str:
    try:
        return hash_value(options)
    except Exception:  # what cannot be pickled, such as a lock
        return hash_value(re.sub(" at 0x[0-9a-fA-F]+", "", repr(options)))


def list_scorings(scoring: str | list[str] | None) -> list[str]:
    return scoring if isinstance(scoring, list) else [scoring] if scoring else []
