"""The sweep: search space, cross-validated objective and study.

Nothing here knows Kedro or a tracker: tables, estimators and an Optuna storage go in, a study comes
out.
"""

from kedro_sweep.sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.sweep.journal import open_journal
from kedro_sweep.sweep.model import Model
from kedro_sweep.sweep.objective import Objective
from kedro_sweep.sweep.optuna_components import Pruner, Sampler
from kedro_sweep.sweep.parameters import RandomSeed, Sweep
from kedro_sweep.sweep.search import check_search_space, search
from kedro_sweep.sweep.search_space import SearchSpace
from kedro_sweep.sweep.study import name_study
from kedro_sweep.sweep.validation import ClearErrors

__all__ = [
    "AllTrialsFailedError",
    "ClearErrors",
    "InputError",
    "Model",
    "Objective",
    "Pruner",
    "RandomSeed",
    "Sampler",
    "SearchSpace",
    "Sweep",
    "check_search_space",
    "name_study",
    "open_journal",
    "search",
]
