"""Summarize a search: its best value, the corrected value, and the baselines to beat."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pandas as pd
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial
from sklearn.dummy import DummyClassifier

from kedro_sweep.evaluation.baselines import score_baselines
from kedro_sweep.evaluation.correction import Correction
from kedro_sweep.evaluation.ensemble.blends import blend
from kedro_sweep.evaluation.ensemble.pool import find_winner, score, take_best
from kedro_sweep.evaluation.prediction_store import PredictionStore, list_configurations
from kedro_sweep.evaluation.study_correction import correct_studies
from kedro_sweep.search import Ensemble, Splitter, StudyConfiguration
from kedro_sweep.search.attributes import SCORES
from kedro_sweep.search.provenance import hash_sources, list_modules
from kedro_sweep.search.scorers import find_scorer
from kedro_sweep.validation import import_callable, to_plain

logger = logging.getLogger(__name__)


def summarize(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
    members: Sequence[Mapping[str, Any]],
    ensemble: Ensemble,
    seconds: float | None = None,
) -> dict[str, Any]:
    """Summarize a search so that runs can be compared, and log its scores.

    The default arguments in the comparison are those of the candidate with the best value.

    Args:
        studies: The studies of all candidates with at least one scored trial.
        configurations: What each candidate's study searches.
        store: Holds the out-of-fold predictions of the trials.
        members: What the model consists of, as `choose_members` returned it.
        ensemble: How it was chosen.
        seconds: The time for refitting when it was chosen; None for no limit.

    Returns:
        Plain values: the candidates, the one with the best value, its study and score, the value of the
        best trial or the ensemble after correction for selection, the other scores of the best trial,
        the baselines, and the number of trials by state.
    """
    winner = find_winner(studies)
    study, configuration = studies[winner], configurations[winner]
    scores = study.best_trial.user_attrs.get(SCORES, {})
    baselines, default_note = score_baselines(study, configuration, store)
    correction = correct_studies(studies, configurations, store, ensemble, seconds)
    trials = {
        name: _list_trials(found.study_name, studies.get(name, study)._storage)
        for name, found in configurations.items()
    }
    states = [trial.state.name.lower() for found in trials.values() for trial in found]
    summary = {
        "candidate": winner,
        "study": study.study_name,
        "candidates": [
            {
                "candidate": name,
                "model": found.model.path,
                "study": found.study_name,
                "n_trials": len(trials[name]),
                "best_value": studies[name].best_value if name in studies else None,
            }
            for name, found in configurations.items()
        ],
        "task": "classification" if configuration.model.is_classifier else "regression",
        "model": configuration.model.path,
        "rows": len(configuration.X),
        "comparable": fingerprint_comparable(configuration),
        "scoring": configuration.scoring,
        "direction": configuration.sweep.direction,
        "best_value": study.best_value,
        "best_trial": study.best_trial.number,
        "scores": {name: scores.get(name) for name in configuration.other_scorings},
        "ensemble_size": ensemble.size,
        **_describe_ensemble(studies, configuration, store, members, ensemble),
        **_describe_correction(correction),
        "default_value": baselines["default"],
        "default_note": default_note,
        "dummy_value": baselines["dummy"],
        "n_configurations": sum(len(list_configurations(found)) for found in studies.values()),
        "n_trials": len(states),
        **{f"n_{state}": states.count(state) for state in ("complete", "pruned", "fail")},
    }
    _log(summary)
    return summary


def _list_trials(study_name: str, storage: BaseStorage) -> list[FrozenTrial]:
    """List the finished trials of a candidate, which may all lack a value."""
    trials = storage.get_all_trials(storage.get_study_id_from_name(study_name), deepcopy=False)
    return [trial for trial in trials if trial.state.is_finished()]


def _describe_ensemble(
    studies: Mapping[str, optuna.Study],
    configuration: StudyConfiguration,
    store: PredictionStore,
    members: Sequence[Mapping[str, Any]],
    ensemble: Ensemble,
) -> dict[str, Any]:
    """Describe the ensemble, if the model is one. A single member counts unless it is the best trial."""
    winner = find_winner(studies)
    best = {"candidate": winner, "trial": studies[winner].best_trial.number}
    if not ensemble.size or (len(members) == 1 and best.items() <= members[0].items()):
        return {}
    chosen_from = take_best(studies, store, ensemble.trials)
    kept = {(found.candidate, found.trial.number): found.predictions for found in chosen_from}
    predictions = [kept[member["candidate"], member["trial"]] for member in members]
    blended = blend(store.truth, predictions, [member["weight"] for member in members])
    value = score(configuration.scoring, store.truth, blended)
    return {"ensemble_members": len(members), "ensemble_value": value}


def load_study(study_storage: BaseStorage, sweep_summary: Mapping[str, Any]) -> optuna.Study:
    """Find the study with the best value of a search.

    Args:
        study_storage: The storage of the studies.
        sweep_summary: Names the study.

    Returns:
        The study.
    """
    return optuna.load_study(study_name=sweep_summary["study"], storage=study_storage)


def fingerprint_comparable(configuration: StudyConfiguration) -> str:
    """Compute a fingerprint of everything that must be equal for the scores of two studies to compare.

    Features and models may differ; the rows, their target, the folds and the score may not.

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
    """Hash the files of a custom scorer and a custom splitter."""
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
    values = {name: _show(summary[f"{name}_value"]) for name in ("default", "best", "dummy")}
    values["best"] += f" by {summary['candidate']}" if len(summary["candidates"]) > 1 else ""
    if "ensemble_value" in summary:
        n_members = summary["ensemble_members"]
        values["best"] += f", ensemble of {n_members} {_show(summary['ensemble_value'])}"
    logger.info(
        "%s: default %s, best %s (%s), dummy %s",
        summary["scoring"],
        values["default"],
        values["best"],
        _show_correction(summary),
        values["dummy"],
        extra={"markup": False},
    )


def _show_correction(summary: dict[str, Any]) -> str:
    if summary["corrected_value"] is None:
        text = f"not corrected: {summary['corrected_note']}"
    else:
        value, low, high = (_show(summary[f"corrected_{part}"]) for part in ("value", "low", "high"))
        text = f"corrected {value}, 95% interval {low} to {high}"
        text += f". {summary['corrected_note']}" if summary["corrected_note"] else ""
    return text.rstrip(".")


def _show(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
