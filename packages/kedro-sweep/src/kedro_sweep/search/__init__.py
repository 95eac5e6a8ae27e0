"""The search engine: search space, cross-validated objective and study.

Nothing here depends on Kedro or a tracker. It takes tables, estimators and an Optuna storage, and
returns a study.
"""

from kedro_sweep.search.run import add_trials, run_contest, run_search, tabulate_trials
from kedro_sweep.search.settings import (
    Candidate,
    Ensemble,
    Model,
    Pruner,
    Sampler,
    SearchSpace,
    Splitter,
    Sweep,
    check_search_space,
    choose_candidates,
)
from kedro_sweep.search.storage import open_database, open_journal
from kedro_sweep.search.study import (
    StudyConfiguration,
    configure_candidates,
    find_untuned,
    make_estimator,
    set_searched,
)
from kedro_sweep.search.trial import FoldPrediction, Objective, log_warnings, predict_fold

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
