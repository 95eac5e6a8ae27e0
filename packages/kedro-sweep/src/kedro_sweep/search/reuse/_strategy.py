"""Ways to fit an estimator on a fold: from scratch, or reusing earlier fits once that is proven exact.

Reuse reimplements parts of scikit-learn: the seeds of trees, the bootstrap samples, the averages, the
prefixes of boosting. A release could change any of them. So each kind of estimator is proven once per
search, bit for bit, on a few rows. With `sweep.reuse: false`, every model is trained from scratch.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from time import monotonic, time
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from kedro_sweep.search.settings import ROUNDS, find_argument
from kedro_sweep.search.study import Fold

# Anything that reports in `nbytes` how much memory it takes.
T = TypeVar("T", bound=Any)

logger = logging.getLogger(__name__)

# One call of compiled code fits these estimators. It is tried on one of so many rows first.
COMPILED = ("sklearn.svm.",)
PART = 8

ROWS = 300
ROWS_PER_CLASS = 2


def describe_kind(estimator: Any) -> Hashable:
    """What a proof covers: the class, its options, and the types of its numeric arguments."""
    return type(estimator), tuple(
        (name, value if isinstance(value, str | bool) else type(value))
        for name, value in sorted(estimator.get_params(deep=False).items())
    )


def make_typical(estimator: Any) -> Any:
    """Set integers back to the defaults: few rows would end up in one leaf of at least 500 rows."""
    defaults = type(estimator)().get_params(deep=False)
    numbers = {
        name: defaults[name]
        for name, value in estimator.get_params(deep=False).items()
        if type(value) is int and type(defaults.get(name)) is int
    }
    return clone(estimator).set_params(**numbers | {"random_state": estimator.random_state})


def take_few_rows(fold: Fold, estimator: Any) -> Fold:
    """From all over the table, with every class and every feature's missing values."""
    parts = pd.DataFrame(fold.X_train), pd.DataFrame(fold.X_test)
    # A category that only the test rows have makes pandas drop the type.
    categories = dict.fromkeys(parts[0].select_dtypes("category"), "category")
    X = pd.concat(parts).astype(categories)
    y = pd.concat([fold.y_train, fold.y_test])
    rows = set(range(0, len(y), len(y) // ROWS + 1))
    if is_classifier(estimator):
        codes, _ = pd.factorize(y)
        for code in np.unique(codes):
            rows.update(np.flatnonzero(codes == code)[:ROWS_PER_CLASS].tolist())
    gaps = X.isna().to_numpy()
    rows.update(np.flatnonzero(gaps[:, column])[0] for column in np.flatnonzero(gaps.any(axis=0)))
    chosen = sorted(rows)
    few, weights = (X.iloc[chosen], y.iloc[chosen]), None
    if fold.weights_train is not None:
        weights = np.concatenate([fold.weights_train, fold.weights_test])[chosen]
    return Fold(*few, *few, np.array(chosen), weights, weights)


def compare(public: Any, reused: Any, X: pd.DataFrame) -> str:
    for method in ("predict", "predict_proba"):
        if hasattr(public, method):
            expected, found = getattr(public, method)(X), getattr(reused, method)(X)
            if expected.dtype != found.dtype or not np.array_equal(expected, found):
                return f"{type(public).__name__}.{method} no longer equals the result of reused parts"
    return ""


class FittedFold(NamedTuple):
    """A model and the test rows of its fold, in the form that scorers take."""

    model: Any  # may only know the predictions for X_test
    X_test: Any
    y_test: Any
    weights: Any = None
    seconds: float = 0.0  # that predicting would take longer without reuse


# Called with a number of boosting rounds and a model that has so many; returns whether to go on.
Look = Callable[[int, FittedFold], bool]
# The next numbers of rounds take as long as all before, or a bit longer.
NEXT = 1.3


def has_time(start: float, end: float) -> bool:
    """Check whether there is time for the next numbers of rounds."""
    now = time()
    return now + NEXT * (now - start) <= end


class Strategy(Protocol):
    """Fits an estimator on one of the folds."""

    def accepts(self, estimator: Any) -> bool:
        """Check whether the score would be exactly that of a model trained from scratch."""
        ...

    def fit(self, estimator: Any, fold: int) -> FittedFold: ...

    def prepare(self, estimator: Any, fold: int) -> None:
        """Transform the rows of the fold, if they are kept for the fits of later trials."""
        return  # most keep none

    def look_at_rounds(
        self, estimator: Any, fold: int, sizes: Sequence[int], look: Look, end: float
    ) -> None:
        """Show models with more and more boosting rounds, until there is no need or no time to go on."""
        last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
        argument, start = find_argument(estimator, ROUNDS[type(last).__name__]), time()
        for size in sizes:
            fitted = self.fit(clone(estimator).set_params(**{argument: size}), fold)
            if not (look(size, fitted) and has_time(start, end)):
                return

    def shares_trees(self, estimator: Any) -> bool:
        """Check whether trials grow the trees of one forest after another, on all cores."""
        return False

    def estimate_compiled(self, estimator: Any) -> float:
        """Estimate the seconds of a fit that nothing can interrupt; 0 if something can."""
        return 0.0


class FitFromScratch(Strategy):
    """Fit a new model, as `cross_val_score` does; accepts every estimator."""

    def __init__(self, folds: list[Fold]) -> None:
        self._folds = folds

    def accepts(self, estimator: Any) -> bool:
        return True

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        rows = self._folds[fold]
        return FittedFold(rows.fit(clone(estimator)), *rows.tested, rows.seconds)

    def estimate_compiled(self, estimator: Any) -> float:
        """Fit some of the rows. The time grows with their square, or faster."""
        if not type(estimator).__module__.startswith(COMPILED):
            return 0.0
        rows, start = self._folds[0], monotonic()
        some = np.arange(0, len(rows.y_train), PART)
        with suppress(Exception):  # such as for rows of one class alone; the trial will tell
            clone(estimator).fit(_safe_indexing(rows.X_train, some), rows.y_train.iloc[some])
        return PART**2 * (monotonic() - start)


@lru_cache(maxsize=1)  # it is the same for all folds of a trial
def params_key(estimator: Any, *ignored: str) -> str:
    """Make a key of everything two estimators must share for one to contain the other."""
    params = [(name, value) for name, value in _spell_out(estimator)[1] if name not in ignored]
    return repr((type(estimator).__name__, params))


def _spell_out(value: Any) -> Any:
    """Write estimators out in full: their own repr omits defaults, is cut off, and is slow."""
    if isinstance(value, list | tuple):
        return [*map(_spell_out, value)]
    if hasattr(value, "get_params") and not isinstance(value, type):
        params = sorted(value.get_params(deep=False).items())
        return type(value), [(name, _spell_out(found)) for name, found in params]
    return value


def has_whole_size(estimator: Any) -> bool:
    return type(estimator.n_estimators) is int and estimator.n_estimators > 0


class BoundedCache(Generic[T]):
    """Keep the most recently used entries within the size limit, once their reuse is proven exact."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.saved = 0.0  # the seconds that it would have taken to make again what was kept
        self._entries: OrderedDict[Hashable, T] = OrderedDict()
        self._seconds: dict[Hashable, float] = {}
        self._proofs: dict[Hashable, bool] = {}

    def is_proven(self, kind: Hashable, find_difference: Callable[[], str], consequence: str) -> bool:
        """Check whether reuse is exact for a kind of estimator, which is tried once."""
        if kind not in self._proofs:
            try:
                difference = find_difference()
            except Exception as error:  # a private part of scikit-learn may raise anything
                difference = f"{type(error).__name__}: {error}".rstrip(".")
            if difference:
                logger.warning("%s. %s.", difference, consequence)
            self._proofs[kind] = not difference
        return self._proofs[kind]

    def get(self, key: Hashable, make: Callable[[], T], nbytes: int) -> T:
        """Return an entry, made if there is none, after making room for how large it may become."""
        entry = self._entries.pop(key, None)
        nbytes = max(nbytes, entry.nbytes if entry else 0)
        total = sum(other.nbytes for other in self._entries.values())
        while self._entries and total + nbytes > self.max_bytes:
            _, dropped = self._entries.popitem(last=False)
            total -= dropped.nbytes
        start = monotonic()
        if entry is None:
            entry = make()
            # Another process may have made it.
            self._seconds[key] = max(monotonic() - start, getattr(entry, "seconds", 0.0))
        self.saved += max(0.0, self._seconds[key] - (monotonic() - start))
        self._entries[key] = entry
        return entry

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())
