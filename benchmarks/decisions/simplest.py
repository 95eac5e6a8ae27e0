"""The simplest and the fastest of equally good models: is their corrected value right, and what do they gain?

The first part simulates searches whose true score is known, as `benchmarks.estimates` does. The second one
searches public tables, trains what each way of choosing delivers, and compares time and test score.
"""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation import choose_members, evaluate, make_model, search_and_keep
from kedro_sweep.evaluation.ensemble import Equals, estimate_size
from kedro_sweep.evaluation.estimates import (
    Choose,
    Effort,
    choose_best,
    correct_selection,
    value,
)
from kedro_sweep.evaluation.metrics import make_metric
from kedro_sweep.evaluation.predictions import draw_batches
from kedro_sweep.search import Ensemble, Sweep, configure_candidates, open_journal
from kedro_sweep.tables import Data, find_means, prepare_rows, take_raw_rows
from optuna.artifacts import FileSystemArtifactStore

from benchmarks.estimates.collect import collect, find_searches
from benchmarks.estimates.populations import SIGNALS, draw_rows
from benchmarks.estimates.search_and_test import make_truth
from benchmarks.estimates.simulation import (
    N_CONFIGURATIONS,
    NEW_ROWS,
    cross_validate,
    draw_model,
    predict,
    take_rows,
)
from benchmarks.markdown import make_table
from benchmarks.strength.settings import find_forest, load_parameters
from benchmarks.strength.tables import TABLES, find_measure

N_DRAWS = 400
SIZES = {100: 20, 300: 20, 1_000: 10}  # numbers of rows, and of tables of each kind and signal
SCORES = {"balanced": ("accuracy", "roc_auc", "neg_log_loss"), "numbers": ("r2",)}

N_TABLES = 9  # the first ones, which were fixed first
N_TRIALS = 40
SEARCHES = {"contest": {"contest": {"turn": 4}}, "base": {}}
CHOICES = ("best", "fastest", "simplest")
TIMED_ROWS = 1_000
REPEATS = 7


def simulate_simplest() -> pd.DataFrame:
    """Simulate all cases; a row per search, score, and way to choose."""
    cases = [
        (kind, signal, n_rows, seed)
        for n_rows, n_repeats in SIZES.items()
        for seed, kind, signal in product(range(n_repeats), SCORES, SIGNALS)
    ]
    return collect("simplest", simulate, cases, ["kind", "signal", "rows", "seed"])


def simulate(case: tuple[str, str, int, int]) -> list[dict[str, Any]]:
    """Search one table, and compare the corrected values with the true scores."""
    kind, signal, n_rows, seed = case
    random = np.random.default_rng([seed, n_rows, [*SCORES].index(kind), [*SIGNALS].index(signal), 44])
    everything = draw_rows("published", kind, signal, n_rows + NEW_ROWS, random)
    rows, new = take_rows(everything, slice(n_rows)), take_rows(everything, slice(n_rows, None))
    classes = np.unique(everything.y) if rows.has_classes else None
    models = [
        draw_model(number, random, has_classes=rows.has_classes) for number in range(N_CONFIGURATIONS)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth, candidates = cross_validate(models, rows, classes)
        of_new, everyone = make_truth(new.y, classes), np.ones((1, NEW_ROWS))
        sizes = np.array([estimate_size(make(), n_rows) for make in models])
        found = []
        for scoring in SCORES[kind]:
            batches = draw_batches(truth.units, N_DRAWS, seed)
            drawn = np.hstack([value(scoring, truth, candidates, weights) for weights in batches])
            equals = Equals(drawn, sizes, truth)
            values = value(scoring, truth, candidates, np.ones((1, n_rows)))
            ways: dict[str, tuple[Choose, int]] = {
                "best": (choose_best, int(values[:, 0].argmax())),
                "simplest": (equals.choose, int(equals.pick(values)[0])),
            }
            for way, (choose, picked) in ways.items():
                model = models[picked]().fit(rows.X, rows.y)
                correction = correct_selection(
                    truth,
                    candidates,
                    scoring,
                    "maximize",
                    random_seed=seed,
                    choose=choose,
                    effort=Effort(N_DRAWS, np.arange(len(candidates)), ""),
                )
                true = make_metric(scoring)(of_new, predict(model, new.X, classes), everyone)[0]
                found.append(
                    {"kind": kind, "signal": signal, "rows": n_rows, "seed": seed, "score": scoring}
                    | {"choose": way, "truth": true, "best": values[picked, 0], "size": sizes[picked]}
                    | dict(zip(("corrected", "low", "high"), correction.estimate or (), strict=False))
                )
    return found


def measure_speed() -> pd.DataFrame:
    """Search each table in each way once; a row per table, search and choice. Kept after each table."""
    path = find_searches("simplest_speed")
    known = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["table", "search"])
    done = {*known[["table", "search"]].itertuples(index=False, name=None)}
    for search, name in product(SEARCHES, [*TABLES][:N_TABLES]):
        if (name, search) in done:
            continue
        found = pd.DataFrame(_measure_table(name, search))
        known = found if known.empty else pd.concat([known, found])
        known.to_csv(path, index=False, float_format="%.6g", compression={"method": "gzip", "mtime": 0})
    return pd.read_csv(path)


