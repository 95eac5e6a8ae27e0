"""How the benchmarks evaluate their measurements."""

import sys
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from benchmarks.decisions.compare import rank
from benchmarks.decisions.fitting import Fitted
from benchmarks.decisions.thresholds import choose_tuned, find_cost
from benchmarks.estimates import collect
from benchmarks.estimates.judge import estimate_share
from benchmarks.estimates.racing_rules import ALL_FOLDS, RULES, Scores, race
from benchmarks.estimates.racing_tables import judge_racing
from benchmarks.estimates.search_and_test import judge_alarms
from benchmarks.estimates.time_blocks import draw_blocks
from benchmarks.optunahub.__main__ import write_package
from benchmarks.scale.rates import find_rate, measure_rounds
from benchmarks.scale.tabulate import SETUPS, choose, estimate_seconds, find_ratios
from benchmarks.speed.growth import find_slopes, list_curves
from benchmarks.speed.row import at_least, at_most_more
from benchmarks.strength.compare import compare, keep_complete, keep_longest
from benchmarks.strength.plan import OVERHEAD, expect_seconds, list_missing
from benchmarks.strength.results import Result, append_result, load_results
from benchmarks.strength.targets import PEERS, judge
from benchmarks.strength.tools import BEST, FULL, PLAIN, UNTUNED
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_predict


def give(tool: str, table: str, *scores: float | None, limit: float = 10) -> list[Result]:
    """The results of a tool on the splits of a table."""
    return [
        Result(tool, table, split, limit, "r2", score, 10.5, 0.1, "2026-01-01", {"cores": 2})
        for split, score in enumerate(scores)
    ]


def test_a_tool_is_compared_once_it_has_run_on_all_tables() -> None:
    results = give(FULL, "a", 0.7) + give(FULL, "b", 0.7) + give(PLAIN, "a", 0.8)
    results += give(BEST, "a", 0.8) + give(BEST, "b", 0.6)
    assert {result.tool for result in keep_complete(results)} == {FULL, BEST}


def test_two_tools_are_compared_split_by_split() -> None:
    results = give(FULL, "a", 0.70, 0.82, 0.90) + give(BEST, "a", 0.72, 0.83, 0.93)
    found = compare(results, ["a"]).differ("a (R²)", FULL, BEST)
    assert found.mean == pytest.approx(-0.02)
    # The splits share rows: 1/3 + 0.25 / 0.75 instead of 1/3 (Nadeau and Bengio 2003).
    assert found.standard_error == pytest.approx(0.01 * (1 / 3 + 1 / 3) ** 0.5)
    # The 97.5% point of the t distribution with two degrees of freedom is 4.303.
    assert found.low == pytest.approx(-0.02 - 4.303 * found.standard_error, abs=1e-5)
    assert not found.is_loss
    results = give(FULL, "a", 0.70, 0.82, 0.900) + give(BEST, "a", 0.72, 0.84, 0.921)
    surer = compare(results, ["a"]).differ("a (R²)", FULL, BEST)
    assert surer.is_loss
    assert not surer.is_win


def test_mean_ranks_of_two_tools_on_two_tables_need_a_difference_of_more_than_one() -> None:
    results = [
        *give(FULL, "a", 0.8),
        *give(BEST, "a", 0.7),
        *give(FULL, "b", 0.8),
        *give(BEST, "b", 0.7),
    ]
    # With two tools, it is 1.960 standard errors of a difference of ranks.
    critical = compare(results, ["a", "b"]).critical_difference
    assert critical == pytest.approx(1.960 * (2 * 3 / (6 * 2)) ** 0.5, abs=1e-3)


def test_a_difference_whose_interval_contains_0_is_no_loss() -> None:
    results = give(FULL, "a", 0.70, 0.80, 0.90) + give(BEST, "a", 0.72, 0.79, 0.92)
    found = compare(results, ["a"]).differ("a (R²)", FULL, BEST)
    assert found.mean < 0
    assert not found.is_loss


