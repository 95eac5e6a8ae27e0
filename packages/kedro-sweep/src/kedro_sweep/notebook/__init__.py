"""A search in one line, without a project: for notebooks and scripts."""

from kedro_sweep.notebook._search_cv import SweepSearchCV
from kedro_sweep.notebook._stores import open_stores
