"""Search tables without a signal: how often is the best model clearly better than the dummy by luck?"""

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.estimates import DUMMY, Effort, correct_selection, score_dummy
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, Truth, align, describe_truth
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.search.trial import predict_fold
from optuna.artifacts import FileSystemArtifactStore
from scipy.stats import binomtest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer_names
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from benchmarks.wines import ROOT

CELLS = ROOT / "docs/reference/simulations/null_model.csv"
REPETITIONS = 100
N_DRAWS = 200
N_FEATURES = 5
ROWS = (100, 300)
ROWS_WITH_SIGNAL = 300
# The noise added to a signal of variance 1.
NOISE = 0.25
# The goals, fixed in advance: shares of the tables on which the gain is clearly above 0.
MOST_WITHOUT_SIGNAL, LEAST_WITH_SIGNAL = 0.05, 0.95

# Shares of the classes, or how to turn normal numbers into the target.
TARGETS: dict[str, Any] = {
    "two classes": (0.5, 0.5),
    "10% positives": (0.9, 0.1),
    "six classes": (0.07, 0.1, 0.25, 0.35, 0.15, 0.08),
    "normal numbers": lambda numbers: 5 + numbers,
    "log-normal numbers": np.exp,
}
DEPTHS, NEIGHBORS, SMOOTHINGS, STRENGTHS = (1, 2, 5, None), (1, 20), (0.0, 1.0), (1.0, 100.0)
MODELS = {
    True: [
        *(DecisionTreeClassifier(max_depth=depth, random_state=0) for depth in DEPTHS),
        *(
            DecisionTreeClassifier(max_depth=depth, class_weight="balanced", random_state=0)
            for depth in (3, None)
        ),
        *map(KNeighborsClassifier, NEIGHBORS),
        *(GaussianNB(var_smoothing=smoothing) for smoothing in SMOOTHINGS),
    ],
    False: [
        *(DecisionTreeRegressor(max_depth=depth, random_state=0) for depth in DEPTHS),
        *(
            DecisionTreeRegressor(max_depth=depth, criterion="absolute_error", random_state=0)
            for depth in (3, None)
        ),
        *map(KNeighborsRegressor, NEIGHBORS),
        *map(Ridge, STRENGTHS),
    ],
}
# Scores of which at least the share LEAST_WITH_SIGNAL of the tables with a signal should be recognized.
MAIN = {
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "f1_macro",
    "neg_log_loss",
    "neg_mean_absolute_error",
    "neg_root_mean_squared_error",
    "r2",
    "roc_auc",
    "roc_auc_ovr",
}


def simulate_null_model(repetitions: int = REPETITIONS) -> dict[str, Any]:
    """Count, for each score, how often the gain over the dummy is clearly above 0; save a CSV."""
    tables = [(target, rows, False) for rows in ROWS for target in TARGETS]
    tables += [(target, ROWS_WITH_SIGNAL, True) for target in TARGETS]
    cells = []
    for target, rows, signal in tables:
        outcomes = pd.DataFrame(
            outcome
            for seed in range(repetitions)
            for outcome in _simulate(target, rows, seed, has_signal=signal)
        )
        cells += [
            {"target": target, "rows": rows, "signal": signal, "score": score, **_judge(found, signal)}
            for score, found in outcomes.groupby("score")
        ]
        pd.DataFrame(cells).to_csv(CELLS, index=False)
    return {"cells": len(cells), "missed": [cell for cell in cells if not cell["met"]]}


def _judge(found: pd.DataFrame, has_signal: bool) -> dict[str, Any]:
    n_better, n = int((found["low"] > 0).sum()), len(found)
    interval = binomtest(n_better, n).proportion_ci(method="wilson")
    is_met = n_better >= LEAST_WITH_SIGNAL * n if has_signal else n_better <= MOST_WITHOUT_SIGNAL * n
    means = {name: round(float(found[name].mean()), 4) for name in ("dummy", "corrected", "gain")}
    strategy, _ = Counter(found["strategy"]).most_common(1)[0]
    return {
        "repetitions": n,
        "better": n_better / n,
        "better_low": round(interval.low, 3),
        "better_high": round(interval.high, 3),
        "met": is_met,
        **means,
        "dummy_predicts": strategy,
    }


