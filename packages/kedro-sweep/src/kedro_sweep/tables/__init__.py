"""The raw table: which columns the model may see, and the checks that the table must pass."""

from kedro_sweep.tables.columns import list_features, select_columns
from kedro_sweep.tables.groups import find_groups
from kedro_sweep.tables.parameters import Data, Split
from kedro_sweep.tables.raw_rows import find_means, prepare_rows, split_model, take_raw_rows
from kedro_sweep.tables.splits import check_target, split_rows

__all__ = [
    "Data",
    "Split",
    "check_target",
    "find_groups",
    "find_means",
    "list_features",
    "prepare_rows",
    "select_columns",
    "split_model",
    "split_rows",
    "take_raw_rows",
]
