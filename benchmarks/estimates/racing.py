"""Simulate racing between folds: what does it save, and what does it do to the model and the corrected value?

Searches that score every trial on all folds are replayed in order. After each fold but the last, a rule may
drop a trial. This is kind to racing: the sampler knows the scores of the trials that a rule drops.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from math import nan
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation.ensemble import blend, score
from kedro_sweep.evaluation.ensemble._selection import select, stack
from kedro_sweep.evaluation.estimates import Estimate, SelectionDraws, summarize_draws
from kedro_sweep.evaluation.metrics import average_folds, make_metric, score_all_folds
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, draw_batches
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from benchmarks.estimates.collect import collect
from benchmarks.estimates.populations import SIGNALS, draw_rows
from benchmarks.estimates.racing_rules import RULES, Scores, race
from benchmarks.estimates.simulation import predict
from benchmarks.strength.request import Task
from benchmarks.strength.settings import find_forest, load_parameters

N_TRIALS = 60
TURN = 10  # trials in a row of each model in the contest
NEW_ROWS = 10_000
RULE_DRAWS, CORRECTION_DRAWS = 500, 200
SIZES = {200: 3, 1_000: 1}  # numbers of rows and of tables
SCORES = {"balanced": ("accuracy", "roc_auc"), "numbers": ("r2",)}
# The ranges are those of conf/contest; the number of trees is fixed.
MODELS: dict[Task, dict[str, str]] = {
    "classification": {
        "forest": "random_forest",
        "boosting": "hist_gradient_boosting",
        "linear": "logistic_regression",
    },
    "regression": {
        "forest": "random_forest_regressor",
        "boosting": "hist_gradient_boosting_regressor",
        "linear": "ridge",
    },
}
FIXED = {"forest": {"n_estimators": 25}, "boosting": {"max_iter": 50}, "linear": {}}
CONTEST, ENSEMBLE = "contest", Ensemble(size=25)
TABLE = ["kind", "signal", "rows", "seed", "score"]


@dataclass(frozen=True)
class Draws:
    """The scores of trials in the draws of the correction: on the drawn rows, on those left out, and on all."""

    truth: Truth
    scoring: str
    seed: int
    drawn: Array
    left_out: Array
    known: Array

    def correct(self, complete: Sequence[int], best: int) -> Estimate:
        """Repeat the choice among the complete trials, as `correct_selection` does."""
        drawn = self.drawn[complete]
        chosen = np.array(complete)[np.argmax(np.nan_to_num(drawn, nan=-np.inf), axis=0)]
        columns = np.arange(len(chosen))
        bias = np.nanmean(self.left_out[best]) - self.known[best]
        scores = self.drawn[chosen, columns], self.left_out[chosen, columns]
        facts = self.scoring, "maximize", self.seed, len(self.truth.y)
        return summarize_draws(SelectionDraws(*facts, *scores, np.full(len(chosen), bias)))


def simulate_racing() -> pd.DataFrame:
    """Simulate all cases; a row per search and rule. If stopped, all cells have about the same share."""
    cases = [
        (kind, signal, n_rows, seed, scoring)
        for n_rows, n_repeats in SIZES.items()
        for seed in range(n_repeats)
        for kind, scorings in SCORES.items()
        for scoring, signal in product(scorings, SIGNALS)
    ]
    cases.sort(key=lambda case: case[3] / SIZES[case[2]])
    return collect("racing", simulate, cases, TABLE)


def simulate(case: tuple[str, str, int, int, str]) -> list[dict[str, Any]]:
    """Search a table with each model, and replay each search, and all together, by each rule."""
    kind, signal, n_rows, seed, scoring = case
    random = np.random.default_rng([seed, n_rows, [*SCORES].index(kind), [*SIGNALS].index(signal), 26])
    rows = draw_rows("published", kind, signal, n_rows + NEW_ROWS, random)
    features, y = pd.DataFrame(rows.X).rename(columns="x{}".format), pd.Series(rows.y, name="y")
    classes = np.unique(y) if rows.has_classes else None
    of_new = Truth(rows.y[n_rows:], classes, np.zeros(NEW_ROWS, int), np.arange(NEW_ROWS))
    sweep = make_sweep("classification" if rows.has_classes else "regression", scoring)
    found: list[tuple[StudyConfiguration, dict[str, Any]]] = []
    candidates: list[Predictions] = []
    searches: dict[str, list[int]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, model in choose_candidates(sweep).items():
            configuration = StudyConfiguration(
                features[:n_rows], y[:n_rows], model, model.search_space, sweep, seed
            )
            with TemporaryDirectory() as folder:
                artifacts = FileSystemArtifactStore(folder)
                studies, store = search_and_keep({name: configuration}, InMemoryStorage(), artifacts)
                kept = store.load(studies[name])
            trials = studies[name].get_trials(deepcopy=False)
            searches[name] = [*range(len(found), len(found) + len(kept))]
            found += [(configuration, trials[number].params) for number in kept]
            candidates += kept.values()
        truth = store.truth
        turns = (
            numbers[start : start + TURN]
            for start in range(0, N_TRIALS, TURN)
            for numbers in searches.values()
        )
        searches[CONTEST] = [*chain.from_iterable(turns)]
        scores = score_folds(scoring, truth, candidates, seed)
        values = scores.folds.mean(axis=1)
        draws = draw(scoring, truth, candidates, seed)

        @cache
        def deliver(number: int) -> Predictions:
            configuration, params = found[number]
            model = configuration.build(params).fit(configuration.X, configuration.y)
            return predict(model, features[n_rows:], classes)

        def choose(complete: Sequence[int]) -> int:
            return max(complete, key=lambda number: values[number])

        def score_new(complete: Sequence[int]) -> float:
            return score(scoring, of_new, deliver(choose(complete)))

        def score_ensemble(complete: Sequence[int]) -> float:
            best = sorted(complete, key=lambda number: -values[number])[: ENSEMBLE.trials]
            stacked = stack(truth, [candidates[number] for number in best])
            counts = select(truth, stacked, scoring, "maximize", ENSEMBLE.size)
            members = np.flatnonzero(counts)
            of_members = [deliver(best[number]) for number in members]
            return score(scoring, of_new, blend(of_new, of_members, counts[members].tolist()))

        outcomes = []
        for (search, numbers), (name, rule) in product(searches.items(), RULES.items()):
            complete, n_fits = race(rule, scores, numbers)
            # With the fits that half of the trials take on all folds.
            in_half, _ = race(rule, scores, numbers, len(numbers) // 2 * scores.folds.shape[1])
            estimate = draws.correct(complete, choose(complete))
            outcomes.append(
                dict(zip(TABLE, case, strict=True))
                | {"search": search, "rule": name, "fits": n_fits, "complete": len(complete)}
                | {"is_dropped": choose(numbers) not in complete, "best": values[choose(complete)]}
                | {"truth": score_new(complete), "truth_in_half": score_new(in_half)}
                | {"truth_of_ensemble": score_ensemble(complete) if search == CONTEST else nan}
                | dict(zip(("corrected", "low", "high"), estimate, strict=True))
            )
    return outcomes


def make_sweep(task: Task, scoring: str) -> Sweep:
    """The shipped settings, with the models of the contest that are searched here."""
    contest = load_parameters("contest")["sweep"]["models"]
    models = {}
    for name, entry in MODELS[task].items():
        model = contest[entry]
        space = {key: found for key, found in model["search_space"].items() if key not in FIXED[name]}
        params = model.get("params", {}) | FIXED[name]
        models[name] = model | {"params": params, "search_space": space}
    base = load_parameters("base")
    changes = {"scoring": scoring, "n_jobs": 1, "n_trials": N_TRIALS, "models": models}
    return Sweep.model_validate(base["sweep"] | changes | {"model": find_forest(base, task)})


def score_folds(scoring: str, truth: Truth, candidates: Sequence[Predictions], seed: int) -> Scores:
    """Score all trials in each fold, and in bootstrap draws of its rows, which are the same for all."""
    metric, random = make_metric(scoring), np.random.default_rng([seed, 1])
    of_folds, of_draws = [], []
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        part, parts = truth.take(rows), [found.take(rows) for found in candidates]
        weights = random.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RULE_DRAWS)
        of_folds.append([metric(part, found, np.ones((1, len(rows))))[0] for found in parts])
        of_draws.append([metric(part, found, weights) for found in parts])
    return Scores(np.array(of_folds).T, np.moveaxis(np.array(of_draws), 0, 1))


def draw(scoring: str, truth: Truth, candidates: Sequence[Predictions], seed: int) -> Draws:
    """Score all trials in the draws of the correction."""
    weights = np.concatenate([*draw_batches(truth.units, CORRECTION_DRAWS, seed)])
    left_out = (weights == 0).astype(float)
    everything = np.ones((1, len(truth.y)))
    return Draws(
        truth,
        scoring,
        seed,
        average_folds(make_metric(scoring), truth, candidates, weights),
        score_all_folds(scoring, truth, candidates, left_out),
        score_all_folds(scoring, truth, candidates, everything)[:, 0],
    )
