"""The raw table: which columns the model may see, and the checks that the table must pass."""

from kedro_sweep.tables.columns import label_rows, list_features, select_columns
from kedro_sweep.tables.duplicates import drop_copies, find_copies
from kedro_sweep.tables.gaps import find_means
from kedro_sweep.tables.parameters import Data, Split
from kedro_sweep.tables.raw_rows import prepare_rows, split_model, take_raw_rows
from kedro_sweep.tables.record import REMEDY, check_parameters, check_table, describe_tables
from kedro_sweep.tables.row_groups import find_row_groups
from kedro_sweep.tables.schema import (
    Finding,
    check_rows,
    describe_raw_rows,
    infer_schema,
    narrow_schema,
)
from kedro_sweep.tables.splits import check_classes, check_target, find_groups, split_rows
from kedro_sweep.tables.summary import summarize_tables

__all__ = [
    "REMEDY",
    "Data",
    "Finding",
    "Split",
    "check_classes",
    "check_parameters",
    "check_rows",
    "check_table",
    "check_target",
    "describe_raw_rows",
    "describe_tables",
    "drop_copies",
    "find_copies",
    "find_groups",
    "find_means",
    "find_row_groups",
    "infer_schema",
    "label_rows",
    "list_features",
    "narrow_schema",
    "prepare_rows",
    "select_columns",
    "split_model",
    "split_rows",
    "summarize_tables",
    "take_raw_rows",
]
