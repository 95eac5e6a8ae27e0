"""raw → train, test."""

from kedro.pipeline import Node, Pipeline
from kedro_sweep.pipelines import record_tables
from kedro_sweep.tables import find_means, select_columns

from .nodes import fill_gaps, split_table


def create_pipeline() -> Pipeline:
    """Create the data processing pipeline.

    Returns:
        The pipeline from `raw` to `train` and `test`, and the library's records of these tables.
    """
    parts = ["train_with_gaps", "test_with_gaps"]
    steps = [
        Node(select_columns, ["raw", "params:data"], "table", name="select_columns"),
        Node(split_table, ["table", "params:data", "params:sweep"], parts, name="split_table"),
        Node(find_means, ["train_with_gaps", "params:data"], "means", name="find_means"),
        Node(fill_gaps, [*parts, "means"], ["train", "test"], name="fill_gaps"),
    ]
    split = Pipeline(steps, namespace="data_processing", prefix_datasets_with_namespace=False)
    return split + record_tables()
