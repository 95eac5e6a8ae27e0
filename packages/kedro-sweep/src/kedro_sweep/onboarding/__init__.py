"""Make a user's table the table of the project."""

from kedro_sweep.onboarding._use_table import UsedTable, use_table

__all__ = ["UsedTable", "use_table"]
