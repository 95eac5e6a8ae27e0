"""Summarize a search: its best value, what that value is worth, and what it has to beat."""

import hashlib
import json
import logging
from typing import Any

import optuna
import pandas as pd
from sklearn.dummy import DummyClassifier

from kedro_sweep.evaluation.baselines import score_baselines
from kedro_sweep.evaluation.correction import Correction
from kedro_sweep.evaluation.prediction_store import PredictionStore, count_configurations
from kedro_sweep.evaluation.study_correction import correct_study
from kedro_sweep.search import Splitter, StudyConfiguration
from kedro_sweep.search.outcome import SCORES
from kedro_sweep.search.provenance import hash_sources, list_modules
from kedro_sweep.search.scoring import find_scorer
from kedro_sweep.validation import import_callable, to_plain

logger = logging.getLogger(__name__)


def summarize(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> dict[str, Any]:
    """Summarize a study, for runs to be compared by, and log its scores in one line.

    Args:
        study: The study; a trial has a value.
        configuration: What it searches.
        store: Holds the out-of-fold predictions of its trials.

    Returns:
        Plain values: the study's name and score, its best value, that value corrected for the
        selection of the best, the other scores of the best trial, the baselines, and how many trials
        ended how.
    """
    states = [trial.state.name.lower() for trial in study.get_trials(deepcopy=False)]
    scores = study.best_trial.user_attrs.get(SCORES, {})
    baselines = score_baselines(study, configuration, store)
    correction = correct_study(study, configuration, store)
    summary = {
        "study": study.study_name,
        "task": "classification" if configuration.model.is_classifier else "regression",
        "model": configuration.model.path,
        "rows": len(configuration.X),
        "comparable": fingerprint_comparable(configuration),
        "scoring": configuration.scoring,
        "direction": configuration.sweep.direction,
        "best_value": study.best_value,
        "best_trial": study.best_trial.number,
        "scores": {name: scores.get(name) for name in configuration.other_scorings},
        **_describe_correction(correction),
        "default_value": baselines["default"],
        "dummy_value": baselines["dummy"],
        "n_configurations": count_configurations(study),
        "n_trials": len(states),
        **{f"n_{state}": states.count(state) for state in ("complete", "pruned", "fail")},
    }
    _log(summary)
    return summary


def fingerprint_comparable(configuration: StudyConfiguration) -> str:
    """Fingerprint what makes the scores of two studies comparable.

    Features and models may differ; the rows, their target, the folds and the score must not.

    Args:
        configuration: What a study searches.

    Returns:
        Equal texts for comparable studies.
    """
    description = configuration.description
    rows = pd.util.hash_pandas_object(configuration.y, index=True).to_numpy()
    shuffles = isinstance(configuration.sweep.cv, Splitter)
    parts = [
        hashlib.sha256(rows.tobytes()).hexdigest(),
        to_plain(configuration.sweep.cv),
        configuration.model.is_classifier,  # folds of classes are stratified
        configuration.random_seed if shuffles else None,
        _hash_own_code(configuration),
        *(description[name] for name in ("target", "groups", "ordered", "scoring", "direction")),
    ]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:12]


def _hash_own_code(configuration: StudyConfiguration) -> dict[str, str]:
    """Hash the files of a scorer and a splitter that are the user's own."""
    cv = configuration.sweep.cv
    functions: list[Any] = [find_scorer(configuration.scoring)]
    if isinstance(cv, Splitter):
        functions.append(import_callable(cv.path))
    return hash_sources(list_modules(DummyClassifier(), functions))


def _describe_correction(correction: Correction) -> dict[str, Any]:
    estimates = {
        "corrected": correction.estimate,
        "gain_over_default": correction.gains.get("default"),
        "gain_over_dummy": correction.gains.get("dummy"),
    }
    flat: dict[str, Any] = {}
    for name, estimate in estimates.items():
        value_name = "corrected_value" if name == "corrected" else name
        flat |= {
            value_name: estimate.value if estimate else None,
            f"{name}_low": estimate.low if estimate else None,
            f"{name}_high": estimate.high if estimate else None,
        }
    return flat | {
        "corrected_trials": correction.n_configurations,
        "corrected_draws": correction.n_draws,
        "corrected_note": correction.note,
    }


def _log(summary: dict[str, Any]) -> None:
    """Log the scores that belong together in one line."""
    shown = {name: _show(summary[f"{name}_value"]) for name in ("default", "best", "corrected", "dummy")}
    corrected = f"not corrected: {summary['corrected_note']}"
    if summary["corrected_value"] is not None:
        low, high = _show(summary["corrected_low"]), _show(summary["corrected_high"])
        corrected = f"corrected {shown['corrected']}, 95% interval {low} to {high}"
        if summary["corrected_note"]:
            corrected += f". {summary['corrected_note']}"
    logger.info(
        "%s: default %s, best %s (%s), dummy %s",
        summary["scoring"],
        shown["default"],
        shown["best"],
        corrected.rstrip("."),
        shown["dummy"],
        extra={"markup": False},
    )


def _show(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
