"""Find the changes to the configuration that a table needs; all else stays as its owner wrote it."""

from typing import Any

from kedro_sweep.errors import InputError
from kedro_sweep.onboarding._yaml_text import escape, get_value
from kedro_sweep.tables import Profile, Split, TableFile

PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"
CONTEST = "conf/contest/parameters_data_science.yml"
EXAMPLE_TABLE = "data/01_raw/WineQT.csv"

Edits = dict[tuple[str, ...], Any]
REMOVED = object()


def edit_entry(entry: Any, file: TableFile, location: str) -> Edits:
    """Describe the file in the catalog, and drop arguments that belonged to another file."""
    entry = entry if isinstance(entry, dict) else {}
    wanted: dict[str, Any] = {"type": file.dataset, "filepath": location}
    wanted |= {"load_args": file.load_args} if file.load_args else {}
    edits = keep_new("raw", entry, {(name,): value for name, value in wanted.items()})
    return edits | {("raw", name): REMOVED for name in entry if name not in {*wanted, "metadata"}}


def edit_columns(parameters: dict[str, Any], profile: Profile, *, keeps_split: bool) -> Edits:
    """Name the columns of the table, and keep the split and slices of the parameters that suit it.

    For the same target, features and columns to drop that the table has stay, too.
    """
    features, kept = find_kept(parameters, profile)
    left_out = [name for name in [*profile.left_out, *kept] if name not in features]
    wanted: Edits = {("y_label",): profile.target, ("features",): features or None, ("drop",): left_out}
    if slices := parameters.get("slices"):
        others = {column.name for column in profile.columns} - {profile.target}
        wanted["slices",] = [name for name in slices if name in others]
    wanted |= {} if keeps_split else {("split",): {"kind": "random", "column": None}}
    others = {escape(column.name) for column in profile.columns} - {escape(profile.target)}
    wanted |= {} if parameters.get("weights") in {None, *others} else {("weights",): None}
    return keep_new("data", parameters, wanted)


def find_kept(parameters: dict[str, Any], profile: Profile) -> tuple[list[str], list[str]]:
    """Find the features of the parameters, and the columns that only they drop, for the same target."""
    written = {escape(column.name): column.name for column in profile.columns}
    is_same = parameters.get("y_label") == escape(profile.target)
    features, dropped = (
        [written[name] for name in parameters.get(key) or () if is_same and name in written]
        for key in ("features", "drop")
    )
    return features, [name for name in dropped if name not in profile.left_out]


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


def keep_new(group: str, values: dict[str, Any], edits: Edits) -> Edits:
    """Keep only the edits that change a value of the group, as they will be written."""
    edits = {path: escape(value) for path, value in edits.items()}
    new = [path for path, value in edits.items() if get_value(values, path, REMOVED) != value]
    return {(group, *path): edits[path] for path in new}
