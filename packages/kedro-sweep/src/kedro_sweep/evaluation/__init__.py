"""How good a model is: estimates of its scores on new rows, and what to do next.

Nothing here depends on Kedro or a tracker.
"""

from kedro_sweep.evaluation.ensemble import choose_members, make_model
from kedro_sweep.evaluation.findings import Finding, list_findings
from kedro_sweep.evaluation.measures import Evaluation, evaluate
from kedro_sweep.evaluation.model_card import describe_members, make_model_card
from kedro_sweep.evaluation.prediction_store import PredictionStore
from kedro_sweep.evaluation.search import search_and_keep
from kedro_sweep.evaluation.summary import SweepSummary, load_study, summarize

__all__ = [
    "Evaluation",
    "Finding",
    "PredictionStore",
    "SweepSummary",
    "choose_members",
    "describe_members",
    "evaluate",
    "list_findings",
    "load_study",
    "make_model",
    "make_model_card",
    "search_and_keep",
    "summarize",
]
