"""Read a table from a file, also if its numbers are written in another notation."""

from kedro_sweep.tables.reading._files import (
    TableFile,
    choose_rows,
    find_format,
    find_suffix,
    join_arguments,
    read_table,
)
from kedro_sweep.tables.reading._numbers import (
    Notation,
    TextNumbers,
    find_text_numbers,
    get_notation,
    holds_numbers,
    show_option,
)
