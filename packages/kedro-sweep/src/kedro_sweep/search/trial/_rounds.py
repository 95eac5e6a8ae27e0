"""The scores of one trial by its number of boosting rounds, and which of them it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import optuna

from kedro_sweep.search.reuse import FittedFold
from kedro_sweep.search.settings import Rounds
from kedro_sweep.search.study import StudyConfiguration, attributes, find_sign
from kedro_sweep.search.trial._predictions import FoldPrediction

# A curve has turned if so many times as many rounds are no better.
PATIENCE = 2


class Look(NamedTuple):
    """A model with one number of rounds on the test rows of one fold."""

    score: float
    prediction: FoldPrediction | None
    others: dict[str, float] | None


@dataclass
class Curve:
    """Looks at several numbers of boosting rounds, fold by fold.

    In each fold, the model grows until its score has turned, but not beyond where an earlier fold
    stopped. So all folds have a score for each number that counts, and the choice is by their mean.
    """

    configuration: StudyConfiguration
    score: Callable[[FittedFold], Look]
    folds: list[dict[int, Look]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.configuration.search_space.rounds)

    @property
    def numbers(self) -> Sequence[int]:
        if self.folds:
            return [*self.folds[-1]]
        found = self.configuration.search_space.root[self.name]
        return found.numbers if isinstance(found, Rounds) else []

    def start_fold(self) -> Callable[[int, FittedFold], bool]:
        """Return what looks at one model after the other; a fold is complete when none is left."""
        looks: dict[int, Look] = {}
        self.folds.append(looks)

        def look(number: int, fitted: FittedFold) -> bool:
            looks[number] = self.score(fitted)
            return number < PATIENCE * self._find_best([looks])

        return look

    @property
    def scores(self) -> list[float]:
        """The scores of the folds so far with the number of rounds that is best in them."""
        best = self._find_best(self.folds)
        return [looks[best].score for looks in self.folds]

    def _find_best(self, folds: Sequence[Mapping[int, Look]]) -> int:
        sign = find_sign(self.configuration.sweep.direction)
        means = {number: sign * np.mean([fold[number].score for fold in folds]) for number in folds[-1]}
        return max(means, key=lambda number: np.nan_to_num(means[number], nan=-np.inf))

    def choose(self, trial: optuna.Trial) -> list[Look]:
        """Set the best number of rounds, record the others, and return the looks of the best."""
        best = self._find_best(self.folds)
        others = [number for number in self.folds[-1] if number != best]
        values = [float(np.mean([fold[number].score for fold in self.folds])) for number in others]
        trial._fixed_params[self.name] = best
        trial._suggest(self.name, self.configuration.search_space.root[self.name].distribution())
        trial.set_user_attr(
            attributes.ROUNDS, {"params": [{self.name: number} for number in others], "values": values}
        )
        return [
            fold[best]._replace(prediction=_join(fold[best], [fold[number] for number in others]))
            for fold in self.folds
        ]


def _join(best: Look, others: Sequence[Look]) -> FoldPrediction | None:
    predictions: list[Any] = [other.prediction for other in others]
    if best.prediction is None or None in predictions:
        return best.prediction
    return best.prediction._replace(others=tuple(predictions))
