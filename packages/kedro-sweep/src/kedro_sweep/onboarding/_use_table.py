"""Copy a table into the project, and edit the configuration to suit it."""

import filecmp
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import yaml

from kedro_sweep import tables
from kedro_sweep.errors import InputError
from kedro_sweep.onboarding import _edits as edit
from kedro_sweep.onboarding._edits import CONTEST, PARAMETERS, REMOVED, SEARCH
from kedro_sweep.onboarding._from_search import FoundSearch, continue_search
from kedro_sweep.onboarding._yaml_text import escape, remove_key, set_value, write_flow
from kedro_sweep.platforms import replacing
from kedro_sweep.search.recommended import DEFAULT_FOLDS, chose_search, recommend
from kedro_sweep.tables import Data, Profile, Split, TableFile, Task
from kedro_sweep.text import names
from kedro_sweep.tracking import check_places

RAW = "data/01_raw"
CATALOG = "conf/base/catalog.yml"
SHOWN = 20
RARE = 0.2  # share of the rarest class


@dataclass(frozen=True)
class UsedTable:
    """What `use_table` found and did."""

    file: TableFile
    profile: Profile
    folds: int
    # Lines for `parameters.yml` that may suit the table, each after the case it is for.
    splits: list[tuple[str, str]]
    # The same for other lines, by the file and the group that they belong to.
    decisions: list[tuple[str, str]]
    # The option that reads texts in columns of numbers as missing values, if it may help.
    option: str | None
    changes: dict[str, list[str]]  # by file
    studies: list[optuna.Study]  # that the project continues
    command: str  # to run next


def use_table(
    project: Path,
    path: Path,
    target: str,
    task: Task | None = None,
    *,
    overwrite: bool = False,
    load_args: dict[str, Any] | None = None,
    search: FoundSearch | None = None,
) -> UsedTable:
    """Make a table the project's raw table. If there is an error, nothing changes.

    Args:
        project: Folder of the project.
        path: The table. It is copied to `data/01_raw` unless it is already there.
        target: Name of the column to predict.
        task: The kind of model to predict it; None to choose by the target's values.
        overwrite: Whether the copy may replace a different file with the same name.
        load_args: Arguments with which pandas reads the table, in addition to those that are found.
        search: A search of this table that the project continues, with its settings.

    Returns:
        What was found and changed.

    Raises:
        InputError: If the table, the target or the configuration cannot be used.
    """
    files = [CATALOG, PARAMETERS, SEARCH, *([CONTEST] if (project / CONTEST).exists() else [])]
    read = {name: _read(project / name) for name in files}
    parsed = {name: content for name, (_, content) in read.items()}
    catalog, parameters = parsed[CATALOG], parsed[PARAMETERS]
    check_places([*parameters, *parsed[SEARCH]])
    data, sweep = parameters.get("data") or {}, parsed[SEARCH].get("sweep") or {}
    raw = (project / RAW).resolve()
    inner = path.resolve().relative_to(raw) if path.resolve().is_relative_to(raw) else Path(path.name)
    place, location = raw / inner, Path(RAW, inner).as_posix()  # the folder may be a link to elsewhere
    new = not (path.is_file() and place.exists() and filecmp.cmp(path, place, shallow=False))
    known = None if new else _find_load_args(catalog.get("raw"), location)
    file = tables.read_table(path, known, load_args)
    if target not in file.table and file.other_sheets:
        raise InputError(
            f"The sheet of {path} has no column '{target}', but there are other sheets: "
            f"{', '.join(file.other_sheets)}. Name one with --sheet."
        )
    notation = tables.get_notation(file.load_args)
    profile = tables.profile_table(file.table, target, task, notation)
    if new and place.exists() and not overwrite:
        raise InputError(
            f"{RAW}/{path.name} already exists and differs from {path}: rename your file, or replace "
            "the existing one with --overwrite."
        )
    cv, split = sweep.get("cv"), edit.find_split(data, profile)
    edits = {CATALOG: edit.edit_entry(catalog.get("raw"), file, location)}
    studies: list[optuna.Study] = []
    if search is not None:
        found, studies = continue_search(search, parsed, file.table)
        edits |= found
    else:
        _check_rows(file.table, profile, split or Split(), data.get("frac"), cv)
        is_example = location == edit.EXAMPLE_TABLE
        wanted = recommend(sweep, profile, file.table[target].dropna(), is_example=is_example)
        edits[PARAMETERS] = edit.edit_columns(data, profile, keeps_split=split is not None)
        edits[SEARCH] = edit.keep_new("sweep", sweep, wanted)
    model = edits[SEARCH]
    before = {name: read[name][0].replace("\r\n", "\n") for name in edits}
    after = {name: _apply(before[name], edits[name]) for name in edits}
    changed = {name: text for name, text in after.items() if text != before[name]}
    contents = {
        project / name: text.replace("\n", "\r\n" if "\r\n" in read[name][0] else "\n").encode()
        for name, text in changed.items()
    }
    _write_together(contents | {place: path.read_bytes()} if new else contents)
    written = {name: [_show(*edit) for edit in edits[name].items()] for name in changed}
    if search is None and chose_search(sweep) and ("sweep", "search_space") not in model:
        kept = "sweep.search_space stays: this search is not the example's"
        written.setdefault(SEARCH, []).append(kept)
    if search is None and (kept_columns := _list_kept(data, profile)):
        written.setdefault(PARAMETERS, []).extend(kept_columns)
    if search is None and ("sweep", "scoring") in model and sweep.get("direction") == "minimize":
        written[SEARCH].append("sweep.direction is still minimize: accuracy and r2 need maximize")
    changes = {location: ["copied" if new else "already there"]} | written
    splits, option = _suggest_splits(profile), _suggest_option(file, profile)
    folds, decisions = _count_folds(cv), _suggest_decisions(profile)
    command = "kedro run --env contest" if CONTEST in edits else "kedro run"
    return UsedTable(file, profile, folds, splits, decisions, option, changes, studies, command)


