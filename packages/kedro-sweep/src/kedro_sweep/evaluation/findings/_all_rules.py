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
from kedro_sweep.evaluation.findings import _prediction_rules, _row_rules, _score_rules, _search_rules
from kedro_sweep.evaluation.findings._evidence import Evidence, Finding, log_findings, to_plain
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.tables import Data

Rule = Callable[[Evidence], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    _score_rules.no_better_than_dummy,
    _row_rules.feature_predicts_target,
    _row_rules.copies_across_split,
    _row_rules.groups_across_split,
    _row_rules.coincidences_dropped,
    _score_rules.search_and_test_disagree,
    _prediction_rules.folds_disagree,
    _prediction_rules.worse_slices,
    _prediction_rules.class_never_predicted,
    _prediction_rules.accuracy_insensitive,
    _prediction_rules.biased_residuals,
    _prediction_rules.intervals_too_narrow,
    _row_rules.identifier_features,
    _score_rules.no_better_than_untuned,
    _score_rules.no_better_than_boosting,
    _row_rules.rare_classes,
    _row_rules.copies_dropped,
    _search_rules.best_at_edge,
    _search_rules.still_improving,
    _search_rules.parameter_without_effect,
    _search_rules.as_good_and_faster,
    _prediction_rules.train_far_above_test,
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
    train_metrics: dict[str, float],
    test_details: dict[str, Any],
    slices: dict[str, Any],
    data_summary: dict[str, Any],
    row_groups: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
) -> dict[str, Any]:
    """List what a careful colleague would say about the run, by name, most important first."""
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
            train_metrics=train_metrics,
            test_details=test_details,
            slices=slices,
            data_summary=data_summary,
            row_groups=row_groups,
            candidate=name if sweep.models else "",
            test_weights=data.take_weights(test),
        )
    )
    log_findings(findings)
    return to_plain(findings)
