"""study, model, tracked runs → figures, report."""

from kedro.pipeline import Node, Pipeline
from kedro_sweep.pipelines import report

from .nodes import plot_study


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline.

    Returns:
        The figures of the study, and the library's figures of the model, comparison of runs and report.
    """
    plots = Node(
        plot_study,
        ["study_storage", "sweep_summary"],
        ["optimization_history", "param_importances", "slice", "parallel_coordinate"],
        name="plot_study",
    )
    return Pipeline(
        Pipeline([plots]) + report(), namespace="reporting", prefix_datasets_with_namespace=False
    )
