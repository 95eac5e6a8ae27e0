"""Which model, search space and settings suit a table, for those who have not chosen any."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sklearn.base import is_classifier, is_regressor

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings import (
    Model,
    SearchSpace,
    Splitter,
    check_search_space,
    list_scorings,
)
from kedro_sweep.search.study import Fold
from kedro_sweep.search.trial import check_scoring
from kedro_sweep.tables import Profile

EXAMPLE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
# The candidate of the contest that suits a target. Boosting takes long for many classes: each step adds
# a tree per class.
RECOMMENDED = {
    "number": "hist_gradient_boosting_regressor",
    "two classes": "hist_gradient_boosting",
    "classes": "extra_trees",
}
# Of more, the trees would take gigabytes.
MAX_ROWS_OF_FOREST = 200_000
# With more, so many trials take long, so a limit of seconds is set as well.
MANY_ROWS, SECONDS = 50_000, 300
N_TRIALS = {"example": 100, "recommended": 30}  # about a minute on a few thousand rows
DEFAULT_FOLDS = 5
# Of conf/base, all that a `Sweep` needs or that is not its default, but the model and its search space.
SHIPPED: dict[str, Any] = {
    "n_trials": N_TRIALS["example"],
    "cv": DEFAULT_FOLDS,
    "sampler": {"class": "TPESampler"},
    "pruner": {"class": "NopPruner"},
    "search_rows": 100_000,
}
# By the names of nested parameters.
Changes = dict[tuple[str, ...], Any]


@cache
def load_contest() -> dict[str, Any]:
    """Load `sweep` of conf/contest as this release ships it; do not change what it returns."""
    file = Path(__file__).with_name("contest.yml")
    contest: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["sweep"]
    return contest


def take_candidate(name: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Take class, fixed arguments and search space of a candidate of the contest."""
    found = load_contest()["models"][name]
    return found["class"], found.get("params", {}), found["search_space"]


def recommend(
    sweep: dict[str, Any], profile: Profile, target: pd.Series, *, is_example: bool = False
) -> Changes:
    """Replace what does not suit the target and, for another table, the search of the example."""
    wanted: Changes = {}
    classifier = profile.task == "classification"
    model, space = sweep.get("model") or {}, sweep.get("search_space")
    suits = _suits(model, classifier)
    kinds = ("Regressor", "Classifier") if classifier else ("Classifier", "Regressor")
    counterpart = model | {"class": str(model.get("class")).replace(*kinds)}  # most come in pairs
    if chose_search(sweep) and (suits or _suits(counterpart, classifier, space)):
        wanted[("model", "class")] = (model if suits else counterpart)["class"]
    elif not (suits and is_example):
        boosts = target.nunique() == 2 or len(target) > MAX_ROWS_OF_FOREST
        kind = "number" if not classifier else "two classes" if boosts else "classes"
        path, params, space = take_candidate(RECOMMENDED[kind])
        wanted |= {("model", "class"): path, ("model", "params"): params, ("search_space",): space}
        if sweep.get("n_trials") == N_TRIALS["example"]:
            wanted[("n_trials",)] = N_TRIALS["recommended"]
            if len(target) > MANY_ROWS:
                wanted[("timeout",)] = SECONDS
    if not _cuts(sweep.get("cv"), target):
        wanted[("cv",)] = DEFAULT_FOLDS
    if scorings := list_scorings(sweep.get("scoring")):
        rows = pd.DataFrame({"row": range(len(target))})
        fold = Fold(rows, target, rows, target, rows["row"].to_numpy())
        try:
            for scoring in scorings:
                check_scoring(scoring, [fold], is_classifier=classifier)
        except InputError:
            wanted[("scoring",)] = None
    return wanted


def complete(
    chosen: Mapping[str, Any], profile: Profile, target: pd.Series, *, models: Any = None
) -> dict[str, Any]:
    """Complete settings for another table: what is not chosen is recommended, or as shipped.

    With `models`, the candidates of a contest, the rest of conf/contest is added; `contest` for its own.
    """
    sweep = SHIPPED | dict(chosen)
    others = {name: value for name, value in sweep.items() if name not in {"cv", "scoring"}}
    for (name, *inner), value in recommend(others, profile, target).items():
        if name not in chosen:
            sweep[name] = sweep.get(name, {}) | {inner[0]: value} if inner else value
    if models is None:
        return sweep
    contest = load_contest() | ({} if models == "contest" else {"models": dict(models)})
    if isinstance(own := chosen.get("ensemble"), Mapping):
        chosen = {**chosen, "ensemble": contest["ensemble"] | own}
    return sweep | contest | dict(chosen)


def chose_search(sweep: dict[str, Any]) -> bool:
    """Check whether the project's owner chose the model or its arguments."""
    model = sweep.get("model") or {}
    forests = (f"sklearn.ensemble.RandomForest{kind}" for kind in ("Classifier", "Regressor"))
    search = model.get("class"), model.get("params") or {}, sweep.get("search_space")
    recommended = map(take_candidate, RECOMMENDED.values())
    known = [*((path, {}, EXAMPLE) for path in forests), *recommended]
    return bool(model.get("first_trials")) or search not in known


def _cuts(cv: Any, target: pd.Series) -> bool:
    """Check whether a splitter accepts the target; the run checks whether it accepts the rows."""
    if not isinstance(cv, dict):
        return True
    try:
        next(iter(Splitter.model_validate(cv).build(seed=0).split(target.to_frame(), target, target)))
    except ValueError as error:
        return "target" not in str(error)
    return True


def _suits(model: dict[str, Any], classifier: bool, space: Any = None) -> bool:
    try:
        made = Model.model_validate(model)
        if space is not None:
            check_search_space(made, SearchSpace.model_validate(space))
        estimator = made.make()
    except ValueError:
        return False
    return bool(is_classifier(estimator) if classifier else is_regressor(estimator))
