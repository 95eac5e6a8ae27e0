"""`models`: the candidates of a contest, each with its search space."""

import importlib.util
import logging
from collections.abc import Mapping

import pandas as pd
from pydantic import RootModel
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.model import Model
from kedro_sweep.search.parameters import RandomSeed, Sweep
from kedro_sweep.search.search_space import SearchSpace
from kedro_sweep.tables import Duplicates, Impute, Split, TargetName
from kedro_sweep.validation import ClearErrors

logger = logging.getLogger(__name__)


class Candidate(Model):
    """One of `models`: an estimator in a contest, and its arguments to search.

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


class Models(ClearErrors, RootModel[dict[str, Candidate]]):
    """`models`: the candidates of a contest by name; empty to tune `model` alone."""


def choose_candidates(
    model: Model, search_space: SearchSpace, models: Models, *, explain: bool = True
) -> dict[str, Candidate]:
    """Choose which estimators to search.

    Args:
        model: The estimator to tune if there is no contest. In a contest, it says whether the target is
            a class or a number.
        search_space: Its arguments to search.
        models: The candidates of a contest, possibly for both kinds of targets; empty for none.
        explain: Whether to log which candidates are skipped, and why.

    Returns:
        The candidates by name, in the order of the file: those that are installed and predict the same
        kind of target as `model`. Without `models`, `model` alone.

    Raises:
        InputError: If no candidate is left.
    """
    if not models.root:
        fields = {**dict(model), "search_space": search_space}
        return {model.name: Candidate.model_construct(None, **fields, optional=False)}
    missing: dict[str, list[str]] = {}
    others: dict[str, Candidate] = {}
    for name, found in models.root.items():
        if found.is_missing:
            missing.setdefault(found.package, []).append(name)
        else:
            others[name] = found
    chosen = {
        name: found for name, found in others.items() if found.is_classifier == model.is_classifier
    }
    if not chosen:
        raise InputError(
            f"models: none of {[*models.root]} predicts "
            f"{'classes' if model.is_classifier else 'numbers'}, as model.class, {model.path}, does: "
            "add one that does, or leave models empty"
        )
    n_others = len(others) - len(chosen)
    reasons = [f"{n_others} for another kind of target"] if n_others else []
    reasons += [
        f"{' and '.join(names)} ({package} is not installed)" for package, names in missing.items()
    ]
    if reasons and explain:
        logger.info("Skipped candidates: %s.", "; ".join(reasons))
    return chosen


def configure_candidates(
    candidates: Mapping[str, Candidate],
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    *,
    y_label: TargetName,
    split: Split,
    duplicates: Duplicates,
    impute: Impute,
    sweep: Sweep,
    random_seed: RandomSeed,
) -> dict[str, StudyConfiguration]:
    """Configure a study for each candidate, on the same folds of the same table.

    Args:
        candidates: The estimators to tune, which predict the same kind of target.
        train: Training rows: features, the column of the split, and the target.
        preparation: Picks the features.
        y_label: Name of the column to predict.
        split: What keeps the training and test rows of a fold apart.
        duplicates: What to do with duplicate rows.
        impute: How missing values in numeric features are filled.
        sweep: Settings of the search.
        random_seed: Seed of the estimators and the samplers.

    Returns:
        The configurations by the candidates' names, in their order.
    """
    (first, candidate), *others = candidates.items()
    configuration = StudyConfiguration.from_table(
        train,
        preparation,
        y_label=y_label,
        split=split,
        duplicates=duplicates,
        impute=impute,
        model=candidate,
        search_space=candidate.search_space,
        sweep=sweep,
        random_seed=random_seed,
    )
    return {first: configuration} | {
        name: configuration.for_model(other, other.search_space) for name, other in others
    }
