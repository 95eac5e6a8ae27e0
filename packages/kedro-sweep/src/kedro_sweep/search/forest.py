"""Reuse for forests: the first k trees of a larger forest are the smaller forest."""

from collections.abc import Hashable
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
from kedro_sweep.trees import Crew

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
    """Keep one growing forest per fold and other arguments, and give its first trees.

    The trees of a forest are independent given their seeds, and the seeds are drawn one after the
    other from the forest's (Breiman, 2001, "Random forests"), so that a forest of fewer trees is a
    prefix of the larger one. A tree that ends before `max_depth` stops it is also the tree of every
    other depth that does not stop it, so that deep forests share trees.

    Accepted are the four forests themselves, not their subclasses, without class weights, out-of-bag
    score, warm start, a limit on the bootstrap sample or pruned trees (whose depth no longer tells
    what stopped them), on features without infinities, whose predictions fit into the budget. Each kind
    is proven against the public class on a few rows first.
    """

    def __init__(
        self, folds: list[Fold], label: Hashable = "", memory: "GrownForests | None" = None
    ) -> None:
        """Start with the trees that there are.

        Args:
            folds: The folds of the sweep.
            label: Tells them from other folds with the same memory.
            memory: What is kept; None for nothing, and for this process alone to grow trees.
        """
        self._folds = folds
        self._label = label
        self._last: tuple[Any, str] = (None, "")
        self.memory = memory or GrownForests()

    @cached_property
    def _arrays(self) -> list[ForestFold]:
        return [ForestFold(fold) for fold in self._folds]

    def accepts(self, estimator: Any) -> bool:
        """Accept the forests whose prefixes are proven to be the smaller forests.

        Args:
            estimator: An unfitted estimator.

        Returns:
            Whether the score of a prefix is the score of a fit from scratch.
        """
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
        """Estimate the memory for the predictions of the largest fold."""
        return max(fold.count_nbytes(estimator, estimator.n_estimators) for fold in self._arrays)

    def _are_proven(self, estimator: Any) -> bool:
        """Prove the forests of this kind, with trees of the public class."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "public", self._has_gaps),
            lambda: self._find_difference(estimator, lean=False),
            "Every forest is trained from scratch",
        )

    def _uses_lean_builder(self, estimator: Any) -> bool:
        """Prove the lean builder for a kind of forests that is proven."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "lean", self._has_gaps),
            lambda: self._find_difference(estimator, lean=True),
            "Trees grow through the slower public class",
        )

    def _find_difference(self, estimator: Any, *, lean: bool) -> str:
        """Compare two depths, which share trees, and two sizes with the public class."""
        few = take_few_rows(self._folds[0], estimator)
        forests: list[GrowingForest] = []
        for max_depth in (None, DEPTH_OF_PROOF):
            template = make_typical(estimator).set_params(max_depth=max_depth, n_jobs=None)
            forests.append(GrowingForest(template, ForestFold(few), (0, ""), lean=lean))
            for size in SIZES_OF_PROOF:
                public = clone(template).set_params(n_estimators=size)
                public.fit(few.X_train, few.y_train)
                Crew().finish(forests[-1].growth, forests[-1].plan(size, forests))
                if difference := compare(public, forests[-1].predict(size), few.X_test):
                    return difference
        return ""

    def prepare(self, estimator: Any) -> None:
        """Let helpers begin with the trees of all folds, and then with those of larger forests.

        Args:
            estimator: An unfitted estimator that is accepted.
        """
        memory = self.memory
        family = self._name_family(estimator)
        size = estimator.n_estimators
        largest = memory.sizes[family] = max(size, memory.sizes.get(family, 0))
        nbytes = sum(fold.count_nbytes(estimator, largest) for fold in self._arrays)
        if not memory.crew.is_helped or nbytes > memory.forests.max_bytes:
            return
        folds = range(len(self._folds))
        plans = [self._plan(estimator, fold, largest) for fold in folds]
        for forest, missing in plans:
            memory.crew.order(forest.growth, [number for number in missing if number < size])
        for forest, missing in plans:  # a later trial may need them
            later = [number for number in missing if number >= size]
            memory.crew.order(forest.growth, later, ahead=True)

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        """Take the first trees of the fold's forest, grown as far as needed.

        Args:
            estimator: An unfitted estimator that is accepted.
            fold: Number of the fold, from 0.

        Returns:
            A model that knows the predictions for the test rows of the fold, and these rows.
        """
        size = estimator.n_estimators
        forest, missing = self._plan(estimator, fold, size)
        self.memory.crew.finish(forest.growth, missing)
        return FittedFold(forest.predict(size), self._folds[fold].X_test, self._arrays[fold].y_test)

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
        """Name what forests share that share trees, once for all folds of a trial."""
        if self._last[0] is not estimator:
            self._last = (estimator, params_key(estimator, "n_estimators", "max_depth"))
        return self._last[1]


@dataclass
class GrownForests:
    """What is kept of forests, for several sets of folds.

    Attributes:
        forests: The trees grown so far.
        proofs: Which kinds of forests are proven.
        crew: Grows the trees.
        sizes: The largest size asked for so far, by all other arguments but the depth.
    """

    forests: BoundedCache[GrowingForest] = field(default_factory=lambda: BoundedCache(MAX_BYTES))
    proofs: Proofs = field(default_factory=Proofs)
    crew: Crew = field(default_factory=Crew)
    sizes: dict[str, int] = field(default_factory=dict)
