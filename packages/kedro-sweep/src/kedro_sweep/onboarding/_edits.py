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
CLASSES = {
    "classification": "sklearn.ensemble.RandomForestClassifier",
    "regression": "sklearn.ensemble.RandomForestRegressor",
}
# The search space of a random forest, for a table that needs another kind of model.
SEARCH_SPACE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}
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
    """Name the columns of the table, and a random split unless that of the parameters suits it."""
    left_out = list(profile.left_out)
    wanted: Edits = {("y_label",): profile.target, ("features",): None, ("drop",): left_out}
    wanted |= {} if keeps_split else {("split",): {"kind": "random", "column": None}}
    return _keep_new("data", parameters, wanted)


def edit_model(sweep: dict[str, Any], profile: Profile, target: pd.Series) -> Edits:
    """Replace the settings of the search that do not suit the target."""
    wanted: Edits = {}
    classifier = profile.task == "classification"
    model = sweep.get("model") or {}
    if not _suits(model, classifier):
        model = model | {"class": CLASSES[profile.task]}
        wanted[("model", "class")] = model["class"]
        try:
            space = SearchSpace.model_validate(sweep.get("search_space"))
            check_search_space(Model.model_validate(model), space)
        except ValueError:  # they belong to the previous model
            wanted |= {("model", "params"): {}, ("search_space",): SEARCH_SPACE}
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


def _suits(model: dict[str, Any], classifier: bool) -> bool:
    try:
        estimator = Model.model_validate(model).make()
    except ValueError:
        return False
    return bool(is_classifier(estimator) if classifier else is_regressor(estimator))


def _keep_new(group: str, values: dict[str, Any], edits: Edits) -> Edits:
    """Keep only the edits that change a value of the group, as they will be written."""
    edits = {path: escape(value) for path, value in edits.items()}
    new = [path for path, value in edits.items() if get_value(values, path, REMOVED) != value]
    return {(group, *path): edits[path] for path in new}
