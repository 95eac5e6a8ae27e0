"""Where models saved by earlier versions find `rename_columns`."""

from kedro_sweep.search.settings import rename_columns

__all__ = ["rename_columns"]
