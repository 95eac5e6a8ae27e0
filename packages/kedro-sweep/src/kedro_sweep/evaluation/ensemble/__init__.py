"""The model as a blend of trials, which are selected by their stored predictions."""

from kedro_sweep.evaluation.ensemble._members import choose_members, describe_members, make_model
from kedro_sweep.evaluation.ensemble._pool import (
    estimate_refits,
    find_reason_against,
    find_winner,
    pool,
    score,
    take_best,
)
from kedro_sweep.evaluation.ensemble._selection import blend, choose_ensemble, vote
from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier

__all__ = [
    "SoftVotingClassifier",
    "blend",
    "choose_ensemble",
    "choose_members",
    "describe_members",
    "estimate_refits",
    "find_reason_against",
    "find_winner",
    "make_model",
    "pool",
    "score",
    "take_best",
    "vote",
]
