"""What the trials of a search keep in memory, and the strategies that reuse it."""

from collections.abc import Hashable

from kedro_sweep.search.reuse._boosting import NestedBoosting, StageCache
from kedro_sweep.search.reuse._forests import ForestCache, NestedForests
from kedro_sweep.search.reuse._steps import ReusedSteps
from kedro_sweep.search.reuse._strategy import FitFromScratch, Strategy
from kedro_sweep.search.study import Fold


class Memory:
    """What earlier trials fitted on the folds, for later trials of any estimator.

    An estimator is fitted by the first of the strategies that accepts it; the last reuses nothing.
    """

    def __init__(self, folds: list[Fold]) -> None:
        """Start empty."""
        self.forests, self.boosting = ForestCache(), StageCache()
        *nested, scratch = self.list_strategies(folds)
        self.strategies = [*nested, ReusedSteps(folds, self.list_strategies), scratch]

    def list_strategies(self, folds: list[Fold], label: Hashable = "") -> list[Strategy]:
        """List the strategies for single estimators; the label identifies the folds in the caches."""
        return [
            NestedForests(folds, self.forests, label),
            NestedBoosting(folds, self.boosting, label),
            FitFromScratch(folds),
        ]
