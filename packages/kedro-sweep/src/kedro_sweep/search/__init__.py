"""The search engine: search space, cross-validated objective and study.

Nothing here depends on Kedro or a tracker. It takes tables, estimators and an Optuna storage, and
returns a study.
"""

from kedro_sweep.search.configuration import StudyConfiguration, configure_candidates, find_untuned
from kedro_sweep.search.database import open_database
from kedro_sweep.search.estimator import make_estimator, set_searched
from kedro_sweep.search.fit_warnings import log_warnings
from kedro_sweep.search.journal import open_journal
from kedro_sweep.search.model import Candidate, Model, check_search_space
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.outcome import tabulate_trials
from kedro_sweep.search.predictions import FoldPrediction, predict_fold
from kedro_sweep.search.run import add_trials, run_contest, run_search
from kedro_sweep.search.samplers import Pruner, Sampler
from kedro_sweep.search.settings import Ensemble, Sweep, choose_candidates
from kedro_sweep.search.space import SearchSpace
from kedro_sweep.search.splitter import Splitter

__all__ = [
    "Candidate",
    "Ensemble",
    "FoldPrediction",
    "Model",
    "Objective",
    "Pruner",
    "Sampler",
    "SearchSpace",
    "Splitter",
    "StudyConfiguration",
    "Sweep",
    "add_trials",
    "check_search_space",
    "choose_candidates",
    "configure_candidates",
    "find_untuned",
    "log_warnings",
    "make_estimator",
    "open_database",
    "open_journal",
    "predict_fold",
    "run_contest",
    "run_search",
    "set_searched",
    "tabulate_trials",
]
