"""What a check results in, and the facts that checks are based on."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite
from typing import Any

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.search.study import StudyConfiguration, find_sign, identify, make_estimator, rank

PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"
WIDTH = 2 * 1.96  # of a 95% interval, in standard errors


@dataclass(frozen=True, eq=False)
class Evidence:
    """The facts about a finished run; of a contest, about the candidate with the best value.

    What is tracked has its name in the catalog. The train and test rows may have more columns.
    """

    study: optuna.Study
    configuration: StudyConfiguration
    summary: SweepSummary
    train: pd.DataFrame
    test: pd.DataFrame
    features: list[str]
    y_label: str
    test_details: Mapping[str, Any]
    data_summary: Mapping[str, Any] = field(default_factory=dict)
    train_metrics: Mapping[str, float] = field(default_factory=dict)
    test_dummy: Mapping[str, Any] = field(default_factory=dict)  # its `score` and all `metrics`
    slices: Mapping[str, Any] = field(default_factory=dict)
    row_groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    candidate: str = ""  # none if the parameters name no candidates

    @property
    def space_key(self) -> str:
        return f"sweep.models.{self.candidate}.search_space" if self.candidate else "sweep.search_space"

    @property
    def params_key(self) -> str:
        return f"sweep.models.{self.candidate}.params" if self.candidate else "sweep.model.params"

    @property
    def in_file(self) -> str:
        """Where to change the search; empty for candidates, whose environment has its own file."""
        return "" if self.candidate else f" in {SEARCH}"

    @property
    def sign(self) -> int:
        return find_sign(self.study.direction)

    @property
    def standard_error(self) -> float:
        """Of the score in the folds: from its interval, or from that on the test rows; else infinite."""
        known, share = self.summary.corrected, 1.0
        if not known and (test := self.test_details.get("score")) and test["low"] is not None:
            known = Estimate(test["value"], test["low"], test["high"])
            share = len(self.test) / len(self.configuration.X)
        return (known.high - known.low) / WIDTH * share**0.5 if known else inf

    def make_estimator(self) -> Any:
        return make_estimator(self.configuration.model, self.train[self.features], random_seed=0)

    @cached_property
    def trials(self) -> list[FrozenTrial]:
        """The complete trials, in order, that have all parameters that they were asked for."""
        return [
            trial
            for trial in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if trial.params.keys() >= self.configuration.search_space.distributions(trial.params).keys()
            and isfinite(value_of(trial))
        ]

    @cached_property
    def ranking(self) -> list[FrozenTrial]:
        """The same trials, best first, each configuration once: samplers repeat good ones."""
        different = {identify(trial.params): trial for trial in reversed(self.trials)}
        first = sorted(different.values(), key=lambda trial: trial.number)
        return rank(first, self.study.direction)

    def rank_with(self, name: str) -> list[FrozenTrial]:
        """Rank the trials that have a parameter; no trial if the best one does not have it."""
        if not self.ranking or name not in self.ranking[0].params:
            return []
        return [trial for trial in self.ranking if name in trial.params]


def value_of(trial: FrozenTrial) -> float:
    assert trial.value is not None
    return trial.value


def split_message(message: str) -> tuple[str, str]:
    """Split a message into its first sentence and the rest; names may hold `No. of` or `St. Louis`."""
    for stop in re.finditer(r"([^\W\d_]*)\. ", message):
        if stop[1].lower() not in SHORT:
            return message[: stop.end() - 1], message[stop.end() :]
    return message, ""


# Words before a period that does not end a sentence.
SHORT = {"avg", "max", "min", "no", "nr", "approx", "st", "dr"}


@dataclass(frozen=True)
class Finding:
    """Something that the reader of a run should know."""

    name: str
    message: str
    remedy: str
    figures: dict[str, Any] = field(default_factory=dict)  # behind the message, as plain values
    doubt: bool = True  # about the model or its scores, instead of a suggestion of a better search

    @property
    def title(self) -> str:
        return split_message(self.message)[0]


# A check that found nothing yields what it saw.
Result = Finding | str
Rule = Callable[[Evidence], Iterator[Result]]


def find(rule: Rule, evidence: Evidence) -> list[Finding]:
    """Apply a rule, and keep its findings; there are none if it is muted."""
    if rule.__name__ in evidence.configuration.sweep.muted_checks:
        return []
    return [result for result in rule(evidence) if isinstance(result, Finding)]


def to_plain(findings: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """Turn findings into the values that are tracked, by name; a second one of a name gets `_2`."""
    seen: Counter[str] = Counter()
    plain = {}
    for finding in findings:
        seen[finding.name] += 1
        suffix = f"_{seen[finding.name]}" if seen[finding.name] > 1 else ""
        shown = ("message", "remedy", "figures", "doubt")
        plain[finding.name + suffix] = {part: getattr(finding, part) for part in shown}
    return plain
