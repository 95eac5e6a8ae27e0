"""A finding about groups that the split does not keep together, such as the rows of a patient."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from math import isfinite, nan

import numpy as np
import pandas as pd

from kedro_sweep.evaluation.findings.evidence import Evidence, value_of
from kedro_sweep.evaluation.findings.finding import Finding
from kedro_sweep.evaluation.findings.wording import PARAMETERS, count, show
from kedro_sweep.search.fit_warnings import log_warnings
from kedro_sweep.search.scorers import find_scorer
from kedro_sweep.search.splitter import Splitter

logger = logging.getLogger(__name__)

N_FOLDS = 5
# A loss of more standard errors than this is clear.
CLEAR = 2


def groups_across_split(evidence: Evidence) -> Iterator[Finding]:
    """A column looks like groups, and rows of one group are on both sides of a random split."""
    for name, groups in evidence.row_groups.items():
        test, train = groups.loc[evidence.test.index], groups.loc[evidence.train.index]
        n_shared = int(test.isin(train).sum())
        if not n_shared:
            return
        message = (
            f"The split ignores {name}: {n_shared} of {count(len(test), 'test row')} have the {name} of "
            "a training row, and the folds share them, too."
        )
        effect = _measure_effect(evidence, train)
        if effect:
            message += (
                f" In folds that keep each {name} together, the {evidence.summary['scoring']} of the "
                f"best configuration is {show(effect['grouped_value'])} (standard error "
                f"{show(effect['grouped_error'])}). The {_name_reference(evidence)} is "
                f"{show(effect['value'])}."
            )
        is_clear = effect.get("loss", 0) > CLEAR * effect.get("grouped_error", 0)
        if is_clear:
            message += f" Expect the former for a new {name}."
        yield Finding(
            "groups_across_split",
            message,
            f"If you predict for a new {name}, set data.split to {{kind: group, column: {name}}} "
            f"in {PARAMETERS}.",
            {"column": name, "test_rows": len(test), "shared_rows": n_shared} | effect,
            doubt=is_clear,
        )


def _name_reference(evidence: Evidence) -> str:
    """Name the value to compare with: the one that the report quotes, unless it is an ensemble's."""
    is_corrected = evidence.summary.get("corrected_value") is not None
    if is_corrected and "ensemble_value" not in evidence.summary:
        return "corrected value"
    return "value of the search"


def _measure_effect(evidence: Evidence, groups: pd.Series) -> dict[str, float]:
    """Score the best configuration once more, in folds of whole groups; empty if that is impossible."""
    configuration, cv = evidence.configuration, evidence.sweep.cv
    if configuration is None or not evidence.ranking or groups.nunique() < 2:
        return {}
    best = evidence.ranking[0]
    n_folds = min(N_FOLDS if isinstance(cv, Splitter) else cv, groups.nunique())
    sweep = evidence.sweep.model_copy(update={"cv": n_folds})
    grouped = replace(configuration, groups=groups, sweep=sweep)
    logger.info(
        "Scoring the best configuration in folds by '%s', which looks like groups.",
        groups.name,
        extra={"markup": False},
    )
    scorer, scores = find_scorer(grouped.scoring), [nan]
    # The groups may be too few or too large for folds, or a fold may lack a class.
    with suppress(Exception), log_warnings():
        scores = [
            scorer(grouped.build(best.params).fit(fold.X_train, fold.y_train), fold.X_test, fold.y_test)
            for fold in grouped.folds
        ]
    grouped_value = float(np.mean(scores))
    if not isfinite(grouped_value):
        return {}
    corrected = _name_reference(evidence) == "corrected value"
    value = float(evidence.summary["corrected_value"]) if corrected else value_of(best)
    return {
        "value": value,
        "grouped_value": grouped_value,
        "grouped_error": float(np.std(scores, ddof=1) / np.sqrt(n_folds)),
        "loss": value - grouped_value if evidence.maximizes else grouped_value - value,
    }
