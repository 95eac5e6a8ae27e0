"""The raw table: which columns the model may see, and the checks that the table has to pass."""

from kedro_sweep.tables.columns import select_columns
from kedro_sweep.tables.parameters import FeatureNames, TargetName, TestFraction
from kedro_sweep.tables.provenance import check_split, check_table, describe_split
from kedro_sweep.tables.splits import check_classes, check_target

__all__ = [
    "FeatureNames",
    "TargetName",
    "TestFraction",
    "check_classes",
    "check_split",
    "check_table",
    "check_target",
    "describe_split",
    "select_columns",
]
