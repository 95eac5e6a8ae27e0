"""What findings are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import optuna
import pandas as pd
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.evaluation.findings.wording import SEARCH
from kedro_sweep.search.model import Model
from kedro_sweep.search.parameters import Sweep
from kedro_sweep.search.search_space import SearchSpace


@dataclass(frozen=True, eq=False)
class Evidence:
    """A finished run.

    Attributes:
        study: The study; of several candidates, that with the best value.
        model: The estimator that was tuned.
        search_space: Its arguments that were searched.
        sweep: How the search went.
        summary: The tracked `sweep_summary`: the corrected value, and the gains over the references. A
            value that is missing or None is not known.
        train: Training rows: features and target, and perhaps more columns.
        test: Test rows, with the same columns.
        features: Names of the features.
        y_label: Name of the target.
        test_details: The tracked details of the test: its `score` with an interval, if there is one.
        candidate: Name of the model under `models`; empty if the parameters name no candidates.
    """

    study: optuna.Study
    model: Model
    search_space: SearchSpace
    sweep: Sweep
    summary: Mapping[str, Any]
    train: pd.DataFrame
    test: pd.DataFrame
    features: list[str]
    y_label: str
    test_details: Mapping[str, Any]
    candidate: str = ""

    @property
    def key(self) -> str:
        """What stands in front of `search_space` in the parameters."""
        return f"models.{self.candidate}." if self.candidate else ""

    @property
    def fixed_key(self) -> str:
        """Where the parameters fix arguments of the model."""
        return f"{self.key}params" if self.candidate else "model.params"

    @property
    def place(self) -> str:
        """Where to change the search: an environment that names candidates has a file of its own."""
        return "" if self.candidate else f" in {SEARCH}"

    @property
    def maximizes(self) -> bool:
        """Whether a higher value is better."""
        return self.study.direction == StudyDirection.MAXIMIZE

    @cached_property
    def trials(self) -> list[FrozenTrial]:
        """The complete trials that have all parameters that they were asked for, in their order."""
        return [
            trial
            for trial in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if trial.params.keys() >= self.search_space.distributions(trial.params).keys()
            and isfinite(value_of(trial))
        ]

    @cached_property
    def ranking(self) -> list[FrozenTrial]:
        """The same trials, best first, and each configuration once: a sampler repeats good ones."""
        different = {repr(sorted(trial.params.items())): trial for trial in reversed(self.trials)}
        first = sorted(different.values(), key=lambda trial: trial.number)
        return sorted(first, key=value_of, reverse=self.maximizes)

    def rank_with(self, name: str) -> list[FrozenTrial]:
        """Give the ranking of the trials that have a parameter, if the best of all has it.

        Args:
            name: A searched parameter, perhaps one that is searched only in some trials.

        Returns:
            The trials, best first; none if the parameter does not matter to the best.
        """
        if not self.ranking or name not in self.ranking[0].params:
            return []
        return [trial for trial in self.ranking if name in trial.params]


def value_of(trial: FrozenTrial) -> float:
    """Give the value of a complete trial.

    Args:
        trial: The trial.

    Returns:
        Its score.
    """
    assert trial.value is not None
    return trial.value
