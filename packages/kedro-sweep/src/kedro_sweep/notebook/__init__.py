"""A search in one line, without a project: for notebooks and scripts."""

from kedro_sweep.notebook._saved import (
    Stores,
    copy_study,
    find_settings,
    list_settings,
    note_settings,
    open_saved,
)
from kedro_sweep.notebook._search_cv import SweepSearchCV
from kedro_sweep.notebook._stores import open_stores
from kedro_sweep.notebook._tune import prepare, tune
