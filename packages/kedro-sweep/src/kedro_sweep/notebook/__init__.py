"""A search in one line, without a project: for notebooks and scripts."""

from kedro_sweep.notebook._search_cv import SweepSearchCV
from kedro_sweep.notebook._settings import Settings, find_settings, list_settings, read_settings
from kedro_sweep.notebook._stores import Stores, copy_study, open_saved, open_stores
from kedro_sweep.notebook._tune import prepare, tune
