"""All rules, in order of importance, and what they find in a run.

A rule takes the evidence and yields its findings, or nothing if evidence is missing. Its docstring says
when it applies.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation._summary import SweepSummary, load_study
from kedro_sweep.evaluation.findings._evidence import Evidence
from kedro_sweep.evaluation.findings._finding import Finding, log_findings, to_plain
from kedro_sweep.evaluation.findings._rows import (
    coincidences_dropped,
    copies_across_split,
    copies_dropped,
    feature_predicts_target,
    groups_across_split,
    identifier_features,
    rare_classes,
)
from kedro_sweep.evaluation.findings._scores import (
    no_better_than_dummy,
    no_better_than_untuned,
    search_and_test_disagree,
)
from kedro_sweep.evaluation.findings._search import (
    best_at_edge,
    parameter_without_effect,
    still_improving,
)
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.tables import Data

Rule = Callable[[Evidence], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    no_better_than_dummy,
    feature_predicts_target,
    copies_across_split,
    groups_across_split,
    coincidences_dropped,
    search_and_test_disagree,
    identifier_features,
    no_better_than_untuned,
    rare_classes,
    copies_dropped,
    best_at_edge,
    still_improving,
    parameter_without_effect,
)


def find_all(evidence: Evidence) -> list[Finding]:
    """Apply all rules; the most important findings come first."""
    return [finding for rule in RULES for finding in rule(evidence)]


def list_findings(
    train: pd.DataFrame,
    test: pd.DataFrame,
    features: dict[str, Any],
    study_storage: BaseStorage,
    sweep_summary: dict[str, Any],
    test_details: dict[str, Any],
    data_summary: dict[str, Any],
    row_groups: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
) -> dict[str, Any]:
    """List what a careful colleague would say about the run, and what to do about it.

    Args:
        train: Training rows.
        test: Test rows.
        features: What the model consists of.
        study_storage: The storage of the studies.
        sweep_summary: The search that the model comes from.
        test_details: The intervals of the test metrics, and the scores of each class.
        data_summary: The numbers of rows, of equal rows and of dropped ones.
        row_groups: What rows have in common although the split does not keep them together.
        preparation: Picks the features.
        data: How the rows are separated, and how missing values are filled.
        sweep: The estimators that were tuned; findings about the search are about the best one.

    Returns:
        The findings by name, most important first; empty if there is nothing to say.

    Raises:
        InputError: If the parameters are not those of the search.
    """
    summary = SweepSummary.model_validate(sweep_summary)
    name = summary.candidate
    candidates = choose_candidates(sweep)
    if name not in candidates:
        raise InputError(
            f"The best candidate of the last search is {name}, but the candidates of this run are "
            f"{[*candidates]}: run with the parameters of that search (such as --env contest), or "
            "run the search again."
        )
    configuration = StudyConfiguration.from_table(train, preparation, data, sweep, candidates[name])
    findings = find_all(
        Evidence(
            study=load_study(study_storage, sweep_summary),
            configuration=configuration,
            summary=summary,
            train=train,
            test=test,
            features=features["features"],
            y_label=features["y_label"],
            test_details=test_details,
            data_summary=data_summary,
            row_groups=row_groups,
            candidate=name if sweep.models else "",
        )
    )
    log_findings(findings)
    return to_plain(findings)
