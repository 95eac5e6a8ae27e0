"""model, tracked runs → figures of the model, comparison of runs, report."""

from kedro.pipeline import Node, Pipeline

from kedro_sweep.report import ReportData, compare_runs, make_report
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model

# What a run adds to the tracked runs, which are loaded after these are collected.
THIS_RUN = {
    "summary": "sweep_summary",
    "features": "features",
    "parameters": "run_parameters",
    "train_metrics": "train_metrics",
    "test_metrics": "test_metrics",
    "test_details": "test_details",
    "findings": "findings",
}


def report() -> Pipeline:
    """Report a run, and compare it with others.

    Returns:
        The pipeline from the model and the tracked runs to the figures of the model, the comparison, the
        report and the page of the model card.
    """
    return Pipeline(
        [
            Node(
                plot_model,
                ["model", "train", "test", "params:data", "sweep_summary"],
                [*MODEL_FIGURES, "model_figures"],
                name="plot_model",
            ),
            Node(
                ReportData,
                THIS_RUN | {"model_card": "model_card", "data_summary": "data_summary"},
                "run_results",
                name="collect_results",
            ),
            Node(
                compare_runs,
                ["tracked_runs", "run_results"],
                ["runs_comparison", "runs_comparison_page"],
                name="compare_runs",
            ),
            Node(
                make_report,
                # Not the study itself, because a run that starts at training has not loaded it. The
                # newest run with a model is the one that trained this model.
                ["run_results", "trials", "model_figures", "study_storage", "tracked_runs"],
                ["report", "model_card_page"],
                name="make_report",
            ),
        ]
    )
