"""The trials of a study as scikit-learn's searches list them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from scipy.stats import rankdata

from kedro_sweep.search.study import attributes, list_finished


def list_results(
    study: optuna.Study, scorings: Mapping[str, str], n_splits: int
) -> tuple[dict[str, Any], list[int]]:
    """List the finished trials by scorings, each with its key, and number them as the study does."""
    trials = list_finished([study])
    params = [trial.params for trial in trials]
    seconds = [trial.duration.total_seconds() if trial.duration else np.nan for trial in trials]
    results: dict[str, Any] = {"mean_fit_time": np.array(seconds) / n_splits, "params": params}
    for name in dict.fromkeys(name for found in params for name in found):
        values = np.ma.MaskedArray(np.empty(len(trials), dtype=object), mask=True)
        for row, found in enumerate(params):
            if name in found:
                values[row] = found[name]
        results[f"param_{name}"] = values
    unknown = [np.nan] * n_splits
    for position, (scoring, key) in enumerate(scorings.items()):
        kept = [trial.user_attrs.get(attributes.FOLDS, {}).get(scoring, unknown) for trial in trials]
        others = [trial.user_attrs.get(attributes.SCORES, {}).get(scoring) for trial in trials]
        folds = np.array(kept, dtype=float)
        means = np.array(others if position else [trial.value for trial in trials], dtype=float)
        results |= {f"split{fold}_test_{key}": folds[:, fold] for fold in range(n_splits)}
        results |= {f"mean_test_{key}": means, f"std_test_{key}": folds.std(axis=1)}
        ranks = rankdata(-np.nan_to_num(means, nan=-np.inf), method="min")
        results[f"rank_test_{key}"] = ranks.astype(np.int32)
    return results, [trial.number for trial in trials]
