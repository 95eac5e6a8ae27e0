"""`sweep.models`: the candidates of a contest, each with its search space."""

import importlib.util
import logging
from typing import TYPE_CHECKING

from kedro_sweep.errors import InputError
from kedro_sweep.search.model import Model
from kedro_sweep.search.search_space import SearchSpace

if TYPE_CHECKING:
    from kedro_sweep.search.parameters import Sweep

logger = logging.getLogger(__name__)


class Candidate(Model):
    """One of `sweep.models`: an estimator in a contest, and its arguments to search.

    Attributes:
        search_space: Its arguments to search.
        optional: Whether to skip it if its package is not installed.
    """

    search_space: SearchSpace
    optional: bool = False

    @property
    def package(self) -> str:
        """The package that the estimator comes from."""
        return self.path.partition(".")[0]

    @property
    def is_missing(self) -> bool:
        """Whether the candidate is skipped because its package is not installed."""
        return self.optional and importlib.util.find_spec(self.package) is None

    def _check(self) -> None:
        if not self.is_missing:
            super()._check()


def choose_candidates(sweep: "Sweep", *, explain: bool = False) -> dict[str, Candidate]:
    """Choose which estimators to search.

    Args:
        sweep: Names the estimators.
        explain: Whether to log which candidates are skipped, and why.

    Returns:
        The candidates by name, in the order of the file: those that are installed and predict the same
        kind of target as `model`. Without `models`, `model` alone.

    Raises:
        InputError: If no candidate is left.
    """
    model, models = sweep.model, sweep.models
    if not models:
        fields = {**dict(model), "search_space": sweep.search_space}
        return {model.name: Candidate.model_construct(None, **fields, optional=False)}
    missing: dict[str, list[str]] = {}
    others: dict[str, Candidate] = {}
    for name, found in models.items():
        if found.is_missing:
            missing.setdefault(found.package, []).append(name)
        else:
            others[name] = found
    chosen = {
        name: found for name, found in others.items() if found.is_classifier == model.is_classifier
    }
    if not chosen:
        raise InputError(
            f"sweep.models: none of {[*models]} predicts "
            f"{'classes' if model.is_classifier else 'numbers'}, as sweep.model, {model.path}, "
            "does: add one that does, or leave sweep.models empty"
        )
    n_others = len(others) - len(chosen)
    reasons = [f"{n_others} for another kind of target"] if n_others else []
    reasons += [
        f"{' and '.join(names)} ({package} is not installed)" for package, names in missing.items()
    ]
    if reasons and explain:
        logger.info("Skipped candidates: %s.", "; ".join(reasons))
    return chosen
