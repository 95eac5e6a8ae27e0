"""The facts that findings are based on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

import optuna
import pandas as pd
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.evaluation.findings.wording import SEARCH
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.model import Model
from kedro_sweep.search.settings import Sweep
from kedro_sweep.search.space import SearchSpace


@dataclass(frozen=True, eq=False)
class Evidence:
    """The facts about a finished run.

    Attributes:
        study: The study; with several candidates, the one with the best value.
        model: The estimator that was tuned.
        search_space: Its arguments that were searched.
        sweep: Settings of the search.
        summary: The tracked `sweep_summary`: the corrected value, and the gains over the references. A
            value that is missing or None is unknown.
        train: Training rows: features and target, and possibly more columns.
        test: Test rows, with the same columns.
        features: Names of the features.
        y_label: Name of the target.
        test_details: The tracked `test_details`: its `score` with an interval, if there is one.
        data_summary: What `summarize_tables` returned; empty if unknown.
        row_groups: The groups of the training and test rows, in a column named like the group; no column
            if there are none.
        configuration: The study of the best candidate; None if it is unknown.
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
    data_summary: Mapping[str, Any] = field(default_factory=dict)
    row_groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    configuration: StudyConfiguration | None = None
    candidate: str = ""

    @property
    def key(self) -> str:
        """The prefix of `search_space` in the parameters."""
        return f"sweep.models.{self.candidate}." if self.candidate else "sweep."

    @property
    def fixed_key(self) -> str:
        """The key under which the parameters fix arguments of the model."""
        return f"{self.key}params" if self.candidate else "sweep.model.params"

    @property
    def place(self) -> str:
        """Where to change the search; empty for candidates, whose environment has its own file."""
        return "" if self.candidate else f" in {SEARCH}"

    @property
    def maximizes(self) -> bool:
        """Whether a higher value is better."""
        return self.study.direction == StudyDirection.MAXIMIZE

    @cached_property
    def trials(self) -> list[FrozenTrial]:
        """The complete trials, in order, that have all parameters that they were asked for."""
        return [
            trial
            for trial in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if trial.params.keys() >= self.search_space.distributions(trial.params).keys()
            and isfinite(value_of(trial))
        ]

    @cached_property
    def ranking(self) -> list[FrozenTrial]:
        """The same trials, best first, each configuration once: samplers repeat good ones."""
        different = {repr(sorted(trial.params.items())): trial for trial in reversed(self.trials)}
        first = sorted(different.values(), key=lambda trial: trial.number)
        return sorted(first, key=value_of, reverse=self.maximizes)

    def read(self, *names: str) -> dict[str, float] | None:
        """Read figures from the summary.

        Args:
            names: Their keys.

        Returns:
            The figures by name, in this order; None unless all of them are known.
        """
        figures = {name: self.summary.get(name) for name in names}
        known = {name: value for name, value in figures.items() if value is not None and isfinite(value)}
        return known if len(known) == len(names) else None

    def rank_with(self, name: str) -> list[FrozenTrial]:
        """Return the ranking of the trials that have a parameter, if the best trial has it.

        Args:
            name: A searched parameter, possibly one that only some trials have.

        Returns:
            The trials, best first; empty if the best trial does not have the parameter.
        """
        if not self.ranking or name not in self.ranking[0].params:
            return []
        return [trial for trial in self.ranking if name in trial.params]


def value_of(trial: FrozenTrial) -> float:
    """Return the value of a complete trial."""
    assert trial.value is not None
    return trial.value
