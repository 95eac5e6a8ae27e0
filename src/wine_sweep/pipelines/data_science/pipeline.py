"""train → study → model → metrics."""

from kedro.pipeline import Pipeline, node, pipeline

from .nodes import (
    evaluate_model,
    flatten_parameters,
    search_hyperparameters,
    train_model,
)


def create_pipeline() -> Pipeline:
    """Create the data science pipeline.

    Returns:
        The pipeline from `train` and `test` to the model and its metrics.
    """
    return pipeline(
        [
            node(
                flatten_parameters,
                inputs="parameters",
                outputs="run_parameters",
                name="flatten_parameters",
            ),
            node(
                search_hyperparameters,
                inputs=[
                    "train",
                    "study_storage",
                    "params:features",
                    "params:y_label",
                    "params:model",
                    "params:search_space",
                    "params:sweep",
                    "params:random_seed",
                    "neptune_run",
                ],
                outputs=["best_params", "trials", "sweep_summary"],
                name="search_hyperparameters",
            ),
            node(
                train_model,
                inputs=[
                    "train",
                    "best_params",
                    "params:features",
                    "params:y_label",
                    "params:model",
                    "params:random_seed",
                    "neptune_run",
                ],
                outputs=["model", "train_metrics", "features"],
                name="train_model",
            ),
            node(
                evaluate_model,
                inputs=["model", "test", "params:features", "params:y_label", "neptune_run"],
                outputs=["test_metrics", "test_predictions"],
                name="evaluate_model",
            ),
        ],
        namespace="data_science",
        prefix_datasets_with_namespace=False,
    )
