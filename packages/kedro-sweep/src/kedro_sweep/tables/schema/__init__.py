"""What the training rows were like, and whether new rows are like them."""

from kedro_sweep.tables.schema._check import Mismatch, check_rows, judge, list_columns
from kedro_sweep.tables.schema._describe import (
    describe_raw_rows,
    infer_schema,
    list_complete,
    narrow_schema,
    read_training,
)
from kedro_sweep.tables.schema._drift import LARGE, Shift, count_values, measure_shifts