def test_tools_are_ranked_on_each_table_and_one_that_failed_is_last() -> None:
    results = [*give(FULL, "a", 0.8, 0.9), *give(BEST, "a", 0.7, 0.8)]
    results += [*give(FULL, "b", 0.5, 0.6), *give(BEST, "b", 0.9, None)]
    comparison = compare(results, ["b", "a"])
    assert comparison.ranks.to_dict() == {FULL: 1.0, BEST: 2.0}
    assert comparison.scores[BEST].isna().to_dict() == {"b (R²)": True, "a (R²)": False}


def test_tools_are_ranked_on_the_splits_that_all_of_them_ran() -> None:
    results = [*give(FULL, "a", 0.8, 0.2), *give(BEST, "a", 0.7), *give(FULL, "b", 0.8)]
    comparison = compare(results, ["a", "b"])
    assert comparison.scores.to_dict("index") == {"a (R²)": {FULL: 0.8, BEST: 0.7}}
    assert comparison.n_splits == 1


def test_two_tools_are_judged_on_the_splits_that_both_ran() -> None:
    results = [*give(FULL, "a", 0.8, 0.9), *give(UNTUNED, "a", 0.9, 0.9), *give(BEST, "a", 0.7)]
    comparison = compare(results, ["a"])
    assert (comparison.n_splits, comparison.count_splits(FULL, UNTUNED)) == (1, 2)
    assert {result.tool for result in keep_longest(results)} == {FULL, UNTUNED}
    rows = judge({10: comparison}, n_tables=1)
    assert ["none", "2 of 10 splits, 1 of 1 tables", "met so far"] in [
        row[3:] for row in rows if row[:1] + row[2:3] == ["10 s", FULL]
    ]


def find_verdicts(limit: float, results: dict[str, list[Result]], n_tables: int = 1) -> list[str]:
    """The verdicts on the targets of a time limit."""
    rows = judge({limit: compare(chain(*results.values()), ["a"])}, n_tables)
    return [row[-1] for row in rows if row[0] == f"{limit:g} s"]


def test_a_target_is_met_only_if_all_other_tools_and_all_splits_were_measured() -> None:
    scores = {FULL: 0.9, PLAIN: 0.6} | dict.fromkeys(PEERS, 0.7)
    falling = [0.1 * split for split in range(5)]
    results = {
        tool: give(tool, "a", *(score - less for less in falling), limit=60)
        for tool, score in scores.items()
    }
    # The mean ranks of both contests, and whether they are below the untuned pipeline.
    assert find_verdicts(60, results) == ["met", "missed", "met", "missed"]
    assert find_verdicts(60, results, n_tables=2)[0] == "met so far"
    # The plain contest is behind another tool, whatever the missing one does.
    del results[BEST], results["FLAML"]
    assert find_verdicts(60, results) == ["not measured", "missed", "met", "missed"]
    assert find_verdicts(60, {tool: found[:1] for tool, found in results.items()})[2] == "not measured"


def test_a_mean_rank_one_behind_the_best_is_within_one_if_there_are_more_tools() -> None:
    results = {tool: give(tool, "a", score, limit=300) for tool, score in [(FULL, 0.8), (BEST, 0.9)]}
    assert find_verdicts(300, results)[0] == "not measured"  # two tools cannot be further apart
    assert find_verdicts(300, results | {PLAIN: give(PLAIN, "a", 0.7, limit=300)})[0] == "met so far"
    assert find_verdicts(300, results | {PLAIN: give(PLAIN, "a", 0.85, limit=300)})[0] == "missed so far"


