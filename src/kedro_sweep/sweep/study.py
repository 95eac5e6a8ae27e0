"""A study is its question: its name tells what was asked, so that only the same question resumes it."""

import hashlib
import json

import optuna
import pandas as pd
from optuna.storages import BaseStorage

from kedro_sweep.sweep.model import Model
from kedro_sweep.sweep.parameters import Sweep
from kedro_sweep.sweep.search_space import SearchSpace


def name_study(
    X: pd.DataFrame,
    y: pd.Series,
    model: Model,
    search_space: SearchSpace,
    sweep: Sweep,
    seed: int,
) -> str:
    """Name the study after everything that the value of its trials depends on.

    The sampler, the pruner, the number of trials, the timeout and the number of workers are not part
    of the question: they may change between two runs of one study.

    Args:
        X: Training features.
        y: Training target.
        model: The estimator and its fixed arguments.
        search_space: What is searched.
        sweep: Gives the folds, the scorer and the direction.
        seed: Random state of the estimator.

    Returns:
        The estimator's name and a fingerprint of the question.
    """
    question = {
        "data": _fingerprint_data(X, y),
        "model": [model.path, model.params],
        "search_space": search_space.model_dump(),
        "cv": sweep.cv,
        "scoring": sweep.scoring,
        "direction": sweep.direction,
        "random_seed": seed,
    }
    text = json.dumps(question, sort_keys=True, default=str)
    return f"{model.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _fingerprint_data(X: pd.DataFrame, y: pd.Series) -> str:
    table = pd.concat([X, y], axis="columns")
    header = json.dumps([[str(name), str(dtype)] for name, dtype in table.dtypes.items()])
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return hashlib.sha256(header.encode() + rows.tobytes()).hexdigest()


def open_study(storage: BaseStorage, name: str, sweep: Sweep, seed: int) -> optuna.Study:
    """Open the study of that name, or start it.

    Args:
        storage: Where studies are kept.
        name: The study's name.
        sweep: Gives the direction, the sampler and the pruner.
        seed: Seed of the sampler's draws.

    Returns:
        The study.
    """
    return optuna.create_study(
        storage=storage,
        study_name=name,
        load_if_exists=True,
        direction=sweep.direction,
        sampler=sweep.sampler.build(seed),
        pruner=sweep.pruner.build(),
    )
