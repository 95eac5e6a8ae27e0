"""Find the changes to the configuration that a table needs; all else stays as its owner wrote it."""

from typing import Any

import pandas as pd
from sklearn.base import is_classifier, is_regressor

from kedro_sweep.errors import InputError
from kedro_sweep.onboarding._yaml_text import escape, get_value
from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.search.settings import Splitter, check_search_space, list_scorings
from kedro_sweep.search.study import Fold
from kedro_sweep.search.trial import check_scoring
from kedro_sweep.tables import Profile, Split, TableFile

PARAMETERS = "conf/base/parameters.yml"
EXAMPLE_TABLE = "data/01_raw/WineQT.csv"
EXAMPLE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
FOREST = {
    "max_features": {"type": "categorical", "choices": ["sqrt", "log2", 0.5, 0.75, 1.0]},
    "min_samples_leaf": {"type": "int", "low": 1, "high": 40, "log": True},
}
BOOSTING = {
    "max_iter": {"type": "rounds", "low": 20, "high": 2000},
    "learning_rate": {"type": "float", "low": 0.02, "high": 0.3, "log": True},
    "max_leaf_nodes": {"type": "int", "low": 4, "high": 64, "log": True},
    "min_samples_leaf": {"type": "int", "low": 2, "high": 60, "log": True},
    "max_features": {"type": "float", "low": 0.4, "high": 1.0},
    "l2_regularization": {"type": "categorical", "choices": [0.0, 0.1, 1.0, 10.0]},
}
GROWS = {"early_stopping": False}  # the search stops the fits
# For another table, by its target; the ranges are those of conf/contest. Boosting takes long for many
# classes: each step adds a tree per class.
RECOMMENDED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "number": ("sklearn.ensemble.HistGradientBoostingRegressor", GROWS, BOOSTING),
    "two classes": ("sklearn.ensemble.HistGradientBoostingClassifier", GROWS, BOOSTING),
    "classes": ("sklearn.ensemble.ExtraTreesClassifier", {}, FOREST),
}
# Of more, the trees would take gigabytes.
MAX_ROWS_OF_FOREST = 200_000
# With more, so many trials take long, so a limit of seconds is set as well.
MANY_ROWS, SECONDS = 50_000, 300
# The comment above each search space.
SOURCES = {
    "max_iter": "Gradient boosting was best in arXiv 2207.08815. Ranges: arXiv 2311.02971.",
    "max_features": "The number of trees stays 100 (JMLR 18, 181). Ranges: arXiv 2311.02971.",
}
N_TRIALS = {"example": 100, "recommended": 30}  # about a minute on a few thousand rows
Edits = dict[tuple[str, ...], Any]
REMOVED = object()
DEFAULT_FOLDS = 5


def edit_entry(entry: Any, file: TableFile, location: str) -> Edits:
    """Describe the file in the catalog, and drop arguments that belonged to another file."""
    entry = entry if isinstance(entry, dict) else {}
    wanted: dict[str, Any] = {"type": file.dataset, "filepath": location}
    wanted |= {"load_args": file.load_args} if file.load_args else {}
    edits = _keep_new("raw", entry, {(name,): value for name, value in wanted.items()})
    return edits | {("raw", name): REMOVED for name in entry if name not in {*wanted, "metadata"}}


def edit_columns(parameters: dict[str, Any], profile: Profile, *, keeps_split: bool) -> Edits:
    """Name the columns of the table, and keep the split and slices of the parameters that suit it."""
    left_out = list(profile.left_out)
    wanted: Edits = {("y_label",): profile.target, ("features",): None, ("drop",): left_out}
    if slices := parameters.get("slices"):
        others = {column.name for column in profile.columns} - {profile.target}
        wanted["slices",] = [name for name in slices if name in others]
    wanted |= {} if keeps_split else {("split",): {"kind": "random", "column": None}}
    others = {escape(column.name) for column in profile.columns} - {escape(profile.target)}
    wanted |= {} if parameters.get("weights") in {None, *others} else {("weights",): None}
    return _keep_new("data", parameters, wanted)


def edit_model(sweep: dict[str, Any], profile: Profile, target: pd.Series, *, is_example: bool) -> Edits:
    """Replace what does not suit the target and, for another table, the search of the example."""
    wanted: Edits = {}
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
        path, params, space = RECOMMENDED[kind]
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
    return _keep_new("sweep", sweep, wanted)


def chose_search(sweep: dict[str, Any]) -> bool:
    """Check whether the project's owner chose the model or its arguments."""
    model = sweep.get("model") or {}
    forests = (f"sklearn.ensemble.RandomForest{kind}" for kind in ("Classifier", "Regressor"))
    search = model.get("class"), model.get("params") or {}, sweep.get("search_space")
    return search not in [*((path, {}, EXAMPLE) for path in forests), *RECOMMENDED.values()]


def find_split(parameters: dict[str, Any], profile: Profile) -> Split | None:
    """Return the split of the parameters, or None if it does not suit this table."""
    if parameters.get("split") is None:
        return None
    try:
        split = Split.model_validate(parameters["split"])
    except ValueError as error:
        problem = f"data.split in {PARAMETERS} cannot be used: correct it first."
        raise InputError(f"{problem} {error}") from error
    names = {escape(column.name): column.name for column in profile.columns}
    if split.column is None or split.column not in names or names[split.column] == profile.target:
        return None if split.column else split
    return split.model_copy(update={"column": names[split.column]})


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


def _keep_new(group: str, values: dict[str, Any], edits: Edits) -> Edits:
    """Keep only the edits that change a value of the group, as they will be written."""
    edits = {path: escape(value) for path, value in edits.items()}
    new = [path for path, value in edits.items() if get_value(values, path, REMOVED) != value]
    return {(group, *path): edits[path] for path in new}