def test_a_measurement_that_was_stopped_goes_on_with_what_its_file_lacks(tmp_path: Path) -> None:
    path = tmp_path / "reference/strength.jsonl"
    assert load_results(path) == {}
    results = [*give(FULL, "a", 0.8, None), *give(BEST, "a", 0.7)]
    for result in results:
        append_result(result, path)
    with path.open("a") as file:
        file.write('{"tool": "contest, bo')  # stopped while it wrote
    found = load_results(path)
    assert list(found.values()) == results
    missing = list_missing([FULL, BEST], ["a", "b"], [0, 1], 10, found)
    # In turn, each tool is the first.
    assert [key[:3] for key in missing] == [
        (BEST, "b", 0),
        (FULL, "b", 0),
        (BEST, "a", 1),
        (BEST, "b", 1),
        (FULL, "b", 1),
    ]
    append_result(give(FULL, "a", 0.9)[0], path)  # measured again
    assert [result.score for result in load_results(path).values()] == [0.9, None, 0.7]
    # A tool takes as long as before, or as long as its limit.
    assert expect_seconds([(FULL, "b", 0, 10)], found) == pytest.approx(10.6 + OVERHEAD)
    assert expect_seconds([(FULL, "b", 0, 60)], found) == 60 + OVERHEAD


def test_promises_are_about_medians() -> None:
    assert at_least("search", "tutorial", [1, 2, 30], [10, 11, 9], 5).result == 5
    assert not at_least("search", "tutorial", [2.1], [10], 5).met
    assert at_most_more("trial", "plain", [105.0], [100.0], 5, "ms").met
    assert not at_most_more("trial", "plain", [106.0], [100.0], 5, "ms").met


def test_what_takes_ten_times_as_long_for_ten_times_as_much_has_a_slope_of_1() -> None:
    points = {
        f"{rows} rows": {"seconds": seconds, "MiB": 400.0}
        for rows, seconds in [(1_000, 9.0), (10, 3.0), (100, 3.0), (10_000, 90.0)]
    }
    last, overall = find_slopes(list_curves(points, "seconds")["rows"])
    assert last == pytest.approx(1)
    assert 0.4 < overall < 0.6
    assert find_slopes(list_curves(points, "MiB")["rows"]) == pytest.approx((0, 0), abs=1e-9)


def test_workers_in_step_are_no_faster_than_others() -> None:
    in_step = [float(second) for second in range(10) for _ in range(4)]
    apart = [second + worker / 4 for second in range(10) for worker in range(4)]
    assert find_rate(in_step, 4) == find_rate(apart, 4) == 4.0
    assert find_rate(in_step[:12], 4) == 0.0  # three trials of each worker are too few


def test_every_second_round_goes_backwards() -> None:
    measured: list[str] = []

    def measure(name: str) -> float:
        measured.append(name)
        return float(len(measured))

    ways = {name: partial(measure, name) for name in ("a", "b", "c")}
    found = measure_rounds(ways, rounds=3, unit="trials")
    assert "".join(measured) == "abccbaabc"
    assert found == {"a": [1.0, 6.0, 7.0], "b": [2.0, 5.0, 8.0], "c": [3.0, 4.0, 9.0]}


SCALE: dict[str, Any] = {
    # In the third round, the machine was half as fast.
    "throughput": {"1": [0.9, 1.0, 0.5], "16": [14.4, 15.0, 7.0]},
    "storages": {
        "memory": {"1": [500.0, 510.0, 250.0], "2": None},
        "journal": {"1": [200.0, 220.0, 100.0], "2": [300.0, 320.0, 150.0]},
        "PostgreSQL": {"1": [50.0, 55.0, 25.0], "2": [80.0, 85.0, 40.0]},
    },
    "draws": {"100": [0.002, 0.002, 0.004], "1000": [0.005, 0.004, 0.010]},
    "machine": {"cores": 2},
    "measured": {"draws": "2026-01-01"},
}


def test_one_core_is_enough_for_quick_trials_and_many_machines_for_slow_ones() -> None:
    names = [choose(seconds, SCALE).name for seconds in (0.01, 10.0, 600.0)]
    assert names == ["one core", "4 machines", "16 machines"]


