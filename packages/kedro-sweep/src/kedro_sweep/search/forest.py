"""Reuse for forests: a small forest is the first trees of a larger one."""

from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from kedro_sweep.search.cache import BoundedCache
from kedro_sweep.search.folds import Fold
from kedro_sweep.search.growing import ForestFold, GrowingForest
from kedro_sweep.search.proof import Proofs, compare, describe_kind, make_typical, take_few_rows
from kedro_sweep.search.strategy import FittedFold, Strategy, has_whole_size, params_key

MAX_BYTES = 512 * 2**20
DEPTH_OF_PROOF = 3
SIZES_OF_PROOF = (2, 3)
FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)


class NestedForests(Strategy):
    """Keep one growing forest per fold and set of other arguments, and return its first trees.

    Given their seeds, the trees of a forest are independent, and the forest draws the seeds one after
    another (Breiman, 2001, "Random forests"). So a forest with fewer trees is a prefix of a larger
    one. Forests of different depths share trees as well: a tree that never reaches `max_depth` is the
    same tree at any other `max_depth` that it does not reach.

    Only scikit-learn's four forest classes are accepted, not their subclasses. They may not use class
    weights, the out-of-bag score, warm start, a limit on the bootstrap sample, or pruning of trees
    (the depth of a pruned tree does not tell what stopped it). The features may not be infinite, and
    the predictions must fit in the memory limit. Each kind of forest is first proven on a few rows
    against the public class.
    """

    def __init__(
        self, folds: list[Fold], label: Hashable = "", memory: "GrownForests | None" = None
    ) -> None:
        """Start from the trees that are already in memory."""
        self._folds = folds
        self._label = label
        self._last: tuple[Any, str] = (None, "")
        self.memory = memory or GrownForests()

    @cached_property
    def _arrays(self) -> list[ForestFold]:
        return [ForestFold(fold) for fold in self._folds]

    def accepts(self, estimator: Any) -> bool:
        """Accept the forests whose first trees are proven to be the smaller forest."""
        return (
            type(estimator) in FORESTS
            and has_whole_size(estimator)
            and isinstance(estimator.bootstrap, bool)
            and estimator.max_samples is None
            and estimator.ccp_alpha == 0
            and estimator.criterion != "poisson"
            and not estimator.oob_score
            and not estimator.warm_start
            and getattr(estimator, "class_weight", None) is None
            and all(fold.is_bounded for fold in self._arrays)
            and self._estimate_nbytes(estimator) <= self.memory.forests.max_bytes
            and self._are_proven(estimator)
        )

    @property
    def _has_gaps(self) -> bool:
        return any(fold.has_gaps for fold in self._arrays)

    def _estimate_nbytes(self, estimator: Any) -> int:
        """Estimate the memory for the predictions on the largest fold."""
        return max(fold.count_nbytes(estimator, estimator.n_estimators) for fold in self._arrays)

    def _are_proven(self, estimator: Any) -> bool:
        """Prove forests of this kind with trees of the public class."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "public", self._has_gaps),
            lambda: self._find_difference(estimator, lean=False),
            "Every forest is trained from scratch",
        )

    def _uses_lean_builder(self, estimator: Any) -> bool:
        """Prove the lean builder for a kind of forest that is already proven."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "lean", self._has_gaps),
            lambda: self._find_difference(estimator, lean=True),
            "Trees grow through the slower public class",
        )

    def _find_difference(self, estimator: Any, *, lean: bool) -> str:
        """Compare with the public class, at two depths (which share trees) and two sizes."""
        few = take_few_rows(self._folds[0], estimator)
        forests: list[GrowingForest] = []
        for max_depth in (None, DEPTH_OF_PROOF):
            template = make_typical(estimator).set_params(max_depth=max_depth, n_jobs=None)
            forests.append(GrowingForest(template, ForestFold(few), (0, ""), lean=lean))
            for size in SIZES_OF_PROOF:
                public = clone(template).set_params(n_estimators=size)
                public.fit(few.X_train, few.y_train)
                for number in forests[-1].plan(size, forests):
                    forests[-1].grow(number)
                if difference := compare(public, forests[-1].predict(size), few.X_test):
                    return difference
        return ""

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        """Return the first trees of the fold's forest, growing more if needed."""
        size = estimator.n_estimators
        forest, missing = self._plan(estimator, fold, size)
        self.memory.grow(forest, missing)
        rows = self._folds[fold]
        return FittedFold(forest.predict(size), rows.X_test, rows.y_test)

    def _plan(self, estimator: Any, fold: int, size: int) -> tuple[GrowingForest, list[int]]:
        """Find the forest of a fold, and which of its trees are missing."""
        family = (self._label, fold, self._name_family(estimator))
        arrays = self._arrays[fold]
        forest = self.memory.forests.get(
            (family, estimator.max_depth),
            lambda: GrowingForest(estimator, arrays, family, lean=self._uses_lean_builder(estimator)),
            nbytes=arrays.count_nbytes(estimator, size),
        )
        relatives = (other for other in self.memory.forests if other.family == family)
        return forest, forest.plan(size, relatives)

    def _name_family(self, estimator: Any) -> str:
        """Make the key shared by forests that share trees, once for all folds of a trial."""
        if self._last[0] is not estimator:
            self._last = (estimator, params_key(estimator, "n_estimators", "max_depth"))
        return self._last[1]


@dataclass
class GrownForests:
    """The forests kept in memory, for one or more sets of folds.

    Attributes:
        forests: The trees grown so far.
        proofs: Which kinds of forests are proven safe to reuse.
    """

    forests: BoundedCache[GrowingForest] = field(default_factory=lambda: BoundedCache(MAX_BYTES))
    proofs: Proofs = field(default_factory=Proofs)
    _pool: Executor | None = field(default=None, init=False)

    @contextmanager
    def use_threads(self, n_threads: int) -> Iterator[None]:
        """Grow trees on several threads, because scikit-learn grows them without holding the GIL."""
        if n_threads == 1:
            yield
            return
        self._pool = pool = ThreadPoolExecutor(n_threads, "trees")
        try:
            yield
        finally:
            self._pool = None
            pool.shutdown(cancel_futures=True)

    def grow(self, forest: GrowingForest, numbers: Iterable[int]) -> None:
        """Grow trees of a forest, and wait until all of them are done."""
        grow_all = map if self._pool is None else self._pool.map
        list(grow_all(forest.grow, numbers))
