"""raw → train, test."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.tables import (
    describe_raw_rows,
    describe_tables,
    fill_gaps,
    find_means,
    find_row_groups,
    select_columns,
    summarize_tables,
)

from .nodes import split_table


def create_pipeline() -> Pipeline:
    """Create the data processing pipeline.

    Returns:
        The pipeline from `raw` to `train` and `test`.
    """
    return pipeline(
        [
            node(
                select_columns,
                inputs=[
                    "raw",
                    "params:features",
                    "params:drop",
                    "params:split",
                    "params:y_label",
                ],
                outputs="table",
                name="select_columns",
            ),
            node(
                split_table,
                inputs=[
                    "table",
                    "params:features",
                    "params:y_label",
                    "params:frac",
                    "params:split",
                    "params:duplicates",
                    "params:random_seed",
                    "params:model",
                ],
                outputs=["train_with_gaps", "test_with_gaps"],
                name="split_table",
            ),
            node(
                find_means,
                inputs=[
                    "train_with_gaps",
                    "params:features",
                    "params:split",
                    "params:y_label",
                    "params:impute",
                ],
                outputs="means",
                name="find_means",
            ),
            node(
                fill_gaps,
                inputs=["train_with_gaps", "test_with_gaps", "means"],
                outputs=["train", "test"],
                name="fill_gaps",
            ),
            node(
                describe_raw_rows,
                inputs=[
                    "raw",
                    "train_with_gaps",
                    "params:features",
                    "params:split",
                    "params:y_label",
                    "params:impute",
                ],
                outputs="raw_schema",
                name="describe_raw_rows",
            ),
            node(
                summarize_tables,
                inputs=[
                    "table",
                    "train_with_gaps",
                    "test_with_gaps",
                    "params:features",
                    "params:split",
                    "params:y_label",
                    "params:model",
                ],
                outputs="data_summary",
                name="summarize_tables",
            ),
            node(
                find_row_groups,
                inputs=[
                    "raw",
                    "train_with_gaps",
                    "test_with_gaps",
                    "params:split",
                    "params:y_label",
                ],
                outputs="row_groups",
                name="find_row_groups",
            ),
            # Add every parameter that the tables depend on. A run that only loads them checks these.
            node(
                describe_tables,
                inputs={
                    "train": "train",
                    "test": "test",
                    "features": "params:features",
                    "drop": "params:drop",
                    "y_label": "params:y_label",
                    "frac": "params:frac",
                    "split": "params:split",
                    "duplicates": "params:duplicates",
                    "impute": "params:impute",
                    "random_seed": "params:random_seed",
                    "model": "params:model",
                },
                outputs="split_record",
                name="describe_tables",
            ),
        ],
        namespace="data_processing",
        prefix_datasets_with_namespace=False,
    )
