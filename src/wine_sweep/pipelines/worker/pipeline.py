"""train → more trials in the study that several machines search."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.tables import prepare_rows

from .nodes import add_trials


def create_pipeline() -> Pipeline:
    """Create the part of the worker pipeline after data processing.

    Returns:
        The pipeline, which adds trials to the study and saves nothing else.
    """
    return pipeline(
        [
            node(
                prepare_rows,
                inputs=["train", "means", "params:features", "params:split", "params:y_label"],
                outputs="worker_preparation",
                name="prepare_rows",
            ),
            node(
                add_trials,
                inputs=[
                    "train",
                    "worker_preparation",
                    "study_storage",
                    "prediction_store",
                    "params:y_label",
                    "params:split",
                    "params:duplicates",
                    "params:impute",
                    "params:model",
                    "params:search_space",
                    "params:models",
                    "params:sweep",
                    "params:random_seed",
                ],
                outputs=None,
                name="add_trials",
            ),
        ],
        namespace="worker",
        prefix_datasets_with_namespace=False,
    )