def test_no_more_trials_finish_than_the_storage_takes() -> None:
    one, many = SETUPS[0], SETUPS[-1]
    assert estimate_seconds(1.0, one, SCALE) == pytest.approx(1000 * (1 + 0.005 + 1 / 200))
    assert estimate_seconds(1.0, many, SCALE) == 1000 / 80


def test_workers_are_compared_with_one_worker_of_the_same_round() -> None:
    assert find_ratios(SCALE["throughput"], "16") == pytest.approx([16, 15, 14])


def test_a_simulation_that_was_stopped_goes_on_with_the_cases_that_its_file_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "find_searches", lambda name: tmp_path / f"{name}.csv.gz")
    first = collect.collect("squares", square, [(0,), (1,)], ["number"])
    assert first["square"].tolist() == [0, 1]
    first.assign(square=first["square"] + 100).to_csv(tmp_path / "squares.csv.gz", index=False)
    found = collect.collect("squares", square, [(0,), (1,), (2,)], ["number"])
    assert found["square"].tolist() == [100, 101, 4]
    assert [file.name for file in tmp_path.iterdir()] == ["squares.csv.gz"]


def square(case: tuple[int]) -> list[dict[str, Any]]:
    [number] = case
    return [{"number": number, "square": number**2}]


def test_outcomes_of_one_table_count_as_fewer_independent_ones() -> None:
    same, spread = pd.Series([0.0, 1.0] * 20), pd.Series([0.4, 0.6] * 20)
    assert estimate_share(same, 400) == pytest.approx(estimate_share(same, 39))
    share, low, high = estimate_share(spread, 400)
    assert (share, low, high) == pytest.approx((0.5, 0.451, 0.549), abs=1e-3)
    assert estimate_share(pd.Series([0.0] * 10), 100) == pytest.approx((0, 0, 0.278), abs=1e-3)


def test_more_alarms_than_the_target_are_a_miss_and_with_1_000_rows_fewer_found() -> None:
    cell = {"score": "accuracy", "signal": "weak", "tests": 10, "with_interval": 10, "better": 0}
    searches = pd.DataFrame(
        [
            cell | {"rows": rows, "shift": shift, "worse": worse}
            for rows, shift, worse in [(300, 0.0, 0), (1_000, 0.0, 2), (300, 0.1, 1), (1_000, 0.1, 5)]
            for _ in range(40)
        ]
    )
    assert judge_alarms(searches)["is_missed"].tolist() == [False, True, False, True]


def test_a_race_drops_a_trial_that_hardly_any_draw_of_its_first_fold_puts_first() -> None:
    folds = np.array([[0.8, 0.8, 0.8], [0.6, 0.9, 0.9], [0.8, 0.9, 0.9]])
    draws = folds[..., np.newaxis] + np.zeros(100)
    scores = Scores(folds, draws)
    # The second trial ends as the best, but its first fold is bad.
    assert race(RULES["bootstrap, p < 0.01"], scores, [0, 1, 2]) == ([0, 2], 3 + 1 + 3)
    assert race(RULES[ALL_FOLDS], scores, [0, 1, 2]) == ([0, 1, 2], 9)
    assert race(RULES[ALL_FOLDS], scores, [0, 1, 2], most_fits=8) == ([0, 1], 6)


def test_equal_predictions_are_as_likely_to_win_as_to_lose() -> None:
    same = Scores(np.full((2, 3), 0.8), np.full((2, 3, 100), 0.8))
    assert race(RULES["bootstrap, p < 0.05"], same, [0, 1]) == ([0, 1], 6)


