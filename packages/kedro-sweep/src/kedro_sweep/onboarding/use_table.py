"""Copy a table into the project, and edit the configuration to suit it."""

import filecmp
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import train_test_split

from kedro_sweep.errors import InputError
from kedro_sweep.onboarding.yaml_text import escape, get_value, remove_key, set_value, write_flow
from kedro_sweep.search import Model, SearchSpace, check_search_space
from kedro_sweep.search.folds import Fold
from kedro_sweep.search.scorers import list_scorings
from kedro_sweep.search.scoring import check_scoring
from kedro_sweep.search.splitter import Splitter
from kedro_sweep.tables import Data, Split, check_classes, select_columns
from kedro_sweep.tables.files import TableFile, read_table
from kedro_sweep.tables.notation import get_notation, show_option
from kedro_sweep.tables.profile import Profile, Task, profile_table
from kedro_sweep.tracking import check_places

RAW = "data/01_raw"
CATALOG = "conf/base/catalog.yml"
PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"
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
SHOWN = 20


@dataclass(frozen=True)
class UsedTable:
    """What `use_table` found and did.

    Attributes:
        file: The table file, as it was read.
        profile: What the table contains.
        folds: Number of folds of the cross-validation.
        splits: Lines for `parameters.yml` that may suit the table, each after the case it is for.
        option: The option that reads texts in columns of numbers as missing values, if they look like
            that.
        changes: What was changed, by file; only files that changed.
    """

    file: TableFile
    profile: Profile
    folds: int
    splits: list[tuple[str, str]]
    option: str | None
    changes: dict[str, list[str]]


def use_table(
    project: Path,
    path: Path,
    target: str,
    task: Task | None = None,
    *,
    overwrite: bool = False,
    load_args: dict[str, Any] | None = None,
) -> UsedTable:
    """Make a table the project's raw table. If there is an error, nothing changes.

    Args:
        project: Folder of the project.
        path: The table. It is copied to `data/01_raw` unless it is already there.
        target: Name of the column to predict.
        task: The kind of model to predict it; None to choose by the target's values.
        overwrite: Whether the copy may replace a different file with the same name.
        load_args: Arguments with which pandas reads the table, in addition to those that are found.

    Returns:
        What was found and changed.

    Raises:
        InputError: If the table, the target or the configuration cannot be used.
    """
    before = {name: _read(project / name) for name in (CATALOG, PARAMETERS, SEARCH)}
    catalog, parameters, search = (_parse(name, text) for name, text in before.items())
    check_places([*parameters, *search])
    data, sweep = parameters.get("data") or {}, search.get("sweep") or {}
    raw = (project / RAW).resolve()
    inside = path.resolve().is_relative_to(raw)
    place = path.resolve() if inside else raw / path.name
    location = place.relative_to(project.resolve()).as_posix()
    new = not (path.is_file() and place.exists() and filecmp.cmp(path, place, shallow=False))
    known = None if new else _find_load_args(catalog.get("raw"), location)
    file = read_table(path, known, load_args)
    if target not in file.table and file.other_sheets:
        raise InputError(
            f"The sheet of {path} has no column '{target}', but there are other sheets: "
            f"{', '.join(file.other_sheets)}. Name one with --sheet."
        )
    profile = profile_table(file.table, target, task, get_notation(file.load_args))
    if new and place.exists() and not overwrite:
        raise InputError(
            f"{RAW}/{path.name} already exists and differs from {path}: rename your file, or replace "
            "the existing one with --overwrite."
        )
    cv = sweep.get("cv")
    _check_rows(file.table, profile, data, cv)
    edits = {
        CATALOG: _edit_entry(catalog.get("raw"), file, location),
        PARAMETERS: _put_under("data", _edit_columns(data, profile)),
        SEARCH: _put_under("sweep", _edit_model(sweep, profile, file.table[target].dropna())),
    }
    after = {name: _apply(before[name], edits[name]) for name in before}
    changed = {name: text for name, text in after.items() if text != before[name]}
    copied: dict[Path, bytes | Path] = {place: path} if new else {}
    _write_together(copied | {project / name: text.encode() for name, text in changed.items()})
    written = {name: [_show(*edit) for edit in edits[name].items()] for name in changed}
    if ("sweep", "scoring") in edits[SEARCH] and sweep.get("direction") == "minimize":
        written[SEARCH].append("sweep.direction is still minimize: accuracy and r2 need maximize")
    return UsedTable(
        file,
        profile,
        _count_folds(cv),
        _suggest_splits(profile),
        _suggest_option(file, profile),
        {location: ["copied" if new else "already there"]} | written,
    )


def _find_load_args(entry: Any, location: str) -> dict[str, Any] | None:
    """Find how the catalog reads this very file; its owner may have changed that."""
    if not isinstance(entry, dict) or entry.get("filepath") != escape(location):
        return None
    args = entry.get("load_args")
    # Only Kedro can resolve ${…}, and only these datasets have the arguments of pandas.
    usable = "${" not in str(args) and str(entry.get("type")).startswith("pandas.")
    return args if isinstance(args, dict) and usable else None


def _edit_entry(entry: Any, file: TableFile, location: str) -> Edits:
    """Describe the file in the catalog, and drop arguments that belonged to another file."""
    entry = entry if isinstance(entry, dict) else {}
    wanted: dict[str, Any] = {"type": file.dataset, "filepath": location}
    wanted |= {"load_args": file.load_args} if file.load_args else {}
    old = [name for name in entry if name not in {*wanted, "metadata"}]
    return _keep_new({"raw": entry}, {("raw", name): value for name, value in wanted.items()}) | {
        ("raw", name): REMOVED for name in old
    }


def _put_under(group: str, edits: Edits) -> Edits:
    return {(group, *path): value for path, value in edits.items()}


