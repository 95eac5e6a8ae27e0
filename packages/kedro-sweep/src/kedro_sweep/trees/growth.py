"""The trees of one forest on the rows of one fold, as far as they have been grown."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kedro_sweep.trees.builder import GrowTree, plan_growing


class GrownTree(NamedTuple):
    """The parts of a tree that are kept.

    Attributes:
        depth: The depth of the tree.
        prediction: For the rows to predict, shape (n_test, n_classes), or (n_test, 1) for a regression.
    """

    depth: int
    prediction: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a fold, as the arrays that trees read.

    Attributes:
        X_train: Features of the rows to fit, shape (n_train, n_features), C-contiguous.
        y_train: Their target, shape (n_train, 1): class numbers from 0, or values.
        n_classes: Number of classes; 1 for a regression.
        X_test: Features of the rows to predict, shape (n_test, n_features), C-contiguous.
    """

    X_train: NDArray[np.float32]
    y_train: NDArray[np.float64]
    n_classes: int
    X_test: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that the trees of a forest share.

    Attributes:
        rows: The rows to fit and to predict.
        template: An unfitted decision tree with the arguments that the trees share.
        bootstrap: Whether each tree draws its own sample of the rows.
        lean: Whether the lean builder may be used.
    """

    rows: Rows
    template: Any
    bootstrap: bool
    lean: bool

    @cached_property
    def _build(self) -> GrowTree:
        rows = self.rows
        return plan_growing(self.template, rows.X_train, rows.y_train, rows.n_classes, lean=self.lean)

    def grow(self, seed: int) -> GrownTree:
        """Grow a tree.

        Args:
            seed: Its random state, which also determines its bootstrap sample.

        Returns:
            The tree.
        """
        weight = None
        if self.bootstrap:
            n_rows = len(self.rows.X_train)
            sample = np.random.RandomState(seed).randint(0, n_rows, n_rows, dtype=np.int32)
            weight = np.bincount(sample, minlength=n_rows).astype(np.float64)
        tree = self._build(seed, weight)
        return GrownTree(tree.max_depth, tree.predict(self.rows.X_test))


@dataclass(eq=False)
class Growth:
    """The trees of a forest by their numbers from 0, in any order.

    Attributes:
        plan: What the trees share.
        seeds: The random states of all trees planned so far.
        trees: The trees grown so far.
        name: Identifies this growth among those of the process.
    """

    plan: Plan
    seeds: list[int] = field(default_factory=list)
    trees: dict[int, GrownTree] = field(default_factory=dict)
    name: int = field(default_factory=count().__next__, init=False)

    def grow(self, number: int) -> None:
        """Grow a tree in this process.

        Args:
            number: The number of the tree.
        """
        self.trees[number] = self.plan.grow(self.seeds[number])
