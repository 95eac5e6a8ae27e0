"""study, model, tracked runs → figures, report."""

from kedro.pipeline import Node, Pipeline
from kedro_sweep.pipelines import report

from .nodes import plot_study


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline.

    Returns:
        The figures of the study, and the library's figures of the model, comparison of runs and report.
    """
    figures = ["optimization_history", "param_importances", "slice", "parallel_coordinate"]
    found_in, drawn = ["study_storage", "sweep_summary"], [*figures, "study_page"]
    step = Node(plot_study, found_in, drawn, name="plot_study")
    return Pipeline([step], namespace="reporting", prefix_datasets_with_namespace=False) + report()
