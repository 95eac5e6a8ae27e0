"""Exact reuse of earlier fits: forests, boosting, and the steps before the estimator."""

from kedro_sweep.search.reuse._memory import Memory
from kedro_sweep.search.reuse._shared_folds import open_folder
from kedro_sweep.search.reuse._strategy import FittedFold, Strategy
