"""The parts of a project's pipelines that are the same in every project.

A namespace is one box of the flowchart. What is read only inside it stays out of sight until a click, so
the records of a run are a box inside data science, and share it only as `run_results`.
"""

from typing import Any

import pandas as pd
from kedro.framework import project
from kedro.pipeline import Node, Pipeline
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep import tables
from kedro_sweep.evaluation import Decision, check_decision, search_and_keep
from kedro_sweep.evaluation.findings import list_findings
from kedro_sweep.evaluation.model_card import make_model_card
from kedro_sweep.evaluation.references import score_references
from kedro_sweep.evaluation.slices import score_slices
from kedro_sweep.parameters import flatten_parameters
from kedro_sweep.report.comparison import compare_runs
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model
from kedro_sweep.report.page import ReportData, make_report
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.tables import Data

__all__ = ["record_model", "record_tables", "report", "work"]

GROUPS = ["params:data", "params:sweep"]
STORES = ["study_storage", "prediction_store"]
RECORDS = "data_science.records"
METRICS = ["train_metrics", "test_metrics", "test_details"]
FOUND = ["findings", "verdict"]
# What a run adds to the tracked runs, which are loaded after these are collected.
THIS_RUN = {name: name for name in ("features", *METRICS, "test_references", "slices", *FOUND)} | {
    "summary": "sweep_summary",
    "parameters": "run_parameters",
}
# Metrics of the search, by their keys in its summary.
SCORES = {
    "corrected": "corrected_value",
    "corrected_low": "corrected_low",
    "corrected_high": "corrected_high",
    "best_trial": "best_value",
    "untuned": "default_value",
    "dummy": "dummy_value",
}


def record_tables() -> Pipeline:
    """Record what the tables contain, and which parameters they were made with.

    Returns:
        The pipeline from the tables to `data_summary`, `raw_schema` and `row_groups`.
    """
    parts, data = ["train", "test"], "params:data"
    summarize = Node(
        _summarize_tables, ["raw", "table", *parts, *GROUPS], "data_summary", name="summarize_tables"
    )
    return _group("data_processing", summarize) + _group(
        RECORDS,
        Node(tables.describe_raw_rows, ["raw", "train", data], "raw_schema", name="describe_raw_rows"),
        Node(tables.find_row_groups, ["raw", *parts, data], "row_groups", name="find_row_groups"),
    )


def record_model() -> Pipeline:
    """Record what a model is, how good it is, and what to do next.

    Returns:
        The pipeline from the model and its metrics to `run_parameters`, `slices`, `test_references`,
        `search_metrics`, `findings`, `verdict`, `schema` and `model_card`.
    """
    search = ["features", "study_storage", "sweep_summary", "train_metrics", "test_details"]
    compared = ["train", "test", "preparation", "sweep_summary", *GROUPS]
    records = ["test_references", "slices", "data_summary", "row_groups", "preparation"]
    scored = ["train", "preparation", "out_of_fold_predictions", *GROUPS]
    found_in = ["train", "test", *search, *records, *GROUPS]
    card_of = ["model", "train", "features", "sweep_summary", *METRICS]
    return _group(
        RECORDS,
        Node(flatten_parameters, "parameters", "run_parameters", name="flatten_parameters"),
        Node(_list_scores, "sweep_summary", "search_metrics", name="list_scores"),
        Node(score_slices, scored, "slices", name="score_slices"),
        Node(score_references, compared, "test_references", name="score_references"),
        Node(list_findings, found_in, FOUND, name="list_findings"),
        Node(tables.narrow_schema, ["raw_schema", "model"], "schema", name="narrow_schema"),
        Node(make_model_card, card_of, "model_card", name="make_model_card"),
    )


def report() -> Pipeline:
    """Report a run, and compare it with others.

    Returns:
        The pipeline from the model and the tracked runs to the figures of the model, the comparison, the
        report and the page of the model card.
    """
    figures_of = ["model", "train", "test", "params:data", "sweep_summary"]
    others = ("model_card", "data_summary", "best_params", "trials")
    results_of = THIS_RUN | {name: name for name in others}
    collect = Node(_collect_results, results_of, "run_results", name="collect_results")
    comparison = ["runs_comparison", "runs_comparison_page"]
    # Not the study itself, because a run that starts at training has not loaded it. The newest run with
    # a model is the one that trained this model.
    predicted = ["train", "test", "out_of_fold_predictions", "test_predictions", "params:data"]
    report_of = [
        "run_results",
        "study_storage",
        "tracked_runs",
        *predicted,
        "importances",
        *MODEL_FIGURES,
    ]
    return _group(RECORDS, collect) + _group(
        "reporting",
        Node(plot_model, figures_of, [*MODEL_FIGURES, "importances"], name="plot_model"),
        Node(compare_runs, ["tracked_runs", "run_results"], comparison, name="compare_runs"),
        Node(make_report, report_of, ["report", "model_card_page"], name="make_report"),
    )


def work() -> Pipeline:
    """Add trials to the study of a run on another machine.

    Returns:
        The pipeline after data processing, which saves nothing but trials.
    """
    prepared = "worker_preparation"
    searched = ["train", prepared, *GROUPS, "params:decision", *STORES]
    return _group(
        "worker",
        Node(tables.prepare_rows, ["train", "means", "params:data"], prepared, name="prepare_rows"),
        Node(_add_trials, searched, None, name="add_trials"),
    )


def _group(namespace: str, *nodes: Node) -> Pipeline:
    return Pipeline(nodes, namespace=namespace, prefix_datasets_with_namespace=False)


def _collect_results(**results: Any) -> ReportData:
    return ReportData(**results, project=project.PACKAGE_NAME or "")


def _summarize_tables(
    raw: pd.DataFrame,
    table: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    data: Data,
    sweep: Sweep,
) -> dict[str, Any]:
    is_classifier = sweep.is_classifier
    return tables.summarize_tables(raw, table, train, test, data, is_classifier=is_classifier)


def _list_scores(summary: dict[str, Any]) -> dict[str, float]:
    return {name: summary[key] for name, key in SCORES.items() if summary.get(key) is not None}


def _add_trials(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
    decision: Decision,
    study_storage: BaseStorage,
    prediction_store: Any,
) -> None:
    """Add trials until none is left to take. The run that started the study sets their number."""
    configurations = configure_candidates(train, preparation, data, sweep)
    configurations = check_decision(decision, configurations)
    search_and_keep(configurations, study_storage, prediction_store, adds=True)
