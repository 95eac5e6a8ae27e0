"""study, model, tracked runs → figures, report."""

from kedro.pipeline import Node, Pipeline
from kedro_sweep.pipelines import report

from .nodes import join_figures, plot_study


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline.

    Returns:
        The figures of the study, and the library's figures of the model, comparison of runs and report.
    """
    figures = ["optimization_history", "param_importances", "slice", "parallel_coordinate"]
    steps = [
        Node(plot_study, ["study_storage", "sweep_summary"], figures, name="plot_study"),
        Node(join_figures, figures, "study_page", name="join_figures"),
    ]
    study = Pipeline(steps, namespace="reporting", prefix_datasets_with_namespace=False)
    return study + report()
