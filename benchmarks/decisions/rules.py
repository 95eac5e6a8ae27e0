"""Rules to choose a threshold, compared on tables other than the ten: which should the library use?

The rules differ in the share of a logistic curve in the counts, and in how much less than the best value is
as good: `CURVE` and `ABOUT_BEST` of the library, both 0 for the best value itself.
"""

import warnings
from functools import partial
from itertools import product
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.decisions import _threshold
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from benchmarks.decisions.fitting import MODELS, N_FOLDS, Fitted, fit
from benchmarks.decisions.tables import RareTable
from benchmarks.decisions.thresholds import MEASURES, TUNED, choose_ours, choose_tuned, judge
from benchmarks.estimates.collect import collect
from benchmarks.estimates.populations import draw_rows
from benchmarks.markdown import make_table
from benchmarks.strength.servers import ENVIRONMENTS
from benchmarks.strength.tables import TABLES as STRENGTH
from benchmarks.strength.tables import load

N_SPLITS = 2
N_SIMULATED = 200
NEW_ROWS = 20_000
FEWEST_POSITIVE = 10
BEST = "best value"
CHOSEN = "curve 0.3, about 0.01"
RULES = {BEST: (0.0, 0.0)} | {
    f"curve {curve}, about {about}": (curve, about)
    for curve, about in product((0.0, 0.3, 0.5), (0.0, 0.01, 0.02))
    if curve or about
}


def _load_affairs() -> pd.DataFrame:
    table = load("AER", "Affairs")
    return table.assign(affairs=(table["affairs"] > 0) * 1)


def _load_visits() -> pd.DataFrame:
    table = load("AER", "DoctorVisits")
    return table.assign(visits=(table["visits"] > 0) * 1)


def _load_newborns() -> pd.DataFrame:
    table = load("wooldridge", "bwght")
    dropped = ["bwght", "bwghtlbs", "lbwght"]
    return table.drop(columns=dropped, errors="ignore").assign(low=(table["bwght"] < 90) * 1)


NAMES = ["subject_id", "fake_first_name", "fake_last_name", "test_id", "ct_result"]
# How a table is loaded, its target, the rare class, and how many rows are used.
OTHERS: dict[str, tuple[Any, str, Any, int | None]] = {
    "affairs": (_load_affairs, "affairs", 1, None),
    "managers": (partial(load, "AER", "BankWages"), "job", "manage", None),
    "newborns": (_load_newborns, "low", 1, None),
    "cards": (partial(load, "AER", "CreditCard", ["share", "expenditure"]), "card", "no", None),
    "mgus": (partial(load, "survival", "mgus2", ["id", "futime", "death", "ptime"]), "pstat", 1, None),
    "eights": (STRENGTH["digits"].load, "target", 8, None),
    "heads": (partial(load, "DAAG", "headInjury"), "clinically.important.brain.injury", 1, None),
    "tumors": (partial(load, "survival", "nwtco", ["seqno", "edrel"]), "rel", 1, None),
    "arrests": (partial(load, "carData", "Arrests"), "released", "No", None),
    "tests": (partial(load, "medicaldata", "covid_testing", NAMES), "result", "positive", 3_000),
    "uninsured": (partial(load, "AER", "HealthInsurance"), "insurance", "no", 3_000),
    "callbacks": (partial(load, "openintro", "resume"), "received_callback", 1, 3_000),
    "liver": (partial(load, "survival", "nafld1", ["id", "case.id", "futime"]), "status", 1, 3_000),
    "remote": (partial(load, "modeldata", "stackoverflow"), "Remote", "Remote", 3_000),
    "longjobs": (STRENGTH["hpc"].load, "class", "L", 3_000),
    "visits": (_load_visits, "visits", 1, 3_000),
}


def compare_rules() -> pd.DataFrame:
    """Compare the rules on public and simulated tables; a row per table, model, split and measure."""
    cases = [
        ("public", table, model, split)
        for split, table, model in product(range(N_SPLITS), OTHERS, MODELS)
    ]
    cases += [
        ("simulated", "weak" if seed % 2 else "strong", MODELS[seed // 2 % 2], seed)
        for seed in range(N_SIMULATED)
    ]
    return collect("decision_rules", _compare, cases, ["source", "table", "model", "split"])


def _compare(case: tuple[str, str, str, int]) -> list[dict[str, Any]]:
    source, name, model, split = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = ENVIRONMENTS / f"decision_rules/{name}-{split}-{model}.npz"
        if source == "public":
            return measure_rules(case, fit(_find(name), model, split, known))
        fitted = _simulate(name, model, split)
        return measure_rules(case, fitted) if fitted.y.sum() >= FEWEST_POSITIVE else []


def measure_rules(case: tuple[str, str, str, int], fitted: Fitted) -> list[dict[str, Any]]:
    """Measure each rule on one split or simulated table."""
    fn = round(float((1 - fitted.y.mean()) / fitted.y.mean()))
    known = dict(zip(("source", "table", "model", "split"), case, strict=True))
    rows: list[dict[str, Any]] = [known | {"measure": measure} for measure in MEASURES]

    def add(name: str, choose: Any) -> None:
        for row, found in zip(rows, judge(fitted, {name: choose}, {"fp": 1, "fn": fn}), strict=True):
            row[name] = found[-1]

    add(TUNED, choose_tuned)
    for name, (curve, about) in RULES.items():
        with patch.multiple(_threshold, CURVE=curve, ABOUT_BEST=about):
            add(name, choose_ours)
    return rows


def _find(name: str) -> RareTable:
    source, target, positive, sample = OTHERS[name]
    return RareTable(source, target, about="", sample=sample, positive=positive, rows=0, share=0)


def _simulate(signal: str, model: str, seed: int) -> Fitted:
    random = np.random.default_rng([seed, 5])
    n_rows, share = int(np.exp(random.uniform(*np.log((200, 1_500))))), random.uniform(0.05, 0.3)
    rows = draw_rows("calibration", "rare", signal, n_rows + NEW_ROWS, random, share)
    X, y = rows.X[:n_rows], cast(Any, rows.y[:n_rows])
    forest = RandomForestClassifier(40, min_samples_leaf=5, random_state=0)
    estimator = forest if model == "forest" else LogisticRegression()
    out_of_fold = cross_val_predict(estimator, X, y, cv=N_FOLDS, method="predict_proba")[:, 1]
    of_new = estimator.fit(X, y).predict_proba(rows.X[n_rows:])[:, 1]
    return Fitted(y, out_of_fold, rows.y[n_rows:], of_new)


def tabulate_rules(found: pd.DataFrame) -> str:
    """Show how much better than the best value the chosen rule is, and how often it beats scikit-learn."""
    is_public = found["source"] == "public"
    case = found["split"].where(~is_public, -1)  # splits of a public table are averaged
    keys = ["source", "measure", "table", "model", "case"]
    means = found.assign(case=case).drop(columns="split").groupby(keys, sort=False).mean()
    lines = []
    for source, measure in product(("public", "simulated"), MEASURES):
        part, sign = cast(Any, means.loc[source, measure]), -1 if measure == "cost" else 1
        gains = 100 * sign * (part[CHOSEN] - part[BEST]) / part[BEST]
        wins = sign * (part[CHOSEN] - part[TUNED])
        share = float(((wins > 0) + 0.5 * (wins == 0)).mean())
        name = f"{source}, {measure}".replace("_", " ")
        lines.append([name, f"{gains.mean():+.2f}% ± {gains.sem():.2f}", f"{share:.0%}"])
    return make_table(
        ["tables, measure", "gain over the best value", "wins against scikit-learn"], lines
    )