def find_raw(project: Path) -> Path:
    """Find the file of the project's raw table."""
    entry = _read(project / CATALOG)[1].get("raw")
    if isinstance(entry, dict) and isinstance(entry.get("filepath"), str):
        return project / str(entry["filepath"])
    raise InputError(f"raw in {CATALOG} is not a file: name the table that was searched as FILE.")


def _find_load_args(entry: Any, location: str) -> dict[str, Any] | None:
    """Find how the catalog reads this very file; its owner may have changed that."""
    if not isinstance(entry, dict) or entry.get("filepath") != escape(location):
        return None
    args = entry.get("load_args")
    # Only Kedro can resolve ${…}, and only these datasets have the arguments of pandas.
    usable = "${" not in str(args) and str(entry.get("type")).startswith("pandas.")
    return args if isinstance(args, dict) and usable else None


def _check_rows(table: pd.DataFrame, profile: Profile, split: Split, frac: Any, cv: Any) -> None:
    """Raise the errors of a run now, except for rows without a target, which are already reported."""
    shares = {"frac": frac} if isinstance(frac, float) else {}
    try:
        data = Data(y_label=profile.target, drop=list(profile.left_out), split=split, **shares)
    except ValueError as error:
        raise InputError(f"data.frac in {PARAMETERS} is {frac}: it must be between 0 and 1.") from error
    rows = tables.select_columns(table.dropna(subset=[profile.target]), data)
    if split.kind != "random":
        return
    classes = rows[profile.target] if profile.task == "classification" else None
    train, _ = tables.split_at_random(rows, data, classes)
    left = len(train) if classes is None else train[profile.target].value_counts().max()
    if isinstance(cv, int) and left < cv:
        of_class = "" if classes is None else " of the most frequent class"
        raise InputError(
            f"{len(rows)} rows are too few for {cv} folds: the test takes a share of {data.frac}, and "
            f"{left} rows{of_class} are left for training. Add rows, or lower sweep.cv in {SEARCH}."
        )