def _check_rows(table: pd.DataFrame, profile: Profile, parameters: dict[str, Any], cv: Any) -> None:
    """Raise the errors of a run now, except for rows without a target, which are already reported."""
    split = _find_split(parameters, profile) or Split()
    data = Data(y_label=profile.target, drop=list(profile.left_out), split=split)
    selected = select_columns(table.dropna(subset=[profile.target]), data)
    if split.kind != "random":
        return
    values, frac = selected[profile.target], parameters.get("frac")
    is_classifier = profile.task == "classification"
    if is_classifier:
        check_classes(values)
    if isinstance(cv, int) and isinstance(frac, float):
        _check_folds(values, frac, cv, is_classifier=is_classifier)


def _check_folds(target: pd.Series, frac: float, cv: int, *, is_classifier: bool) -> None:
    try:
        train, _ = train_test_split(target, test_size=frac, stratify=target if is_classifier else None)
        rows = train.value_counts().max() if is_classifier else len(train)
    except ValueError as error:
        raise InputError(
            f"{len(target)} rows cannot be split with data.frac: {frac}. {error}"
        ) from error
    if rows < cv:
        of_class = " of the most frequent class" if is_classifier else ""
        raise InputError(
            f"{len(target)} rows are too few for {cv} folds: the test takes a share of {frac}, and "
            f"{rows} rows{of_class} are left for training. Add rows, or lower sweep.cv in {SEARCH}."
        )


def _count_folds(cv: Any) -> int:
    """Count the folds that each class needs rows for; splitters may name that argument differently."""
    folds = cv.get("params", {}).get("n_splits", DEFAULT_FOLDS) if isinstance(cv, dict) else cv
    return folds if isinstance(folds, int) else DEFAULT_FOLDS


def _find_split(parameters: dict[str, Any], profile: Profile) -> Split | None:
    """Return the split of the parameters, or None if it does not suit this table."""
    if parameters.get("split") is None:
        return None
    try:
        split = Split.model_validate(parameters["split"])
    except ValueError as error:
        raise InputError(
            f"data.split in {PARAMETERS} cannot be used: correct it first. {error}"
        ) from error
    names = {escape(column.name): column.name for column in profile.columns}
    if split.column is None or split.column not in names or names[split.column] == profile.target:
        return None if split.column else split
    return split.model_copy(update={"column": names[split.column]})


def _edit_columns(parameters: dict[str, Any], profile: Profile) -> Edits:
    wanted: Edits = {
        ("y_label",): profile.target,
        ("features",): None,
        ("drop",): list(profile.left_out),
    }
    if _find_split(parameters, profile) is None:
        wanted[("split",)] = {"kind": "random", "column": None}
    return _keep_new(parameters, wanted)


def _suggest_splits(profile: Profile) -> list[tuple[str, str]]:
    group, time = profile.group, profile.time
    cases = {
        "group": (group, f"If new rows will have values of {group} that are not in this table"),
        "time": (time, f"If you predict the future, and {time} says when a row came about"),
    }
    return [
        (case, f"split: {write_flow(escape({'kind': kind, 'column': column}))}")
        for kind, (column, case) in cases.items()
        if column is not None
    ]


def _suggest_option(file: TableFile, profile: Profile) -> str | None:
    """Show how to read as missing what stands among numbers."""
    if file.dataset != "pandas.CSVDataset" or "na_values" in file.load_args:
        return None
    marks: Any = {name: list(odd.marks) for name, odd in profile.numbers_as_text.items() if odd.marks}
    if len(marks) > SHOWN:
        marks = sorted(set().union(*marks.values()))
    return show_option({"na_values": marks}) if marks else None


def _edit_model(sweep: dict[str, Any], profile: Profile, target: pd.Series) -> Edits:
    wanted: Edits = {}
    classifier = profile.task == "classification"
    model = sweep.get("model") or {}
    if not _suits(model, classifier):
        model = model | {"class": CLASSES[profile.task]}
        wanted[("model", "class")] = model["class"]
        try:
            check_search_space(
                Model.model_validate(model), SearchSpace.model_validate(sweep.get("search_space"))
            )
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
    return _keep_new(sweep, wanted)


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


def _keep_new(data: dict[str, Any], edits: Edits) -> Edits:
    """Keep only the edits that change something, as they will be written."""
    edits = {path: escape(value) for path, value in edits.items()}
    return {path: value for path, value in edits.items() if get_value(data, path, REMOVED) != value}


def _apply(text: str, edits: Edits) -> str:
    for path, value in edits.items():
        text = remove_key(text, path) if value is REMOVED else set_value(text, path, value)
    return text


def _show(path: tuple[str, ...], value: Any) -> str:
    name = ".".join(path)
    if isinstance(value, list) and len(value) > SHOWN:
        return f"{name}: {write_flow(value[:SHOWN])[:-1]}, and {len(value) - SHOWN} more]"
    return f"{name} removed" if value is REMOVED else f"{name}: {write_flow(value)}"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise InputError(f"{name} is not valid YAML: correct it first. {error}") from error
    if not isinstance(data, dict):
        raise InputError(f"{name} is not a mapping of names to values: correct it first.")
    return data


def _write_together(contents: dict[Path, bytes | Path]) -> None:
    """Write all files or none: write each next to its destination, then move all of them."""
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            place = path.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".tmp")
            os.close(handle)
            staged[Path(name)] = place
            if isinstance(content, Path):
                shutil.copyfile(content, name)
            else:
                Path(name).write_bytes(content)
            Path(name).chmod(place.stat().st_mode if place.exists() else 0o644)
        for temporary, place in staged.items():
            temporary.replace(place)
    finally:
        for temporary in staged:
            temporary.unlink(missing_ok=True)
