"""Make a user's table the table of the project."""

from kedro_sweep.onboarding._from_search import find_search
from kedro_sweep.onboarding._use_table import UsedTable, find_raw, use_table

__all__ = ["UsedTable", "use_table"]
