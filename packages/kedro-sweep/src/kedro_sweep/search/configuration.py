"""Everything that a study depends on, in one object that names it and opens it."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import optuna
import pandas as pd
from optuna.storages import BaseStorage

from kedro_sweep.search.model import Model
from kedro_sweep.search.parameters import Sweep
from kedro_sweep.search.search_space import SearchSpace

DESCRIPTION = "configuration"


@dataclass(frozen=True, eq=False)
class StudyConfiguration:
    """The training table, the estimator, its search space, and how the search goes.

    Attributes:
        X: Training features, shape (n, n_features).
        y: Training target, shape (n,).
        model: The estimator to tune and its fixed arguments.
        search_space: Its arguments to search.
        sweep: Folds, score, direction, sampler, pruner, total of trials.
        random_seed: Seed of the estimator and, with the number of existing trials, of the sampler.
    """

    X: pd.DataFrame
    y: pd.Series
    model: Model
    search_space: SearchSpace
    sweep: Sweep
    random_seed: int

    @cached_property
    def study_name(self) -> str:
        """The estimator's name and a fingerprint of everything the trials' values depend on.

        The sampler, the pruner, the number of trials, the timeout and the number of workers are not
        part of it: they may change between two runs of one study.
        """
        identity = {
            "data": _fingerprint_data(self.X, self.y),
            "model": [self.model.path, self.model.params],
            "search_space": self.search_space.model_dump(),
            "cv": self.sweep.cv,
            "scoring": self.sweep.scoring,
            "direction": self.sweep.direction,
            "random_seed": self.random_seed,
        }
        text = json.dumps(identity, sort_keys=True, default=str)
        return f"{self.model.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def describe(self) -> dict[str, Any]:
        """Describe the configuration for people who look at the study later.

        Returns:
            Plain values by name.
        """
        return {
            "model": self.model.path,
            "fixed_params": self.model.params,
            "search_space": self.search_space.model_dump(exclude_defaults=True),
            "rows": len(self.X),
            "features": [str(name) for name in self.X.columns],
            "target": str(self.y.name),
            "cv": self.sweep.cv,
            "scoring": self.sweep.scoring,
            "random_seed": self.random_seed,
        }

    def open_study(self, storage: BaseStorage, n_drawn: int = 0) -> optuna.Study:
        """Open the study of this configuration, or start it.

        Args:
            storage: Where studies are kept.
            n_drawn: Number of trials that the study has; the same seed again would repeat their draws.

        Returns:
            The study.
        """
        study = optuna.create_study(
            storage=storage,
            study_name=self.study_name,
            load_if_exists=True,
            direction=self.sweep.direction,
            sampler=self.sweep.sampler.build((self.random_seed + n_drawn) % 2**32),
            pruner=self.sweep.pruner.build(),
        )
        if DESCRIPTION not in study.user_attrs:
            description = json.loads(json.dumps(self.describe(), default=str))
            study.set_user_attr(DESCRIPTION, description)
        return study


def _fingerprint_data(X: pd.DataFrame, y: pd.Series) -> str:
    table = pd.concat([X, y], axis="columns")
    header = json.dumps([[str(name), str(dtype)] for name, dtype in table.dtypes.items()])
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return hashlib.sha256(header.encode() + rows.tobytes()).hexdigest()
