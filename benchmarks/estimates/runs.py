"""Simulate twenty runs on a table, of which the best is kept: is its corrected value right?

Each run searches a subset of the features with its own configurations, like a user who edits the
parameters and runs again.
"""

import warnings
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.estimates import (
    Effort,
    choose_search,
    correct_selection,
    find_gain,
    summarize_draws,
)
from kedro_sweep.evaluation.metrics import average_folds, find_metric
from kedro_sweep.evaluation.predictions import Predictions, Truth
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.estimates.collect import collect
from benchmarks.estimates.judge import judge_cells, show_cell
from benchmarks.estimates.populations import N_FEATURES, SIGNALS, draw_rows
from benchmarks.estimates.simulation import (
    NEW_ROWS,
    cross_validate,
    draw_model,
    number_classes,
    predict,
    take_rows,
)
from benchmarks.markdown import make_table

N_RUNS = 20
N_CONFIGURATIONS = 8  # of each run
N_KEPT = (3, N_FEATURES)  # fewest and most features of a run
N_DRAWS = 400
SIZES = {100: 40, 300: 40}  # numbers of rows and of tables
SCORES = {
    "balanced": ("accuracy", "roc_auc", "neg_log_loss", "f1_macro"),
    "numbers": ("r2", "neg_mean_absolute_error"),
}
Key = tuple[int, int]  # of a configuration: the run, and its place in it


def simulate_runs() -> pd.DataFrame:
    """Simulate all tables; a row per table and score."""
    cases = [
        (kind, signal, n_rows, seed)
        for n_rows, n_tables in SIZES.items()
        for seed, kind, signal in product(range(n_tables), SCORES, SIGNALS)
    ]
    return collect("runs", simulate, cases, ["kind", "signal", "rows", "seed"])


def simulate(case: tuple[str, str, int, int]) -> list[dict[str, Any]]:
    """Keep the best of all runs on a table by each score, and compare the estimates with the truth."""
    kind, signal, n_rows, seed = case
    random = np.random.default_rng([seed, n_rows, [*SCORES].index(kind), [*SIGNALS].index(signal), 20])
    everything = draw_rows("published", kind, signal, n_rows + NEW_ROWS, random)
    rows, new = take_rows(everything, slice(n_rows)), take_rows(everything, slice(n_rows, None))
    classes = np.unique(everything.y) if rows.has_classes else None
    of_new = Truth(number_classes(new.y, classes), classes, np.zeros(NEW_ROWS, int), np.arange(NEW_ROWS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = [_draw_run(number, random, has_classes=rows.has_classes) for number in range(N_RUNS)]
        truth, flat = cross_validate([make for run in runs for make in run], rows, classes)
        trained: dict[Key, Predictions] = {}

        def deliver(key: Key) -> Predictions:
            if key not in trained:
                model = runs[key[0]][key[1]]().fit(rows.X, rows.y)
                trained[key] = predict(model, new.X, classes)
            return trained[key]

        return [_judge(scoring, truth, flat, of_new, deliver, case) for scoring in SCORES[kind]]


def _judge(
    scoring: str,
    truth: Truth,
    flat: list[Predictions],
    of_new: Truth,
    deliver: Any,
    case: tuple[str, str, int, int],
) -> dict[str, Any]:
    metric = find_metric(scoring)
    assert metric is not None
    values = average_folds(metric, truth, flat, np.ones((1, len(truth.y))))[:, 0]
    values = values.reshape(N_RUNS, N_CONFIGURATIONS)
    corrections = [
        correct_selection(
            truth,
            flat[run * N_CONFIGURATIONS : (run + 1) * N_CONFIGURATIONS],
            scoring,
            "maximize",
            random_seed=case[-1],
            effort=Effort(N_DRAWS, np.arange(N_CONFIGURATIONS), ""),
        )
        for run in range(N_RUNS)
    ]
    draws = [found.draws for found in corrections if found.draws]
    assert len(draws) == N_RUNS, f"a run of {case} has no corrected value"
    chosen = choose_search(draws)
    best = int(np.argmax(values.max(axis=1)))
    alone = corrections[best].estimate
    assert alone is not None

    def score(run: int) -> float:
        delivered = deliver((run, int(np.argmax(values[run]))))
        return float(metric(of_new, delivered, np.ones((1, NEW_ROWS)))[0])

    return {
        **dict(zip(("kind", "signal", "rows", "seed"), case, strict=True)),
        **{"score": scoring, "truth": score(best), "best": values.max(), "alone": alone.value},
        **dict(zip(("corrected", "low", "high"), summarize_draws(chosen), strict=True)),
        "true_gain": score(best) - score(0),
        **dict(zip(("gain", "gain_low", "gain_high"), find_gain(chosen, draws[0]), strict=True)),
    }


def tabulate_runs(outcomes: pd.DataFrame) -> str:
    """Make a table with the error of the best run, corrected for its search alone and for the choice."""
    alone = outcomes.assign(corrected=outcomes["alone"])
    gains = outcomes.assign(
        corrected=outcomes["gain"],
        truth=outcomes["true_gain"],
        low=outcomes["gain_low"],
        high=outcomes["gain_high"],
    )
    by = ["score", "rows", "signal"]
    cells = judge_cells(outcomes, by)
    cells["alone"] = judge_cells(alone, by)["bias"]
    of_gain = judge_cells(gains, by)
    cells["gain"] = [
        f"{cell.coverage:.0%}" if not cell.is_off else f"**{cell.coverage:.0%}**"
        for cell in of_gain.itertuples()
    ]
    header = ["score", "rows", "signal", "best", "corrected for its search", "corrected for the choice"]
    header += ["coverage", "coverage of the gain"]
    lines = []
    for cell in cells.to_dict("records"):
        lines.append(
            [
                str(cell["score"]),
                f"{cell['rows']:,}",
                str(cell["signal"]),
                f"{cell['best_error']:+.3f}",
                f"{cell['alone']:+.3f}",
                *show_cell(cell),
                cell["gain"],
            ]
        )
    return make_table(header, lines)


def _draw_run(number: int, random: np.random.Generator, *, has_classes: bool) -> list[Any]:
    """Draw the configurations of a run: one kind of model, on some of the features."""
    n_kept = random.integers(N_KEPT[0], N_KEPT[1] + 1)
    features = random.choice(N_FEATURES, size=n_kept, replace=False)
    models = [draw_model(number % 3, random, has_classes=has_classes) for _ in range(N_CONFIGURATIONS)]
    return [partial(_select, features, make) for make in models]


def _select(features: Any, make: Any) -> Any:
    return make_pipeline(FunctionTransformer(partial(_take_columns, features)), make())


def _take_columns(features: Any, X: Any) -> Any:
    return X[:, features]
