"""model, tracked runs → figures of the model, comparison of runs, report."""

from kedro.pipeline import Node, Pipeline

from kedro_sweep.report import compare_runs, make_report
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model

# What a run adds to the tracked runs, which can only be loaded after these are saved.
THIS_RUN = [
    "run_parameters",
    "sweep_summary",
    "features",
    "train_metrics",
    "test_metrics",
    "test_details",
    "findings",
]


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
                compare_runs,
                ["tracked_runs", *THIS_RUN],
                ["runs_comparison", "runs_comparison_page"],
                name="compare_runs",
            ),
            Node(
                make_report,
                {
                    # Not the study itself, because a run that starts at training has not loaded it.
                    "study_storage": "study_storage",
                    "summary": "sweep_summary",
                    "test_metrics": "test_metrics",
                    "test_details": "test_details",
                    "train_metrics": "train_metrics",
                    "findings": "findings",
                    "model_card": "model_card",
                    "parameters": "run_parameters",
                    "data_summary": "data_summary",
                    "trials": "trials",
                    "model_figures": "model_figures",
                    # The newest run with a model is the one that trained this model.
                    "tracked_runs": "tracked_runs",
                    "features": "features",
                },
                ["report", "model_card_page"],
                name="make_report",
            ),
        ]
    )
