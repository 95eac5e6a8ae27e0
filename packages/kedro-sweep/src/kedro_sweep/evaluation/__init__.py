"""How good a model is: estimates of its scores on new rows, and what to do next.

Nothing here depends on Kedro or a tracker.
"""

from kedro_sweep.evaluation._rescoring import Rescored, rescore_studies
from kedro_sweep.evaluation._search import search_and_keep
from kedro_sweep.evaluation._study_correction import correct_studies
from kedro_sweep.evaluation._summary import (
    CandidateSummary,
    SweepSummary,
    list_results,
    load_study,
    summarize,
)
from kedro_sweep.evaluation.decisions import Decision, check_decision, make_deciding, predict_table
from kedro_sweep.evaluation.ensemble import choose_members, describe_members, fit_model, make_model
from kedro_sweep.evaluation.estimates import Evaluation, evaluate
from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth

__all__ = [
    "CandidateSummary",
    "Decision",
    "Evaluation",
    "PredictionStore",
    "SweepSummary",
    "check_decision",
    "choose_members",
    "correct_studies",
    "describe_members",
    "evaluate",
    "fit_model",
    "list_results",
    "load_study",
    "make_deciding",
    "make_model",
    "predict_table",
    "search_and_keep",
    "summarize",
]