def _simulate(target: str, n_rows: int, seed: int, *, has_signal: bool) -> Iterator[dict[str, Any]]:
    """Search one table, and compare the best model with the dummy by each score."""
    X, y, is_classifier = _make_table(target, n_rows, seed, has_signal=has_signal)
    first = _configure(X, y, is_classifier)
    truth = describe_truth(first)
    candidates = [_predict(model, first, truth) for model in MODELS[is_classifier]]
    store = PredictionStore(FileSystemArtifactStore("unused"), truth)
    effort = Effort(N_DRAWS, np.arange(len(candidates)), "")
    for scoring in _list_scores(y, is_classifier):
        if has_signal and scoring not in MAIN:
            continue
        sweep = first.sweep.model_copy(update={"scoring": scoring})
        configuration = replace(first, sweep=sweep)
        vars(configuration)["folds"] = first.folds  # which need not be split again
        strategy, value, dummy = score_dummy(configuration, store)
        assert dummy is not None
        correction = correct_selection(
            truth, candidates, scoring, "maximize", {DUMMY: dummy}, seed, effort=effort
        )
        if correction.estimate is None:
            continue
        gain, low, high = correction.gains[DUMMY]
        yield {
            "score": scoring,
            "strategy": strategy,
            "dummy": value,
            "corrected": correction.estimate.value,
            "gain": gain,
            "low": low,
            "high": high,
        }


def _make_table(
    target: str, n_rows: int, seed: int, *, has_signal: bool
) -> tuple[pd.DataFrame, pd.Series, bool]:
    random = np.random.default_rng([seed, n_rows, has_signal, zlib.crc32(target.encode())])
    features = random.normal(size=(n_rows, N_FEATURES))
    latent = random.normal(size=n_rows)
    if has_signal:
        latent = (features[:, 0] + features[:, 1]) / np.sqrt(2) + NOISE * latent
    kind = TARGETS[target]
    is_classifier = not callable(kind)
    if is_classifier:  # each class has the numbers between two quantiles
        ends = np.round(np.cumsum(kind) * n_rows)[:-1]
        y = np.searchsorted(ends, latent.argsort().argsort(), side="right")
    else:
        y = kind(latent)
    return pd.DataFrame(features).rename(columns="x{}".format), pd.Series(y, name="y"), is_classifier


def _configure(X: pd.DataFrame, y: pd.Series, is_classifier: bool) -> StudyConfiguration:
    model = MODELS[is_classifier][0]
    sweep = Sweep.model_validate(
        {
            "model": {"class": f"{type(model).__module__}.{type(model).__name__}"},
            "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9}},
            "n_trials": 1,
            "cv": 5,
            "sampler": {"class": "RandomSampler"},
            "pruner": {"class": "NopPruner"},
        }
    )
    return StudyConfiguration(X, y, sweep.model, sweep.search_space, sweep, 0)


def _predict(model: Any, configuration: StudyConfiguration, truth: Truth) -> Predictions:
    predicted = []
    for fold in configuration.folds:
        fitted = clone(model).fit(fold.X_train.to_numpy(), fold.y_train.to_numpy())
        predicted.append(predict_fold(fitted, fold.X_test.to_numpy()))
    return align(predicted, truth)


def _list_scores(y: pd.Series, is_classifier: bool) -> list[str]:
    """List the named scores that suit the target, except those that are called draw by draw."""
    names = {name for name in get_scorer_names() if find_metric(name) is not None}
    of_numbers = {name for name in names if "_mean_" in name} | {"r2", "explained_variance"}
    if not is_classifier:
        return sorted(of_numbers)
    # These equal the accuracy or the balanced accuracy, or weight the classes of another score.
    same = {"recall_macro", "recall_weighted", "roc_auc_ovo_weighted", "roc_auc_ovr_weighted"}
    same |= {name for name in names if name.endswith("_micro")}
    has_two = y.nunique() == 2
    others = (
        {"roc_auc_ovo", "roc_auc_ovr"}
        if has_two
        else {"f1", "jaccard", "precision", "recall", "roc_auc"}
    )
    return sorted(names - of_numbers - same - others)