def _measure_table(name: str, search: str) -> Iterator[dict[str, Any]]:
    table = TABLES[name]
    X, X_test, y, y_test = table.split(seed=0)
    measure = find_measure(table.task, y)
    parameters = load_parameters(search)
    changes = {"n_trials": N_TRIALS, "n_jobs": 1, "untuned_boosting": False, **SEARCHES[search]}
    changes |= {"scoring": measure, "model": find_forest(parameters, table.task)}
    sweep = Sweep.model_validate(parameters["sweep"] | changes)
    given: dict[str, Any] = {"y_label": str(y.name), "features": None, "random_seed": 0}
    data = Data.model_validate(parameters["data"] | given)
    train, test = X.assign(**{data.y_label: y}), X_test.assign(**{data.y_label: y_test})
    preparation = prepare_rows(train, find_means(train, data), data)
    configurations = configure_candidates(train, preparation, data, sweep)
    timed = X_test.sample(TIMED_ROWS, replace=True, random_state=0)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (predictions := Path(folder) / "predictions").mkdir()
        storage = open_journal(str(Path(folder) / "journal"))
        artifacts = FileSystemArtifactStore(predictions)
        studies, store = search_and_keep(configurations, storage, artifacts)
        ways = [(choose, Ensemble()) for choose in CHOICES]
        ways += [("best", sweep.ensemble)] if sweep.ensemble.size else []
        for choose, ensemble in ways:
            chosen = {
                key: replace(found, sweep=found.sweep.model_copy(update={"choose": choose}))
                for key, found in configurations.items()
            }
            members = choose_members(studies, chosen, store, ensemble)
            prepared = preparation.transform(train)
            estimator = make_model(members, prepared, data, sweep).fit(prepared, y)
            model = take_raw_rows(preparation, estimator)
            score = evaluate(model, test, data, measure).details["score"]
            yield {
                **{"table": name, "search": search, "score": measure},
                "choose": "ensemble" if ensemble.size else choose,
                "candidate": members[0]["candidate"] if len(members) == 1 else len(members),
                "params": members[0]["params"] if len(members) == 1 else "",
                "seconds": _time(model, timed),
                **{part: score[part] for part in ("value", "low", "high")},
            }


def _time(model: Any, rows: pd.DataFrame) -> float:
    """Measure the processor time of predictions: the median, after one to warm up."""
    times = []
    for _ in range(1 + REPEATS):
        start = process_time()
        model.predict(rows)
        times.append(process_time() - start)
    return median(times[1:])


def tabulate_speed(measured: pd.DataFrame, reference: str = "best") -> pd.DataFrame:
    """Compare each choice with the best trial or the ensemble: speed-up, and loss in standard errors."""
    best = measured[measured["choose"] == reference].set_index(["table", "search"])
    pairs = measured.join(
        best[["seconds", "value", "low", "high"]], ["table", "search"], rsuffix="_best"
    )
    error = (pairs["high_best"] - pairs["low_best"]) / (2 * 1.96)
    return pairs.assign(
        speed_up=pairs["seconds_best"] / pairs["seconds"],
        loss=(pairs["value_best"] - pairs["value"]) / error,
    )


def tabulate_bias(searches: pd.DataFrame) -> str:
    """Show how far the corrected value of each way of choosing is from the true one."""
    cells = searches.assign(error=searches["corrected"] - searches["truth"])
    cells["covered"] = searches["truth"].between(searches["low"], searches["high"])
    lines = [
        [
            f"`{score}`, {choose}",
            "{:+.3f} ± {:.3f}".format(*found["error"].agg(["mean", "sem"])),
            f"{found['covered'].to_numpy(float).mean():.0%}",
        ]
        for (score, choose), found in cells.groupby(["score", "choose"], sort=False)
    ]
    return make_table(["score, choose", "corrected minus true", "in its interval"], lines)


def _compare(measured: pd.DataFrame) -> pd.DataFrame:
    """Compare with what a search delivers otherwise: in a contest the ensemble, else the best trial."""
    parts = [
        tabulate_speed(measured[measured["search"] == search], reference)
        for search, reference in (("contest", "ensemble"), ("base", "best"))
    ]
    pairs = pd.concat(parts)
    return pairs[pairs["choose"].isin(["fastest", "simplest"])]


def judge_speed(measured: pd.DataFrame) -> list[str]:
    """Compare the speed-up in contests with the target."""
    found = _compare(measured)
    found = found[(found["search"] == "contest") & (found["choose"] == "fastest")]
    faster, loss = found["speed_up"].median(), found["loss"].median()
    verdict = "met" if faster >= 3 and loss <= 0.5 else "missed"
    n_tables = len(found)
    return [
        "fastest equal of a contest: median speed-up of 3, at a loss of half a standard error",
        f"{faster:.1f} times, {loss:+.2f} standard errors, against the ensemble",
        f"{n_tables} of {N_TABLES} tables",
        verdict if n_tables == N_TABLES else f"{verdict} so far",
    ]


def tabulate(measured: pd.DataFrame) -> str:
    """Show the median speed-up and loss of each choice over the tables."""
    lines = [
        [
            f"{search}, {choose}",
            f"{found['speed_up'].median():.1f} ({found['speed_up'].min():.1f} to {found['speed_up'].max():.1f})",
            f"{found['loss'].median():+.2f} ({found['loss'].min():+.2f} to {found['loss'].max():+.2f})",
        ]
        for (search, choose), found in _compare(measured).groupby(["search", "choose"], sort=False)
    ]
    return make_table(["search, choose", "times as fast", "loss in standard errors"], lines)
