"""study, model, tracked runs → figures."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.report import plot_runs_comparison
from kedro_sweep.report.figures import MODEL_FIGURES, plot_model

from .nodes import (
    load_study,
    plot_optimization_history,
    plot_parallel_coordinate,
    plot_param_importances,
    plot_slice,
)

STUDY_PLOTS = {
    "optimization_history": plot_optimization_history,
    "param_importances": plot_param_importances,
    "slice": plot_slice,
    "parallel_coordinate": plot_parallel_coordinate,
}

# What a run adds to the tracked runs, which can therefore be loaded only when these are saved.
THIS_RUN = ["run_parameters", "sweep_summary", "features", "train_metrics", "test_metrics"]


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline.

    Returns:
        The pipeline from the study, the model and the tracked runs to the figures.
    """
    return pipeline(
        [
            node(
                load_study,
                inputs=["study_storage", "sweep_summary"],
                outputs="study",
                name="load_study",
            ),
            *(
                node(plot, inputs=["study", "sweep_summary"], outputs=name, name=f"plot_{name}")
                for name, plot in STUDY_PLOTS.items()
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
                plot_runs_comparison,
                inputs=["tracked_runs", *THIS_RUN],
                outputs="runs_comparison",
                name="plot_runs_comparison",
            ),
        ],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
    )
