"""All checks, in order of importance, and what they find in a run.

A rule takes the evidence and yields its findings, what it saw if all is well, or nothing if it does not
apply. Its name is that of the check and of its findings. Its docstring says when it finds something.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pandas as pd
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation._summary import SweepSummary, load_study
from kedro_sweep.evaluation.findings import _prediction_rules, _row_rules, _score_rules, _search_rules
from kedro_sweep.evaluation.findings._evidence import (
    Evidence,
    Finding,
    Result,
    Rule,
    to_plain,
)
from kedro_sweep.evaluation.findings._verdict import log_verdict, make_verdict
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.tables import Data

RULES: dict[Rule, str] = {
    _score_rules.no_better_than_dummy: "Better than a dummy",
    _row_rules.feature_predicts_target: "No feature gives the target away",
    _row_rules.copies_across_split: "No test row copies a training row",
    _row_rules.groups_across_split: "No group on both sides of the split",
    _row_rules.coincidences_dropped: "No rows dropped that chance explains",
    _score_rules.search_and_test_disagree: "Search and test agree",
    _prediction_rules.folds_disagree: "Folds agree",
    _prediction_rules.worse_slices: "No slice is worse than the others",
    _prediction_rules.class_never_predicted: "Every class is predicted",
    _prediction_rules.accuracy_insensitive: "Accuracy suits the classes",
    _prediction_rules.biased_residuals: "Errors are not biased",
    _prediction_rules.intervals_too_narrow: "Prediction intervals hold the target",
    _row_rules.identifier_features: "No feature is an identifier",
    _score_rules.no_better_than_untuned: "Better than the untuned model",
    _score_rules.no_better_than_boosting: "Better than untuned boosting",
    _row_rules.rare_classes: "Every class is in every fold",
    _row_rules.copies_dropped: "Few copies of rows",
    _search_rules.best_at_edge: "The search space is wide enough",
    _search_rules.still_improving: "The search has settled",
    _search_rules.parameter_without_effect: "Every parameter matters",
    _search_rules.as_good_and_faster: "No equal model is far faster",
    _prediction_rules.train_far_above_test: "Training and test scores are close",
}
CHECKS = {rule.__name__: title for rule, title in RULES.items()}


def describe_checks(
    results: list[tuple[str, Result]], muted: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Describe what came of each check: its status, and the evidence or the reason for muting it."""
    described = {
        name: {"title": title, "status": "does not apply", "evidence": ""}
        for name, title in CHECKS.items()
    }
    for name, found in groupby(results, key=lambda pair: pair[0]):
        shown = [result for _, result in found]
        findings = [result for result in shown if isinstance(result, Finding)]
        passed = [result for result in shown if isinstance(result, str)]
        if findings:
            status = "problem" if any(each.doubt for each in findings) else "advice"
            described[name] |= {"status": status, "evidence": findings[0].title}
        else:
            described[name] |= {"status": "passed", "evidence": ", ".join(passed)}
    for name, reason in muted.items():
        described[name] |= {"status": "muted", "evidence": reason}
    return described


def check_names(muted: Mapping[str, str]) -> None:
    """Check that `sweep.muted_checks` names checks."""
    if unknown := [name for name in muted if name not in CHECKS]:
        raise InputError(
            f"sweep.muted_checks: there is no check '{unknown[0]}'. The checks are {', '.join(CHECKS)}."
        )


def list_findings(
    train: pd.DataFrame,
    test: pd.DataFrame,
    features: dict[str, Any],
    study_storage: BaseStorage,
    sweep_summary: dict[str, Any],
    train_metrics: dict[str, float],
    test_details: dict[str, Any],
    test_references: dict[str, Any],
    slices: dict[str, Any],
    data_summary: dict[str, Any],
    row_groups: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say what a careful colleague would say about the run.

    Returns:
        The findings by name, the most important one first; the verdict, with what came of each check.
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
    evidence = Evidence(
        study=load_study(study_storage, sweep_summary),
        configuration=StudyConfiguration.from_table(train, preparation, data, sweep, candidates[name]),
        summary=summary,
        train=train,
        test=test,
        features=features["features"],
        y_label=features["y_label"],
        train_metrics=train_metrics,
        test_details=test_details,
        test_dummy=test_references["dummy"],
        slices=slices,
        data_summary=data_summary,
        row_groups=row_groups,
        candidate=name if sweep.models else "",
    )
    results = [(rule.__name__, result) for rule in RULES for result in rule(evidence)]
    checks = describe_checks(results, sweep.muted_checks)
    findings = [
        found
        for check, found in results
        if isinstance(found, Finding) and check not in sweep.muted_checks
    ]
    verdict = make_verdict(summary, test_details, evidence.test_dummy, findings, checks)
    log_verdict(verdict, findings)
    return to_plain(findings), verdict