def _list_kept(data: dict[str, Any], profile: Profile) -> list[str]:
    kept = dict(zip(("features", "drop"), edit.find_kept(data, profile), strict=True))
    rest = "edit it by hand if it should change"
    return [f"data.{key} keeps {names(own)}: {rest}" for key, own in kept.items() if own]


def _count_folds(cv: Any) -> int:
    """Count the folds that each class needs rows for; splitters may name that argument differently."""
    folds = cv.get("params", {}).get("n_splits", DEFAULT_FOLDS) if isinstance(cv, dict) else cv
    return folds if isinstance(folds, int) else DEFAULT_FOLDS


def _suggest_splits(profile: Profile) -> list[tuple[str, str]]:
    group, time = profile.group, profile.time
    cases = (
        ("group", group, f"If new rows will have values of {group} that are not in this table"),
        ("time", time, f"If you predict the future, and {time} says when a row came about"),
    )
    return [
        (case, f"split: {write_flow(escape({'kind': kind, 'column': column}))}")
        for kind, column, case in cases
        if column is not None
    ]


def _suggest_decisions(profile: Profile) -> list[tuple[str, str]]:
    """Suggest a score and a threshold where the rarest class is rare; accuracy would ignore it."""
    counts = profile.classes.values()
    if len(counts) < 2 or min(counts) >= RARE * sum(counts):
        return []
    score = "roc_auc" if len(counts) == 2 else "neg_log_loss"
    lines = [
        (
            f"To rank rows well rather than to be right about most, under sweep in {SEARCH}",
            f"scoring: {score}",
        )
    ]
    if len(counts) == 2:
        lines += [
            (f"To act on the rare class, under decision in {PARAMETERS}", "threshold: auto"),
            ("If errors have a price, under decision as well", "costs: { fp: 1, fn: 5 }"),
        ]
    return lines


def _suggest_option(file: TableFile, profile: Profile) -> str | None:
    """Show how to read as missing what stands among numbers."""
    if file.dataset != "pandas.CSVDataset":
        return None
    marks: Any = {name: list(odd.marks) for name, odd in profile.numbers_as_text.items() if odd.marks}
    known = file.load_args.get("na_values", [])
    if isinstance(known, dict):
        marks = {name: [*_as_list(known.get(name, [])), *own] for name, own in marks.items()}
    elif marks and (known or len(marks) > SHOWN):
        marks = [*_as_list(known), *sorted(set().union(*marks.values()))]
    return tables.show_option({"na_values": marks}) if marks else None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _apply(text: str, edits: edit.Edits) -> str:
    for path, value in edits.items():
        text = remove_key(text, path) if value is REMOVED else set_value(text, path, value)
    return text


def _show(path: tuple[str, ...], value: Any) -> str:
    name = ".".join(path)
    if isinstance(value, list) and len(value) > SHOWN:
        return f"{name}: {write_flow(value[:SHOWN])[:-1]}, and {len(value) - SHOWN} more]"
    if path[-1] in {"models", "search_space"}:
        value = [*value]  # the file shows the rest
    return f"{name} removed" if value is REMOVED else f"{name}: {write_flow(value)}"


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode()
        parsed = yaml.safe_load(text) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: correct it first. {error}") from error
    if not isinstance(parsed, dict):
        raise InputError(f"{path} is not a mapping of names to values: correct it first.")
    return text, parsed


def _write_together(contents: dict[Path, bytes]) -> None:
    """Write all files or none: write each next to its destination, then move all of them.

    The last one is moved first: the table, which another program is most likely to have open.
    """
    with ExitStack() as stack:
        for path, content in contents.items():
            place = path.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            part = stack.enter_context(replacing(place))
            part.write_bytes(content)
            if place.exists():
                shutil.copymode(place, part)
