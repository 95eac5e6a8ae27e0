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
    fit_weighted,
)
from kedro_sweep.search.storage import open_database, open_journal
from kedro_sweep.search.study import StudyConfiguration, configure_candidates
from kedro_sweep.search.trial import FoldPrediction, log_warnings

__all__ = [
    "Candidate",
    "Ensemble",
    "FoldPrediction",
    "Model",
    "Pruner",
    "Sampler",
    "SearchSpace",
    "Splitter",
    "StudyConfiguration",
    "Sweep",
    "add_trials",
    "configure_candidates",
    "fit_weighted",
    "log_warnings",
    "open_database",
    "open_journal",
    "run_contest",
    "run_search",
    "tabulate_trials",
]
