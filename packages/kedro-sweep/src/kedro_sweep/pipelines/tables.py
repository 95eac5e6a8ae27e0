"""raw, train, test → records of the tables, which later runs check."""

from typing import Any

import pandas as pd
from kedro.pipeline import Node, Pipeline

from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data
from kedro_sweep.tables.record import describe_tables, find_row_groups, summarize_tables
from kedro_sweep.tables.schema import describe_raw_rows


def record_tables() -> Pipeline:
    """Record what the tables contain, and which parameters they were made with.

    Returns:
        The pipeline from the tables to `raw_schema`, `data_summary`, `row_groups` and `split_record`.
    """
    parts = ["train_with_gaps", "test_with_gaps"]
    groups = ["params:data", "params:sweep"]
    return Pipeline(
        [
            Node(
                describe_raw_rows,
                ["raw", "train_with_gaps", "params:data"],
                "raw_schema",
                name="describe_raw_rows",
            ),
            Node(_summarize_tables, ["table", *parts, *groups], "data_summary", name="summarize_tables"),
            Node(find_row_groups, ["raw", *parts, "params:data"], "row_groups", name="find_row_groups"),
            Node(_describe_tables, ["train", "test", *groups], "split_record", name="describe_tables"),
        ]
    )


def _summarize_tables(
    table: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, data: Data, sweep: Sweep
) -> dict[str, Any]:
    return summarize_tables(table, train, test, data, is_classifier=sweep.is_classifier)


def _describe_tables(
    train: pd.DataFrame, test: pd.DataFrame, data: Data, sweep: Sweep
) -> dict[str, Any]:
    return describe_tables(train, test, data, is_classifier=sweep.is_classifier)
