"""The trees of forests, grown one by one, by this process and by others that help it.

Nothing here knows forests, folds or searches. A helping process imports this package and what it takes
of scikit-learn, nothing else.
"""

from kedro_sweep.trees.crew import Crew
from kedro_sweep.trees.growth import GrownTree, Growth, Plan, Rows

__all__ = ["Crew", "GrownTree", "Growth", "Plan", "Rows"]
