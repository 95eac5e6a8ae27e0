"""The model as a blend of trials, which are selected by their stored predictions."""

from kedro_sweep.evaluation.ensemble._equals import Equals, compare, describe_fastest, estimate_size
from kedro_sweep.evaluation.ensemble._members import (
    choose_members,
    describe_members,
    fit_model,
    make_model,
)
from kedro_sweep.evaluation.ensemble._pool import NOTHING_KEPT, find_winner, score, take_best
from kedro_sweep.evaluation.ensemble._selection import blend, choose_ensemble, vote
from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier
