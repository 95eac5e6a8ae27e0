"""Correct the best value of a search for selection, or explain why that is not possible."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf

import optuna
from optuna.trial import TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import estimates
from kedro_sweep.evaluation._nested import predict_nested
from kedro_sweep.evaluation.ensemble import _pool, choose_ensemble, vote
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, Truth, list_configurations
from kedro_sweep.search import Ensemble, StudyConfiguration
from kedro_sweep.text import count

# With fewer configurations, the choice among a sample is not like the choice among all.
MIN_SAMPLE = 10
# So many arguments give a sampler many ways to fit the rows that the draws leave out as well.
MANY_ARGUMENTS = 10


def correct_studies(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
    ensemble: Ensemble,
) -> estimates.Correction:
    """Correct the value of the model, using the predictions of all trials it was chosen from."""
    winner = _pool.find_winner(studies)
    configuration, truth = configurations[winner], store.truth
    pooled = list(_pool.pool(studies, store))
    reason = estimates.find_obstacle(configuration)
    if reason := reason or _pool.find_reason_against(studies, configurations, truth, pooled):
        return estimates.Correction(note=reason)
    notes = [_explain_pruned(studies), _explain_arguments(configurations)]
    n_configurations = sum(len(list_configurations(study)) for study in studies.values())
    if len(pooled) < n_configurations:
        few = f"Only {len(pooled)} of {n_configurations} configurations have stored predictions"
        sample = [] if ensemble.size else _pool.take_sample(studies, pooled)
        if len(sample) < MIN_SAMPLE:
            notes.append(f"{few}, so some of the luck may remain.")
        else:
            notes.append(
                f"{few}: the choice is repeated among {len(sample)} of them, drawn at random, so the "
                "value is rather too low."
            )
            pooled = sample
    scoring, direction = configuration.scoring, configuration.sweep.direction
    choose: estimates.Choose = estimates.choose_best
    effort: estimates.Effort | None = None
    if configuration.sweep.nested:  # nothing was chosen by these predictions
        storage = studies[winner]._storage
        try:
            candidates = [predict_nested(configurations, storage, store, ensemble)]
        except InputError as error:  # the rows of fewer folds may be too few
            return estimates.Correction(note=f"Nested cross-validation failed. {error}")
        notes = ["From nested cross-validation."]
    elif ensemble.size:
        effort = estimates.plan_ensemble_effort(
            truth, len(pooled), scoring, ensemble.size, ensemble.trials
        )
        costs = _pool.estimate_refits(pooled, studies, configurations)
        budget = inf if store.seconds is None else store.seconds
        choose = partial(choose_ensemble, ensemble, scoring, direction, costs, budget)
        candidates = [vote(truth, found.predictions) for found in pooled]
    else:  # some candidates may lack the probabilities that the others' score needs
        first = {found.candidate: found.predictions for found in reversed(pooled)}
        scored = _keep_scored(scoring, truth, first)
        candidates = [found.predictions for found in pooled if found.candidate in scored]
    if effort and not effort.n_draws:
        correction = estimates.Correction(n_configurations=len(pooled), note=effort.note)
    else:
        references = _keep_scored(scoring, truth, store.load_for_study(studies[winner]))
        seed = configuration.random_seed
        correction = estimates.correct_selection(
            truth, candidates, scoring, direction, references, seed, choose, effort
        )
    if correction.estimate and correction.n_draws < estimates.MIN_DRAWS:
        note = f"Only {correction.n_draws} draws hold all classes of a fold: merge rare classes."
        return replace(correction, estimate=None, gains={}, draws=None, note=note)
    if correction.estimate is None:
        return correction
    is_nested = configuration.sweep.nested  # nothing was chosen, so it is no choice to compare with
    is_delivered = not is_nested and correction.n_configurations == n_configurations
    return replace(
        correction,
        note=" ".join(filter(None, [*notes, correction.note])),
        uncorrected=correction.uncorrected if is_delivered else None,
        draws=None if is_nested else correction.draws,
    )


def _explain_pruned(studies: Mapping[str, optuna.Study]) -> str:
    pruned = (TrialState.PRUNED,)
    n_pruned = sum(len(study.get_trials(deepcopy=False, states=pruned)) for study in studies.values())
    if not n_pruned:
        return ""
    return f"{count(n_pruned, 'pruned trial')} cannot take part, so a little of the luck remains."


def _explain_arguments(configurations: Mapping[str, StudyConfiguration]) -> str:
    most = max(len(found.search_space.root) for found in configurations.values())
    if most < MANY_ARGUMENTS:
        return ""
    return f"With {most} arguments to search, some of the luck remains: see the limits in the docs."


def _keep_scored(scoring: str, truth: Truth, named: dict[str, Predictions]) -> dict[str, Predictions]:
    """Keep the predictions that can be scored; the score may need probabilities that a model lacks."""
    scored = {}
    for name, found in named.items():
        with suppress(Exception):  # a custom scorer may raise anything
            _pool.score(scoring, truth, found)
            scored[name] = found
    return scored
