"""Summarize a search: its best value, the corrected value, and the baselines to beat."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

import optuna
import pandas as pd
from optuna.storages import BaseStorage
from optuna.trial import TrialState
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation._delivered import Delivered, describe_delivered
from kedro_sweep.evaluation._study_correction import correct_studies
from kedro_sweep.evaluation.decisions import Decision, decide, make_rule
from kedro_sweep.evaluation.ensemble import blend, find_winner, score, take_best
from kedro_sweep.evaluation.estimates import (
    BOOSTING,
    DUMMY,
    STRATEGY,
    UNTUNED,
    Estimate,
    find_obstacle,
    score_baselines,
)
from kedro_sweep.evaluation.predictions import PredictionStore, list_configurations, tabulate
from kedro_sweep.search import Ensemble, Splitter, StudyConfiguration
from kedro_sweep.search.settings import take_apart
from kedro_sweep.search.study import attributes, hash_sources, identify
from kedro_sweep.validation import to_plain

logger = logging.getLogger(__name__)

# The keys in the tracked file for the value of each estimate and the ends of its interval.
CORRECTED = ("corrected_value", "corrected_low", "corrected_high")
GAINS = {
    "untuned": ("gain_over_default", "gain_over_default_low", "gain_over_default_high"),
    "boosting": ("gain_over_boosting", "gain_over_boosting_low", "gain_over_boosting_high"),
    "dummy": ("gain_over_dummy", "gain_over_dummy_low", "gain_over_dummy_high"),
}


class CandidateSummary(BaseModel):
    """What a search found for one of its candidates; no value if all its trials failed."""

    candidate: str = ""
    model: str = ""
    study: str = ""
    n_trials: int = 0
    best_value: float | None = None


class SweepSummary(BaseModel):
    """The result of a search: of the candidate with the best value, except for the numbers of trials.

    Attributes:
        uncorrected_value: The score of the best trial or of the ensemble from the rows of all folds at
            once, if it is no mean over rows; otherwise its value.
        corrected: The same, corrected for selection, or from nested cross-validation if `nested`.
        gains: How much better it is than the `untuned` model, an untuned gradient `boosting` and the
            `dummy`, as far as known.
        ensemble_value: The uncorrected value of the ensemble; None if the model is the best trial.
        out_of_fold: The out-of-fold predictions of that model; no rows if none are stored.
        selection_draws: The score of the choice in each draw, to compare the run with others.
        choose: `sweep.choose`, how the model should be chosen among those that are as good as the best.
        choice: How it was chosen: `best` if nothing else was possible, `ensemble` if the ensemble ended
            with one trial that is not the best.
        fastest: The fastest of the configurations that are as good as the best one, and the speed of the
            model; empty if it is unknown.
        trials: How long the trials take to predict, and which are as good as the best one, if known.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, arbitrary_types_allowed=True)

    candidate: str = ""
    study: str = ""
    candidates: list[CandidateSummary] = []
    task: str = ""
    model: str = ""
    rows: int | None = None
    comparable: str = ""
    scoring: str = ""
    direction: str = "maximize"
    best_value: float | None = None
    best_trial: int | None = None
    scores: dict[str, float | None] = {}
    ensemble_size: int = 0
    ensemble_members: int | None = None
    ensemble_value: float | None = None
    uncorrected_value: float | None = None
    corrected: Estimate | None = None
    nested: bool = False
    gains: dict[str, Estimate] = {}
    corrected_trials: int = 0
    corrected_draws: int = 0
    corrected_note: str = ""
    untuned_value: float | None = Field(None, alias="default_value")
    untuned_note: str = Field("", alias="default_note")
    boosting_value: float | None = None
    boosting_note: str = ""
    dummy_value: float | None = None
    dummy_strategy: str = "class shares or mean"  # as in earlier releases
    n_configurations: int = 0
    n_trials: int = 0
    n_complete: int = 0
    n_pruned: int = 0
    n_fail: int = 0
    out_of_fold: pd.DataFrame = Field(default_factory=pd.DataFrame, exclude=True, repr=False)
    delivered: Delivered = Delivered()
    selection_draws: dict[str, Any] = Field({}, exclude=True)
    decision: dict[str, Any] = Field({}, exclude=True)
    best_params: dict[str, Any] = Field({}, exclude=True)
    choose: str = "best"
    choice: str = "best"
    fastest: dict[str, Any] = {}
    trials: pd.DataFrame | None = Field(None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _read_estimates(cls, found: Any) -> Any:
        """Read the estimates of a tracked file, and the study of a release that had only one."""
        found = {name: value for name, value in found.items() if value is not None}
        if "study" in found:
            found.setdefault("candidates", [dict(found)])
        gains = {name: _read(found, keys) for name, keys in GAINS.items()}
        known = {name: gain for name, gain in gains.items() if gain}
        return {"corrected": _read(found, CORRECTED), "gains": known, "delivered": found} | found

    @property
    def chosen_value(self) -> float | None:
        """The value by which the model was chosen, of the ensemble or of a trial."""
        return self.best_value if self.ensemble_value is None else self.ensemble_value

    @property
    def width(self) -> float | None:
        """The width of the corrected interval, which sets the decimals of the scores beside it."""
        return self.corrected.width if self.corrected else None

    @property
    def model_name(self) -> str:
        return self.trial_name if self.ensemble_value is None else "ensemble"

    @property
    def trial_name(self) -> str:
        """What `best_trial` is: for an ensemble, the best trial beside it."""
        named = {"best": "best trial", "ensemble": "only trial of the ensemble"}
        return named.get(self.choice, f"{self.choice} of the best")

    def to_flat(self) -> dict[str, Any]:
        """Write plain values for the tracked file, whose keys stay the same in all releases."""
        flat = self.model_dump(by_alias=True, exclude={"corrected", "gains", "delivered"})
        flat |= self.delivered.model_dump()
        if self.ensemble_value is None:
            del flat["ensemble_members"], flat["ensemble_value"]
        estimates = {CORRECTED: self.corrected} | {
            keys: self.gains.get(name) for name, keys in GAINS.items()
        }
        for keys, estimate in estimates.items():
            flat |= zip(keys, estimate or (None, None, None), strict=True)
        return flat


def _read(found: Mapping[str, Any], keys: Sequence[str]) -> Estimate | None:
    numbers = [found[key] for key in keys if key in found and isfinite(found[key])]
    return Estimate(*numbers) if len(numbers) == len(keys) else None


def summarize(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
    members: Sequence[Mapping[str, Any]],
    ensemble: Ensemble,
    decision: Decision | None = None,
) -> SweepSummary:
    """Summarize a search so that runs can be compared, and log its scores.

    The untuned model in the comparison is that of the candidate with the best value.

    Args:
        studies: The studies of all candidates with at least one scored trial.
        configurations: What each candidate's study searches.
        store: Holds the out-of-fold predictions of the trials.
        members: What the model consists of, as `choose_members` returned it.
        ensemble: How it was chosen.
        decision: How its predictions become decisions; None to leave them as they are.

    Returns:
        The candidate with the best value, its scores before and after correction for selection, the
        baselines, and the number of trials by state. `to_flat` gives plain values.
    """
    choose = next(iter(configurations.values())).sweep.choose
    picked = members[0] if len(members) == 1 else None
    best_of_all = find_winner(studies)
    winner = picked["candidate"] if picked else best_of_all
    study, configuration = studies[winner], configurations[winner]
    number = picked["trial"] if picked else study.best_trial.number
    best = next(trial for trial in study.get_trials(deepcopy=False) if trial.number == number)
    best_params = picked["params"] if picked else best.params
    listed = list_configurations(study)
    chosen = next(each for each in listed if identify(each.params) == identify(best_params))
    scores = best.user_attrs.get(attributes.SCORES, {}) if chosen.position is None else {}
    baselines, notes = score_baselines(study, configuration, store)
    rule = make_rule(decision or Decision(), store.truth, configuration.scoring)
    correction = correct_studies(studies, configurations, store, ensemble, rule, winner)
    names = {"untuned": UNTUNED, "boosting": BOOSTING, "dummy": DUMMY}
    gains = {name: correction.gains.get(kept) for name, kept in names.items() if kept in baselines}
    has_ensemble = picked is None
    is_best = (winner, number) == (best_of_all, studies[best_of_all].best_trial.number)
    ensemble_value, delivered = None, None if has_ensemble else store.read(chosen)
    predictions = [delivered] if delivered else []
    if has_ensemble:
        best_trials = take_best(studies, store, ensemble.trials)
        kept = {(found.candidate, found.trial.number): found.predictions for found in best_trials}
        predictions = [kept[member["candidate"], member["trial"]] for member in members]
        delivered = blend(store.truth, predictions, [member["weight"] for member in members])
        ensemble_value = score(configuration.scoring, store.truth, delivered)
    seconds = sum(found.seconds for found in predictions)
    is_known = isfinite(seconds * correction.fastest.get("seconds", nan))
    ordered = bool(find_obstacle(configuration))
    decided: dict[str, Any] = {}
    if decision is not None:
        evidence = delivered, decision, correction.decided, configuration.random_seed
        decided, delivered = decide(rule, store.truth, *evidence, is_ordered=ordered)
    facts = describe_delivered(store.truth, delivered, ordered=ordered) if delivered else Delivered()
    candidates, n_trials = [], Counter[TrialState]()  # of finished trials, which may all lack a value
    for name, found in configurations.items():
        storage = studies.get(name, study)._storage
        named = found.find_name(storage)
        trials = storage.get_all_trials(storage.get_study_id_from_name(named), deepcopy=False)
        states = [trial.state for trial in trials if trial.state.is_finished()]
        n_trials.update(states)
        candidates.append(
            CandidateSummary(
                candidate=name,
                model=found.model.path,
                study=named,
                n_trials=len(states),
                best_value=studies[name].best_value if name in studies else None,
            )
        )
    summary = SweepSummary(
        candidate=winner,
        study=study.study_name,
        candidates=candidates,
        task="classification" if configuration.model.is_classifier else "regression",
        model=configuration.model.path,
        rows=len(configuration.X),
        comparable=fingerprint_comparable(configuration),
        scoring=configuration.scoring,
        direction=configuration.sweep.direction,
        best_value=chosen.value,
        best_trial=best.number,
        scores={name: scores.get(name) for name in configuration.other_scorings},
        ensemble_size=ensemble.size,
        ensemble_members=len(members) if has_ensemble else None,
        ensemble_value=ensemble_value,
        uncorrected_value=correction.uncorrected,
        corrected=correction.estimate,
        nested=configuration.sweep.nested and correction.estimate is not None,
        gains={name: gain for name, gain in gains.items() if gain},
        corrected_trials=correction.n_configurations,
        corrected_draws=correction.n_draws,
        corrected_note=" ".join(filter(None, [correction.note, configuration.sample_note])),
        untuned_value=baselines[UNTUNED],
        untuned_note=notes.get(UNTUNED, ""),
        boosting_value=baselines.get(BOOSTING),
        boosting_note=notes.get(BOOSTING, ""),
        dummy_value=baselines[DUMMY],
        dummy_strategy=baselines[STRATEGY],
        n_configurations=sum(len(list_configurations(found)) for found in studies.values()),
        n_trials=n_trials.total(),
        n_complete=n_trials[TrialState.COMPLETE],
        n_pruned=n_trials[TrialState.PRUNED],
        n_fail=n_trials[TrialState.FAIL],
        out_of_fold=tabulate(store.truth, delivered),
        delivered=facts,
        selection_draws=correction.draws.to_plain() if correction.draws else {},
        decision=decided,
        best_params=best_params,
        choose=choose,
        choice=members[0].get("choice", "best" if has_ensemble or is_best else "ensemble"),
        fastest=correction.fastest | {"seconds_of_model": seconds} if is_known else {},
        trials=correction.trials,
    )
    if delivered is None:
        logger.info("The model has no stored out-of-fold predictions, so their table has no rows.")
    return summary


def load_study(study_storage: BaseStorage, sweep_summary: Mapping[str, Any]) -> optuna.Study:
    """Find the study with the best value of a search.

    Args:
        study_storage: The storage of the studies.
        sweep_summary: Names the study.

    Returns:
        The study.

    Raises:
        InputError: If the storage does not hold it.
    """
    try:
        return optuna.load_study(study_name=sweep_summary["study"], storage=study_storage)
    except KeyError as error:
        raise InputError(
            f"The study of this search, {sweep_summary['study']}, is not in the storage of this run "
            "('study_storage' in the catalog): search again with `kedro run`, or name the environment "
            "of its run with --env."
        ) from error


def list_results(study_storage: BaseStorage, sweep_summary: Mapping[str, Any]) -> list[Any]:
    """List what figures of a study show, for `remember`.

    Args:
        study_storage: The storage of the studies.
        sweep_summary: Names the study and its score.

    Returns:
        The study, its score, and of each trial, what it searched and found.
    """
    study = load_study(study_storage, sweep_summary)
    trials = study.get_trials(deepcopy=False)
    found = [(each.number, each.state.name, each.values, str(each.params)) for each in trials]
    return [study.study_name, study.direction.name, sweep_summary["scoring"], str(found)]


def fingerprint_comparable(configuration: StudyConfiguration) -> str:
    """Compute a fingerprint of what two studies must share to compare: rows, target, folds, score."""
    description, cv = configuration.description, configuration.sweep.cv
    rows = pd.util.hash_pandas_object(configuration.y, index=True).to_numpy()
    function, options = take_apart(configuration.scoring)
    code = [function, *([cv.source] if isinstance(cv, Splitter) else [])]
    parts = [
        hashlib.sha256(rows.tobytes()).hexdigest(),
        to_plain(cv),
        configuration.model.is_classifier,  # folds of classes are stratified
        configuration.random_seed if isinstance(cv, Splitter) else None,
        hash_sources({part.__module__ for part in code if hasattr(part, "__module__")}),
        *(description[name] for name in ("target", "groups", "ordered", "scoring", "direction")),
        *([description["weights"]] if "weights" in description else []),
        *([options] if options else []),
    ]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:12]
