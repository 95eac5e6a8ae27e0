"""The scores of one trial by its number of boosting rounds, and which of them it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import optuna

from kedro_sweep.search.reuse import FittedFold
from kedro_sweep.search.settings import BoostingRounds
from kedro_sweep.search.study import StudyConfiguration, attributes, find_sign
from kedro_sweep.search.trial._predictions import FoldPrediction

# A curve has turned if so many times as many rounds are no better.
PATIENCE = 2
# With small steps, the first rounds change little, such as no label of a rare class. So a curve does not
# turn before the number of rounds, times the learning rate, reaches this.
LEAST_STEPS = 3


class Scored(NamedTuple):
    """A model with one number of rounds on the test rows of one fold."""

    score: float
    prediction: FoldPrediction | None
    others: dict[str, float] | None


@dataclass
class Curve:
    """Looks at several numbers of boosting rounds, fold by fold.

    In each fold, the model grows until its score has turned or its time is over, but not beyond where an
    earlier fold stopped. So all folds have a score for each number that counts, and the choice is by
    their mean.
    """

    configuration: StudyConfiguration
    name: str
    learning_rate: float
    score: Callable[[FittedFold], Scored]
    most: int | None = None  # the number of rounds with which the trial was queued
    folds: list[dict[int, Scored]] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        """Those to look at in the next fold."""
        found = self.configuration.search_space.root[self.name]
        assert isinstance(found, BoostingRounds)
        if self.folds:
            return [*self.folds[-1]]
        if self.most is None:
            return found.numbers
        return [*(number for number in found.numbers if number < self.most), self.most]

    def start_fold(self) -> Callable[[int, FittedFold], bool]:
        """Return what looks at one model after the other; a fold is complete when none is left."""
        looks: dict[int, Scored] = {}
        self.folds.append(looks)

        def look(number: int, fitted: FittedFold) -> bool:
            looks[number] = self.score(fitted)
            # If several are equally good, the last: the score may not have moved yet.
            is_past = number >= PATIENCE * max(self._list_best([looks]))
            return not is_past or number * self.learning_rate < LEAST_STEPS

        return look

    @property
    def scores(self) -> list[float]:
        """The scores of the folds so far with the number of rounds that is best in them."""
        best = self._list_best(self.folds)[0]
        return [looks[best].score for looks in self.folds]

    def _list_best(self, folds: Sequence[Mapping[int, Scored]]) -> list[int]:
        """List the best number, and those that are equally good, in ascending order."""
        sign = find_sign(self.configuration.sweep.direction)
        means = {number: sign * np.mean([fold[number].score for fold in folds]) for number in folds[-1]}
        means = {number: np.nan_to_num(mean, nan=-np.inf) for number, mean in means.items()}
        best = max(means.values())
        return [number for number, mean in means.items() if mean == best]

    def choose(self, trial: optuna.Trial) -> list[Scored]:
        """Set the best number of rounds, record the others, and return the scores of the best."""
        best = self._list_best(self.folds)[0]
        others = [number for number in self.folds[-1] if number != best]
        values = [float(np.mean([fold[number].score for fold in self.folds])) for number in others]
        looked_at = {"params": [{self.name: number} for number in others], "values": values}
        # Before the number: what has a number is scored with it alone, should this be interrupted.
        trial.set_user_attr(attributes.ROUNDS, looked_at)
        set_rounds(trial, self.configuration, self.name, best)
        return [
            fold[best]._replace(prediction=_join(fold[best], [fold[number] for number in others]))
            for fold in self.folds
        ]


def set_rounds(trial: optuna.Trial, configuration: StudyConfiguration, name: str, number: int) -> None:
    """Set the number of boosting rounds of a trial as if its sampler had drawn it."""
    trial._fixed_params[name] = number
    trial._suggest(name, configuration.search_space.root[name].distribution())


def _join(best: Scored, others: Sequence[Scored]) -> FoldPrediction | None:
    predictions: list[Any] = [other.prediction for other in others]
    if best.prediction is None or None in predictions:
        return best.prediction
    return best.prediction._replace(others=tuple(predictions))
