"""The raw table: which columns the model may see, and the checks that the table must pass."""

from kedro_sweep.tables._duplicates import find_copies, find_repeated
from kedro_sweep.tables._features import (
    find_means,
    label_rows,
    list_features,
    prepare_rows,
    select_columns,
    split_model,
    take_raw_rows,
)
from kedro_sweep.tables._parameters import Data, Split
from kedro_sweep.tables._profile import COMPARABLE, Profile, Task, profile_table
from kedro_sweep.tables._record import (
    REMEDY,
    check_parameters,
    check_preparation,
    check_table,
    describe_table,
    find_row_groups,
    mark_rows,
    summarize_tables,
)
from kedro_sweep.tables._roles import (
    describe_column,
    find_giveaways,
    find_identifiers,
    is_date,
    read_dates,
)
from kedro_sweep.tables._samples import SHOWN_ROWS, draw_rows
from kedro_sweep.tables._splits import check_target, find_groups, read_times, split_at_random, split_rows
from kedro_sweep.tables.reading import (
    TableFile,
    TextNumbers,
    choose_rows,
    find_format,
    find_suffix,
    get_notation,
    join_arguments,
    read_table,
    show_option,
)
from kedro_sweep.tables.schema import (
    LARGE,
    Mismatch,
    Shift,
    check_rows,
    count_values,
    describe_raw_rows,
    judge,
    list_columns,
    list_complete,
    measure_shifts,
    narrow_schema,
    read_training,
)

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
