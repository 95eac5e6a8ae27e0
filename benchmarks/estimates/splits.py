"""Split the wines many times: do the corrected score and the score on the test rows agree?"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation import choose_members, search_and_keep, summarize
from kedro_sweep.evaluation.estimates import describe_test, predict_rows, score_test
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.model_selection import train_test_split

from benchmarks.wines import TARGET

N_SEEDS = 20
BEST_TRIAL = Ensemble(size=0)


def compare_over_splits(table: pd.DataFrame, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run the shipped search on other splits of a table of numbers without duplicates."""
    outcomes = [_split_and_search(table, parameters, seed) for seed in range(N_SEEDS)]
    means = {name: float(np.mean([found[name] for found in outcomes])) for name in outcomes[0]}
    return {**means, "overlap": sum(int(found["overlap"]) for found in outcomes), "seeds": N_SEEDS}


def _split_and_search(table: pd.DataFrame, parameters: dict[str, Any], seed: int) -> dict[str, float]:
    train, test = train_test_split(
        table, test_size=parameters["data"]["frac"], random_state=seed, stratify=table[TARGET]
    )
    sweep = Sweep.model_validate(parameters["sweep"])
    configuration = StudyConfiguration(
        X=train.drop(columns=TARGET),
        y=train[TARGET],
        model=sweep.model,
        search_space=sweep.search_space,
        sweep=sweep,
        random_seed=seed,
    )
    with TemporaryDirectory() as folder:
        artifacts = FileSystemArtifactStore(Path(folder))
        candidates = {configuration.model.name: configuration}
        studies, store = search_and_keep(candidates, InMemoryStorage(), artifacts)
        members = choose_members(studies, candidates, store, BEST_TRIAL)
        summary = summarize(studies, candidates, store, members, BEST_TRIAL)
    model = configuration.build(members[0]["params"]).fit(configuration.X, configuration.y)
    tested = test.drop(columns=TARGET), test[TARGET]
    predicted = predict_rows(model, *tested)
    value = score_test(model, *tested, configuration.scoring)
    score = describe_test(*predicted, value, seed)["score"]
    assert summary.best_value is not None
    assert summary.corrected is not None
    return {
        "best": summary.best_value,
        "corrected": summary.corrected.value,
        "test": score["value"],
        "overlap": score["low"] <= summary.corrected.high and summary.corrected.low <= score["high"],
    }
