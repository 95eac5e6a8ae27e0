"""study, model, tracked runs → figures, report."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.report import compare_runs, make_report
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model

from .nodes import STUDY_PLOTS, plot_study

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


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline.

    Returns:
        The pipeline from the study, the model and the tracked runs to the figures and the report.
    """
    return pipeline(
        [
            node(
                plot_study,
                inputs=["study_storage", "sweep_summary"],
                outputs=[*STUDY_PLOTS],
                name="plot_study",
            ),
            node(
                plot_model,
                inputs=[
                    "model",
                    "train",
                    "test",
                    "params:y_label",
                    "sweep_summary",
                    "params:random_seed",
                ],
                outputs=[*MODEL_FIGURES, "model_figures"],
                name="plot_model",
            ),
            node(
                compare_runs,
                inputs=["tracked_runs", *THIS_RUN],
                outputs=["runs_comparison", "runs_comparison_page"],
                name="compare_runs",
            ),
            node(
                make_report,
                inputs={
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
                outputs=["report", "model_card_page"],
                name="make_report",
            ),
        ],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
    )
