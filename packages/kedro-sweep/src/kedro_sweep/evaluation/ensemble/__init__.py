"""The model as a blend of trials, which are selected by their stored predictions."""

from kedro_sweep.evaluation.ensemble.members import choose_members, make_model
from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier

__all__ = ["SoftVotingClassifier", "choose_members", "make_model"]
