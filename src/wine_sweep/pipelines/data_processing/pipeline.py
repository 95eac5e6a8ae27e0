"""raw → train, test."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.tables import describe_tables, select_columns

from .nodes import impute_features, split_table


def create_pipeline() -> Pipeline:
    """Create the data processing pipeline.

    Returns:
        The pipeline from `raw` to `train` and `test`.
    """
    return pipeline(
        [
            node(
                select_columns,
                inputs=["raw", "params:features", "params:y_label"],
                outputs="table",
                name="select_columns",
            ),
            node(
                split_table,
                inputs=[
                    "table",
                    "params:y_label",
                    "params:frac",
                    "params:random_seed",
                    "params:model",
                ],
                outputs=["train_with_gaps", "test_with_gaps"],
                name="split_table",
            ),
            node(
                impute_features,
                inputs=["train_with_gaps", "test_with_gaps", "params:features"],
                outputs=["train", "test"],
                name="impute_features",
            ),
            # Add every parameter that the tables depend on: a run that only loads them compares.
            node(
                describe_tables,
                inputs={
                    "train": "train",
                    "test": "test",
                    "features": "params:features",
                    "y_label": "params:y_label",
                    "frac": "params:frac",
                    "random_seed": "params:random_seed",
                    "model": "params:model",
                },
                outputs="split",
                name="describe_tables",
            ),
        ],
        namespace="data_processing",
        prefix_datasets_with_namespace=False,
    )
