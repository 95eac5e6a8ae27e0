"""What the trials of a search keep in memory for later trials."""

from kedro_sweep.search.boosting import NestedBoosting
from kedro_sweep.search.folds import Fold
from kedro_sweep.search.forest import NestedForests
from kedro_sweep.search.steps import ReusedSteps
from kedro_sweep.search.strategy import FitFromScratch


class Kept:
    """What earlier trials fitted on the folds, for later trials of any estimator.

    Attributes:
        forests: Trees of forests.
        boosting: Stages of gradient boosting.
        steps: Rows as the first steps of pipelines transform them.
        scratch: Always trains from scratch, so it keeps nothing.
    """

    def __init__(self, folds: list[Fold]) -> None:
        """Start with nothing."""
        self.forests = NestedForests(folds)
        self.boosting = NestedBoosting(folds)
        self.steps = ReusedSteps(folds, self.forests.memory)
        self.scratch = FitFromScratch(folds)
