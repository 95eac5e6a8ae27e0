"""The raw table: which columns the model may see, and the checks that the table has to pass."""

from kedro_sweep.tables.columns import select_columns
from kedro_sweep.tables.parameters import (
    DroppedNames,
    Duplicates,
    FeatureNames,
    Impute,
    Split,
    TargetName,
    TestFraction,
)
from kedro_sweep.tables.record import REMEDY, check_parameters, check_table, describe_tables
from kedro_sweep.tables.schema import Finding, check_rows, infer_schema
from kedro_sweep.tables.splits import check_classes, check_target

__all__ = [
    "REMEDY",
    "DroppedNames",
    "Duplicates",
    "FeatureNames",
    "Finding",
    "Impute",
    "Split",
    "TargetName",
    "TestFraction",
    "check_classes",
    "check_parameters",
    "check_rows",
    "check_table",
    "check_target",
    "describe_tables",
    "infer_schema",
    "select_columns",
]
