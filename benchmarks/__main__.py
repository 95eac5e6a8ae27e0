"""Measure every promise about speed in one run: `make bench`."""

import argparse
import json
import logging
import os
import platform
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import optuna
import pandas as pd
from kedro_sweep.search import Model, SearchSpace
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from benchmarks.commands import time_commands
from benchmarks.estimates import compare, simulate_all, simulate_samplers
from benchmarks.measure import measure_peak_memory, time_alternately
from benchmarks.quality import compare_with_skrub, load_parameters
from benchmarks.report import draw_chart, write_page
from benchmarks.splits import compare_over_splits
from benchmarks.tables import TABLES, make_listings
from benchmarks.ways import (
    search_as_in_tutorial,
    search_here,
    search_with_new_workers,
    search_with_optuna_search_cv,
)

ROOT = Path(__file__).parents[1]

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier"}
FOREST_SPACE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
# Rows, trials, most trees of a forest, and how many times faster than the tutorial's way it should be.
GROWING_TABLES = [(10_000, 100, 50, 3.5), (100_000, 30, 20, 1.4)]
# With the cores to use: two workers would draw other trials of a boosting model, forests the same.
OTHERS = {
    "ExtraTrees": (
        {"class": "sklearn.ensemble.ExtraTreesClassifier"},
        FOREST_SPACE,
        os.cpu_count() or 1,
    ),
    "GradientBoosting": (
        {"class": "sklearn.ensemble.GradientBoostingClassifier"},
        {
            "n_estimators": {"type": "int", "low": 2, "high": 50},
            "max_depth": {"type": "int", "low": 1, "high": 5},
        },
        1,
    ),
}
NO_REUSE = {
    "SVC": (
        {"class": "sklearn.svm.SVC"},
        {"C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
    "HistGradientBoosting": (
        {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": {"max_iter": 5}},
        {"learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True}},
    ),
    "Pipeline": (
        {"class": "benchmarks.ways.make_scaled_svc"},
        {"svc__C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
}
PARTS = [
    "forest",
    "text",
    "text_many",
    "others",
    "no_reuse",
    "memory",
    "commands",
    "growth",
    "quality",
    "estimates",
    "splits",
]


@dataclass
class Row:
    """One promise and what was measured.

    Attributes:
        what: What was run.
        against: What it is compared with.
        ours: Our figure.
        theirs: The other's figure.
        unit: Unit of both.
        result: What the promise is about: a ratio or a difference.
        target: The promise, in words.
        met: Whether it holds.
    """

    what: str
    against: str
    ours: float
    theirs: float
    unit: str
    result: float
    target: str
    met: bool


def load_all_wine() -> pd.DataFrame:
    """Load the table of the example, without copies and identifier.

    Returns:
        Features and target.
    """
    return pd.read_csv(ROOT / "data/01_raw/WineQT.csv").drop(columns="Id").drop_duplicates()


def load_wine() -> tuple[pd.DataFrame, pd.Series]:
    """Load the training rows of the example.

    Returns:
        Features and target.
    """
    table = load_all_wine()
    train, _ = train_test_split(table, test_size=0.15, random_state=42, stratify=table["quality"])
    return train.drop(columns="quality"), train["quality"]


def at_least(what: str, against: str, ours: float, theirs: float, target: float) -> Row:
    """Compare two times: ours should be so many times shorter.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our seconds.
        theirs: The other's seconds.
        target: The ratio to reach.

    Returns:
        The row.
    """
    ratio = theirs / ours
    words = f"at least {target:g} times faster"
    return Row(what, against, ours, theirs, "s", ratio, words, ratio >= target)


def at_most(what: str, against: str, ours: float, theirs: float, target: float, unit: str = "s") -> Row:
    """Compare two figures: ours should be so many times the other's at most.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our figure.
        theirs: The other's figure.
        target: The ratio not to exceed.
        unit: Unit of both.

    Returns:
        The row.
    """
    ratio = ours / theirs
    return Row(what, against, ours, theirs, unit, ratio, f"at most {target:g} times", ratio <= target)


def at_most_more(
    what: str, against: str, ours: float, theirs: float, target: float, unit: str = "s"
) -> Row:
    """Compare two figures: ours should exceed the other's by so much at most.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our figure.
        theirs: The other's figure.
        target: The difference not to exceed.
        unit: Unit of all three.

    Returns:
        The row.
    """
    more = ours - theirs
    words = f"at most {target:g} {unit} more"
    return Row(what, against, ours, theirs, unit, more, words, more <= target)


def bench_forest(
    n_trials: int, target: float, repeats: int, *, all_ways: bool
) -> tuple[list[Row], dict[str, list[float]]]:
    """Measure the default search against the tutorial's way, and against OptunaSearchCV.

    Args:
        n_trials: Number of trials.
        target: How many times faster than the tutorial's way it should be.
        repeats: How often each way is run.
        all_ways: Whether OptunaSearchCV and a study in memory are measured, too.

    Returns:
        The rows, and for each way the seconds after which each trial was finished.
    """
    X, y = load_wine()
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    cores = os.cpu_count() or 1
    one_core, all_cores = "Kedro Sweep, 1 core", f"Kedro Sweep, {cores} cores"
    ways = {
        all_cores: lambda: search_here(X, y, model, space, n_trials, cores),
        "tutorial": lambda: search_as_in_tutorial(X, y, model, space, n_trials, -1),
        one_core: lambda: search_here(X, y, model, space, n_trials, 1),
    }
    if all_ways:
        ways["in memory"] = lambda: search_here(X, y, model, space, n_trials, 1, True)
        ways["OptunaSearchCV"] = lambda: search_with_optuna_search_cv(X, y, model, space, n_trials)
    seconds, studies = time_alternately(ways, repeats)
    for name in set(studies) - {"tutorial", "OptunaSearchCV"}:
        check_same_trials(studies["tutorial"], studies[name])
    rows = [
        at_least(
            f"{n_trials} trials ({name})",
            "the tutorial's objective, all cores",
            seconds[name],
            seconds["tutorial"],
            target,
        )
        for name in (one_core, all_cores)
    ]
    if all_ways:
        one, memory = seconds[one_core], seconds["in memory"]
        what = f"{n_trials} trials (1 core)"
        rows.append(at_least(what, "OptunaSearchCV", one, seconds["OptunaSearchCV"], 4))
        ours, theirs = 1000 * one / n_trials, 1000 * memory / n_trials
        rows.append(at_most_more("a trial in a journal", "in memory", ours, theirs, 5, "ms"))
    curves = {name: finish_times(studies[name]) for name in seconds if name != "in memory"}
    return rows, curves


def check_same_trials(left: optuna.Study, right: optuna.Study) -> None:
    """Check that two ways ran the very same trials.

    Args:
        left: A study.
        right: Another.

    Raises:
        AssertionError: If a parameter or a value differs in any bit.
    """
    pairs = zip(left.get_trials(), right.get_trials(), strict=True)
    if any((a.params, a.value) != (b.params, b.value) for a, b in pairs):
        raise AssertionError("the ways that are compared did not run the same trials")


def finish_times(study: optuna.Study) -> list[float]:
    """Tell when each trial was finished.

    Args:
        study: The study.

    Returns:
        Seconds since the first trial began.
    """
    trials = study.get_trials(deepcopy=False)
    start = trials[0].datetime_start
    return [
        (trial.datetime_complete - start).total_seconds()
        for trial in trials
        if trial.datetime_complete and start
    ]


def bench_no_reuse(n_trials: int, repeats: int) -> list[Row]:
    """Measure estimators whose fits share nothing.

    Args:
        n_trials: Number of trials.
        repeats: How often each is run.

    Returns:
        The rows.
    """
    X, y = load_wine()
    rows = []
    for name, (model_params, space_params) in NO_REUSE.items():
        model = Model.model_validate(model_params)
        space = SearchSpace.model_validate(space_params)
        seconds, studies = time_alternately(
            {
                "plain": lambda: search_as_in_tutorial(X, y, model, space, n_trials, 1),  # noqa: B023
                "one": lambda: search_here(X, y, model, space, n_trials, 1),  # noqa: B023
                "two": lambda: search_with_new_workers(X, y, model, space, n_trials, 2),  # noqa: B023
            },
            repeats,
        )
        check_same_trials(studies["plain"], studies["one"])
        against = "cross_val_score in the objective, n_jobs=1"
        what = f"{name}, {n_trials} trials, n_jobs"
        rows.append(at_most(f"{what} 1", against, seconds["one"], seconds["plain"], 1.02))
        rows.append(at_least(f"{what} 2", against, seconds["two"], seconds["plain"], 1.6))
    return rows


def bench_text(n_trials: int, target: float, repeats: int) -> Row:
    """Measure a forest behind the encoders of two texts and a date.

    Args:
        n_trials: Number of trials.
        target: The ratio to reach.
        repeats: How often each way is run.

    Returns:
        The row.
    """
    X = make_listings(np.random.default_rng(0))
    y = X.pop("sold")
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    seconds, studies = time_alternately(
        {
            "plain": lambda: search_as_in_tutorial(X, y, model, space, n_trials, 1),
            "ours": lambda: search_here(X, y, model, space, n_trials, 1),
        },
        repeats,
    )
    check_same_trials(studies["plain"], studies["ours"])
    what = f"2,000 rows with two texts and a date, {n_trials:,} trials (1 core, runs: {repeats})"
    against = "cross_val_score in the objective, n_jobs=1"
    return at_least(what, against, seconds["ours"], seconds["plain"], target)


def bench_quality() -> list[dict[str, Any]]:
    """Compare test scores with skrub's untuned pipeline.

    Returns:
        For each table, the mean scores of both, their difference and its standard error.
    """
    results = []
    for name, table in TABLES.items():
        scores = compare_with_skrub(table)
        results.append(
            {
                "table": name,
                "score": "accuracy" if table.task == "classification" else "R²",
                "ours": mean(scores.ours),
                "theirs": mean(scores.theirs),
                "difference": scores.mean,
                "standard_error": scores.standard_error,
            }
        )
    return results


def bench_memory(sizes: list[int]) -> Row:
    """Measure how much memory more trials take.

    Args:
        sizes: The fewest and the most trials.

    Returns:
        The row.
    """
    code = (
        "import sys\n"
        "from benchmarks.__main__ import *\n"
        "X, y = load_wine()\n"
        "search_here(X, y, Model.model_validate(FOREST),"
        " SearchSpace.model_validate(FOREST_SPACE), int(sys.argv[1]), 1)"
    )
    few, many = (measure_peak_memory(code, str(n)) for n in (sizes[0], sizes[-1]))
    return at_most(f"peak memory of {sizes[-1]} trials", f"{sizes[0]} trials", many, few, 1.3, "MiB")


def bench_commands(repeats: int) -> list[Row]:
    """Measure what `kedro run` costs beside the search.

    Args:
        repeats: How often each command is run.

    Returns:
        The rows.
    """
    seconds = time_commands(ROOT, repeats)
    empty, imports, unchanged = seconds["empty"], seconds["imports"], seconds["unchanged"]
    return [
        at_most_more(
            f"kedro run, nothing changed (its imports alone: {imports:.2f} s)",
            "kedro run of an empty pipeline",
            unchanged,
            empty,
            1.5,
        ),
        at_most(
            "start-up (kedro run --pipelines dp)",
            "without any extra",
            seconds["default"],
            seconds["lean"],
            1.15,
        ),
    ]


def bench_rows(repeats: int) -> list[Row]:
    """Measure forests on growing tables: the fewer trees are grown twice, the less there is to gain.

    Args:
        repeats: How often each way is run.

    Returns:
        The rows.
    """
    rows = []
    for n_rows, n_trials, largest, target in GROWING_TABLES:
        features, classes = make_classification(n_rows, 11, n_informative=6, random_state=0)
        X, y = pd.DataFrame(features).rename(columns=str), pd.Series(classes, name="y")
        space = FOREST_SPACE | {"n_estimators": {"type": "int", "low": 2, "high": largest}}
        what = f"{n_rows:,} rows, {n_trials} trials of up to {largest} trees"
        cores = os.cpu_count() or 1
        rows.append(_compare_with_tutorial(what, X, y, FOREST, space, cores, n_trials, target, repeats))
    return rows


def bench_others(n_trials: int, repeats: int) -> list[Row]:
    """Measure the other models whose trials share what they fit.

    Args:
        n_trials: Number of trials.
        repeats: How often each way is run.

    Returns:
        The rows.
    """
    X, y = load_wine()
    return [
        _compare_with_tutorial(
            f"{name}, {n_trials} trials", X, y, model, space, cores, n_trials, 1, repeats
        )
        for name, (model, space, cores) in OTHERS.items()
    ]


def _compare_with_tutorial(
    what: str,
    X: pd.DataFrame,
    y: pd.Series,
    model_params: dict[str, Any],
    space_params: dict[str, Any],
    cores: int,
    n_trials: int,
    target: float,
    repeats: int,
) -> Row:
    """Measure a search against the tutorial's way on all cores."""
    model, space = Model.model_validate(model_params), SearchSpace.model_validate(space_params)
    seconds, studies = time_alternately(
        {
            "tutorial": lambda: search_as_in_tutorial(X, y, model, space, n_trials, -1),
            "ours": lambda: search_here(X, y, model, space, n_trials, cores),
        },
        repeats,
    )
    check_same_trials(studies["tutorial"], studies["ours"])
    against = "the tutorial's objective, all cores"
    return at_least(f"{what} (cores: {cores})", against, seconds["ours"], seconds["tutorial"], target)


def describe_machine() -> dict[str, Any]:
    """Tell what the figures were measured on.

    Returns:
        Processor, cores, and the versions that matter.
    """
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("kedro", "optuna", "scikit-learn", "pandas")},
    }


def main() -> None:
    """Measure, print the table, write it and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs=2, default=[100, 1000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-reuse-trials", type=int, default=100)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure these only")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    few, many = options.trials
    page = options.output / "benchmarks.json"
    results = json.loads(page.read_text()) if page.exists() else {"rows": {}}
    rows = results["rows"]
    if "forest" in options.parts:
        few_rows, curves = bench_forest(few, 5, options.repeats, all_ways=True)
        more_rows, more_curves = bench_forest(many, 25, options.repeats, all_ways=False)
        rows["forest"], results["curves"] = few_rows + more_rows, curves | more_curves
    if "text" in options.parts:
        rows["text"] = [bench_text(few, 6, options.repeats)]
    if "text_many" in options.parts:  # the other way takes up to an hour
        rows["text_many"] = [bench_text(many, 25, repeats=1)]
    if "others" in options.parts:
        rows["others"] = bench_others(few, options.repeats)
    if "no_reuse" in options.parts:
        rows["no_reuse"] = bench_no_reuse(options.no_reuse_trials, options.repeats)
    if "memory" in options.parts:
        rows["memory"] = [bench_memory(options.trials)]
    if "commands" in options.parts:
        rows["commands"] = bench_commands(options.repeats)
    if "growth" in options.parts:
        rows["growth"] = bench_rows(options.repeats)
    if "quality" in options.parts:
        results["quality"] = bench_quality()
    if "estimates" in options.parts:  # takes up to an hour
        results["estimates"] = compare(simulate_all(), simulate_samplers())
    if "splits" in options.parts:
        results["splits"] = compare_over_splits(load_all_wine(), load_parameters())
    results["machine"] = describe_machine()
    today = datetime.now(UTC).date().isoformat()
    results["measured"] = results.get("measured", {}) | dict.fromkeys(options.parts, today)
    (options.output / "images").mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps(results, indent=1, default=asdict) + "\n")
    results = json.loads(page.read_text())
    draw_chart(results["curves"], options.output / "images/benchmark.png")
    print(write_page(results, options.output / "benchmarks.md"))


if __name__ == "__main__":
    main()
