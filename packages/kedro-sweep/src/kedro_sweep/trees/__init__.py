"""The trees of forests, grown one by one in this process and in helper processes.

Nothing here depends on forests, folds or searches. A helper process imports only this package and the
parts of scikit-learn that it needs.
"""

from kedro_sweep.trees.crew import Crew
from kedro_sweep.trees.growth import GrownTree, Growth, Plan, Rows

__all__ = ["Crew", "GrownTree", "Growth", "Plan", "Rows"]