def test_a_rule_has_to_save_a_third_of_the_fits_without_a_worse_model_or_more_bias() -> None:
    random = np.random.default_rng(0)
    rows = [
        {"kind": "balanced", "signal": "weak", "rows": 200, "seed": seed, "score": "accuracy"}
        | {"search": "forest", "rule": rule, "fits": fits, "is_dropped": False, "truth_in_half": 0.7}
        | {
            "truth": 0.7 + noise - loss,
            "truth_of_ensemble": np.nan,
            "corrected": 0.7 + noise - loss + bias,
        }
        for seed, noise in enumerate(random.normal(0, 0.01, 20))
        for rule, fits, loss, bias in [
            (ALL_FOLDS, 300, 0.0, 0.0),
            ("good", 150, 0.001 * (-1) ** seed, 0.001 * (-1) ** seed),
            ("slow", 290, 0.0, 0.0),
            ("worse", 150, 0.01 + 0.1 * noise, 0.0),
            ("biased", 150, 0.0, 0.01 + 0.1 * noise),
        ]
    ]
    cells = judge_racing(pd.DataFrame(rows), ["search"]).set_index("rule")
    assert cells["saved"]["good"] == pytest.approx(0.5)
    assert cells["is_missed"].to_dict() == {"good": False, "slow": True, "worse": True, "biased": True}


@pytest.mark.parametrize("is_stationary", [False, True])
def test_blocks_of_time_are_drawn_within_their_fold(is_stationary: bool) -> None:
    folds = np.repeat([0, 1], [40, 60])
    [counts] = draw_blocks(folds, 5, is_stationary, np.arange(100), 500, 0)
    assert (counts[:, :40].sum(axis=1) == 40).all()
    assert (counts[:, 40:].sum(axis=1) == 60).all()
    # Each row is as likely as another one, and neighbors are drawn together.
    assert counts.mean(axis=0) == pytest.approx(np.ones(100), abs=0.25)
    assert np.corrcoef(counts[:, 10], counts[:, 11])[0, 1] > 0.6
    assert abs(np.corrcoef(counts[:, 10], counts[:, 30])[0, 1]) < 0.3


def test_the_threshold_of_stored_predictions_is_the_one_that_scikit_learn_finds_by_fitting_again() -> (
    None
):
    X, y = make_classification(300, weights=[0.8], flip_y=0.2, random_state=0)
    model = LogisticRegression()
    stored = cross_val_predict(model, X, y, cv=5, method="predict_proba")[:, 1]
    fitted = Fitted(y, stored, y, stored)
    again = TunedThresholdClassifierCV(model, scoring="f1").fit(X, y)
    assert choose_tuned(fitted, "f1", {"fp": 1, "fn": 4}) == pytest.approx(again.best_threshold_)


def test_lower_costs_and_higher_scores_rank_first() -> None:
    index = pd.MultiIndex.from_product([["a"], ["forest"], [0, 1]], names=["table", "model", "split"])
    frame = pd.DataFrame({"one": [0.1, 0.3], "other": [0.2, 0.4]}, index)
    assert rank(frame, "cost").to_dict() == {"one": 1, "other": 2}
    assert rank(frame, "f1").to_dict() == {"one": 2, "other": 1}


def test_a_false_negative_costs_more() -> None:
    assert find_cost(np.array([1, 1, 0, 0]), np.array([0, 1, 1, 0]), fp=1, fn=5) == (5 + 1) / 4


def test_the_sampler_proposed_to_optunahub_draws_what_optuna_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path / "fast_tpe")
    spec = spec_from_file_location("fast_tpe", tmp_path / "fast_tpe/__init__.py")
    assert spec
    assert spec.loader
    package = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fast_tpe", package)
    spec.loader.exec_module(package)
    assert "kedro_sweep" not in (tmp_path / "fast_tpe/_tpe.py").read_text()

    def draw(sampler: optuna.samplers.TPESampler) -> list[float]:
        study = optuna.create_study(sampler=sampler)
        study.optimize(lambda trial: trial.suggest_float("x", -9, 9) ** 2, n_trials=20)
        return [trial.params["x"] for trial in study.trials]

    assert draw(package.TPESampler(seed=1)) == draw(optuna.samplers.TPESampler(seed=1))
