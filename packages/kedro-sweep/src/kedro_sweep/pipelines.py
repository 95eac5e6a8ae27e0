"""The parts of a project's pipelines that are the same in every project."""

from typing import Any

import pandas as pd
from kedro.pipeline import Node, Pipeline
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation.findings import list_findings
from kedro_sweep.evaluation.model_card import make_model_card
from kedro_sweep.report.comparison import compare_runs
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model
from kedro_sweep.report.page import ReportData, make_report
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.tables import (
    Data,
    describe_raw_rows,
    describe_tables,
    find_row_groups,
    narrow_schema,
    prepare_rows,
    summarize_tables,
)
from kedro_sweep.tracking import flatten_parameters

__all__ = ["record_model", "record_tables", "report", "work"]

GROUPS = ["params:data", "params:sweep"]
STORES = ["study_storage", "prediction_store"]
PARTS = ["train_with_gaps", "test_with_gaps"]
METRICS = ["train_metrics", "test_metrics", "test_details"]
# What a run adds to the tracked runs, which are loaded after these are collected.
THIS_RUN = {name: name for name in ("features", *METRICS, "findings")} | {
    "summary": "sweep_summary",
    "parameters": "run_parameters",
}


def record_tables() -> Pipeline:
    """Record what the tables contain, and which parameters they were made with.

    Returns:
        The pipeline from the tables to `raw_schema`, `data_summary`, `row_groups` and `split_record`.
    """
    schema_of = ["raw", PARTS[0], "params:data"]
    return Pipeline(
        [
            Node(describe_raw_rows, schema_of, "raw_schema", name="describe_raw_rows"),
            Node(_summarize_tables, ["table", *PARTS, *GROUPS], "data_summary", name="summarize_tables"),
            Node(find_row_groups, ["raw", *PARTS, "params:data"], "row_groups", name="find_row_groups"),
            Node(_describe_tables, ["train", "test", *GROUPS], "split_record", name="describe_tables"),
        ]
    )


def record_model() -> Pipeline:
    """Record what a model is, how good it is, and what to do next.

    Returns:
        The pipeline from the model and its metrics to `run_parameters`, `findings`, `schema` and
        `model_card`.
    """
    search = ["features", "study_storage", "sweep_summary", "train_metrics", "test_details"]
    tables = ["data_summary", "row_groups", "preparation"]
    found_in = ["train", "test", *search, *tables, *GROUPS]
    card_of = ["model", "train", "features", "sweep_summary", *METRICS]
    return Pipeline(
        [
            Node(flatten_parameters, "parameters", "run_parameters", name="flatten_parameters"),
            Node(list_findings, found_in, "findings", name="list_findings"),
            Node(narrow_schema, ["raw_schema", "model"], "schema", name="narrow_schema"),
            Node(make_model_card, card_of, "model_card", name="make_model_card"),
        ],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
    )


def report() -> Pipeline:
    """Report a run, and compare it with others.

    Returns:
        The pipeline from the model and the tracked runs to the figures of the model, the comparison, the
        report and the page of the model card.
    """
    figures_of = ["model", "train", "test", "params:data", "sweep_summary"]
    figures = [*MODEL_FIGURES, "model_figures"]
    results_of = THIS_RUN | {name: name for name in ("model_card", "data_summary")}
    comparison = ["runs_comparison", "runs_comparison_page"]
    # Not the study itself, because a run that starts at training has not loaded it. The newest run with
    # a model is the one that trained this model.
    report_of = ["run_results", "trials", "model_figures", "study_storage", "tracked_runs"]
    return Pipeline(
        [
            Node(plot_model, figures_of, figures, name="plot_model"),
            Node(ReportData, results_of, "run_results", name="collect_results"),
            Node(compare_runs, ["tracked_runs", "run_results"], comparison, name="compare_runs"),
            Node(make_report, report_of, ["report", "model_card_page"], name="make_report"),
        ]
    )


def work() -> Pipeline:
    """Add trials to the study of a run on another machine.

    Returns:
        The pipeline after data processing, which saves nothing but trials.
    """
    prepared = "worker_preparation"
    return Pipeline(
        [
            Node(prepare_rows, ["train", "means", "params:data"], prepared, name="prepare_rows"),
            Node(_add_trials, ["train", prepared, *GROUPS, *STORES], None, name="add_trials"),
        ],
        namespace="worker",
        prefix_datasets_with_namespace=False,
    )


def _summarize_tables(
    table: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, data: Data, sweep: Sweep
) -> dict[str, Any]:
    return summarize_tables(table, train, test, data, is_classifier=sweep.is_classifier)


def _describe_tables(
    train: pd.DataFrame, test: pd.DataFrame, data: Data, sweep: Sweep
) -> dict[str, Any]:
    return describe_tables(train, test, data, is_classifier=sweep.is_classifier)


def _add_trials(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
    study_storage: BaseStorage,
    prediction_store: Any,
) -> None:
    """Add trials until none is left to take. The run that started the study sets their number."""
    configurations = configure_candidates(train, preparation, data, sweep)
    search_and_keep(configurations, study_storage, prediction_store, adds=True)
