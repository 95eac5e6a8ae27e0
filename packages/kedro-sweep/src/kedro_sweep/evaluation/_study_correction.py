"""Correct the best value of a search for selection, or explain why that is not possible."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from math import inf

import numpy as np
import optuna
from optuna.trial import TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import estimates
from kedro_sweep.evaluation._nested import predict_nested
from kedro_sweep.evaluation.decisions import Rule
from kedro_sweep.evaluation.ensemble import _pool, choose_ensemble, compare, describe_fastest, vote
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.evaluation.predictions import (
    Array,
    Predictions,
    PredictionStore,
    Truth,
    list_configurations,
)
from kedro_sweep.search import Ensemble, StudyConfiguration
from kedro_sweep.search.storage import find_storage
from kedro_sweep.search.study import find_sign
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
    rule: Rule | None = None,
    candidate: str | None = None,
) -> estimates.Correction:
    """Correct the value of the model, using the predictions of all trials it was chosen from.

    The candidate is that of the model; None for that of the best trial.
    """
    winner = _pool.find_winner(studies)
    configuration, truth = configurations[winner], store.truth
    pooled = list(_pool.pool(studies, store))
    if reason := (
        estimates.find_obstacle(configuration)
        or _pool.find_reason_against(studies, configurations, truth, pooled)
    ):
        return estimates.Correction(note=reason)
    n_configurations = sum(len(list_configurations(study)) for study in studies.values())
    pooled, few = _take_kept(studies, pooled, n_configurations, has_ensemble=ensemble.size > 0)
    notes = [_explain_pruned(studies), _explain_arguments(configurations), few]
    if rule and not rule.note:
        notes.append("This is the score before the decision, which is measured separately.")
    scoring, direction = configuration.scoring, configuration.sweep.direction
    choose: estimates.Choose = estimates.choose_best
    effort: estimates.Effort | None = None
    references = store.load_for_study(studies[candidate or winner])
    if configuration.sweep.nested:  # nothing was chosen by these predictions
        try:
            candidates = [predict_nested(configurations, find_storage(studies[winner]), store, ensemble)]
        except InputError as error:  # the rows of fewer folds may be too few
            return estimates.Correction(note=f"Nested cross-validation failed. {error}")
        notes = ["From nested cross-validation."]
    elif ensemble.size:
        plan = len(pooled), scoring, ensemble.size, ensemble.trials
        if configuration.sample_note and find_metric(scoring):  # draws of all rows would take minutes
            rows = estimates.sample_for_ensemble(truth, *plan, configuration.random_seed)
            few_rows = f"From {len(rows):,} of {len(truth.y):,} held-out rows."
            notes += [few_rows] if len(rows) < len(truth.y) else []
            truth, pooled, references = _take_rows(rows, truth, pooled, references)
        effort = estimates.plan_ensemble_effort(truth, *plan)
        costs = _pool.estimate_refits(pooled, studies, configurations)
        budget = inf if store.seconds is None else store.seconds
        owners = [f"{found.candidate} {found.trial.number}" for found in pooled]
        choose = partial(choose_ensemble, ensemble, scoring, direction, costs, budget, np.array(owners))
        candidates = [vote(truth, found.predictions) for found in pooled]
    else:
        pooled = _pool.drop_unscored(scoring, truth, pooled)
        candidates = [vote(truth, found.predictions) if rule else found.predictions for found in pooled]
        if configuration.sweep.choose != "best" and find_metric(scoring):
            choose = compare(configurations, truth, pooled).choose
    if effort and not effort.n_draws:
        correction = estimates.Correction(n_configurations=len(pooled), note=effort.note)
    else:
        references = _pool.keep_scored(scoring, truth, references)
        how = references, configuration.random_seed, choose, effort, rule
        correction = estimates.correct_selection(truth, candidates, scoring, direction, *how)
    if correction.estimate is None:
        return correction
    if correction.n_draws < estimates.MIN_DRAWS:
        note = f"Only {correction.n_draws} draws hold all classes of a fold: merge rare classes."
        return replace(correction, estimate=None, gains={}, draws=None, note=note)
    is_nested = configuration.sweep.nested  # nothing was chosen, so it is no choice to compare with
    has_all = correction.n_configurations == n_configurations and not is_nested
    values = correction.values if has_all else None
    speed = {} if values is None else describe_fastest(truth, pooled, values, find_sign(direction))
    return replace(
        correction,
        note=" ".join(filter(None, [*notes, correction.note])),
        uncorrected=correction.uncorrected if has_all else None,
        draws=None if is_nested else correction.draws,
        **speed,
    )


def _take_kept(
    studies: Mapping[str, optuna.Study],
    pooled: list[_pool.Pooled],
    n_configurations: int,
    *,
    has_ensemble: bool,
) -> tuple[list[_pool.Pooled], str]:
    """Take the configurations among which the choice is repeated, and say so if they are not all."""
    if len(pooled) == n_configurations:
        return pooled, ""
    few = f"Only {len(pooled)} of {n_configurations} configurations have stored predictions"
    sample = [] if has_ensemble else _pool.take_sample(studies, pooled)
    if len(sample) < MIN_SAMPLE:
        return pooled, f"{few}, so some of the luck may remain."
    return sample, (
        f"{few}: the choice is repeated among {len(sample)} of them, drawn at random, so the value is "
        "rather too low."
    )


def _take_rows(
    rows: Array, truth: Truth, pooled: list[_pool.Pooled], references: dict[str, Predictions]
) -> tuple[Truth, list[_pool.Pooled], dict[str, Predictions]]:
    units = np.unique(truth.units[rows], return_inverse=True)[1]
    return (
        replace(truth.take(rows), units=units),
        [each._replace(predictions=each.predictions.take(rows)) for each in pooled],
        {name: found.take(rows) for name, found in references.items()},
    )


def _explain_pruned(studies: Mapping[str, optuna.Study]) -> str:
    pruned = (TrialState.PRUNED,)
    trials = [study.get_trials(deepcopy=False, states=pruned) for study in studies.values()]
    # Without a pruner, none reports a score, and the limit of time cuts them off whatever their score.
    n_pruned = sum(bool(trial.intermediate_values) for trial in chain(*trials))
    text = f"{count(n_pruned, 'pruned trial')} cannot take part, so a little of the luck remains."
    return text if n_pruned else ""


def _explain_arguments(configurations: Mapping[str, StudyConfiguration]) -> str:
    most = max(len(found.search_space.root) for found in configurations.values())
    text = f"With {most} arguments to search, some of the luck remains: see the limits in the docs."
    return text if most >= MANY_ARGUMENTS else ""
