"""What a run records about its tables: parameters, contents, numbers of rows, groups of rows."""

import hashlib
from functools import partial
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.tables._distributions import describe_distribution, draw_parts
from kedro_sweep.tables._duplicates import find_repeated
from kedro_sweep.tables._features import label_rows, list_features
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables._roles import find_group, is_identifier

REMEDY = "Run the pipeline that makes the tables again, or all pipelines."


def check_parameters(record: dict[str, Any], now: dict[str, Any]) -> None:
    """Check that the tables were made with these parameters; features may have been dropped since."""
    changed = []
    columns = record["tables"]["train"]["columns"]
    for name, value in now.items():
        before = record["parameters"].get(name)
        key = f"data.{name}" if name in Data.model_fields else name
        if name == "features" and value is not None:
            if new := [feature for feature in value if feature not in columns]:
                changed.append(f"{key}: {new} are new")
        elif value != before and (value or before):  # an earlier release had fewer parameters
            changed.append(f"{key} {before} → {value}")
    if changed:
        raise InputError(
            "The training and test tables were made with other parameters than those of this run: "
            f"{'; '.join(changed)}. {REMEDY}"
        )


def check_table(table: pd.DataFrame, record: dict[str, Any], part: str, file: str) -> None:
    """Check that a table that was loaded from a file equals the one that was saved."""
    before, now = record["tables"][part], describe_table(table)
    if before == now:
        return
    if before["rows"] != now["rows"]:
        reason = f"it has {now['rows']} rows, but {before['rows']} were saved"
    elif before["labels"] != now["labels"]:
        reason = "the labels of its rows differ"
    else:
        pairs = before["columns"].items() ^ now["columns"].items()
        reason = f"the columns {sorted({name for name, _ in pairs})} differ"
    raise InputError(
        f"{file} is not what was saved: {reason}. {REMEDY} If that does not help, the format of the "
        "file cannot hold a value (an empty text, or NA as a class, in a CSV file): choose another in "
        "conf/base/catalog.yml."
    )


def check_preparation(loaded: ColumnTransformer, made: ColumnTransformer, train: pd.DataFrame) -> None:
    """Check that a step that was loaded does what the one that the tables and parameters make does."""
    before, now = ([*step.get_feature_names_out()] for step in (loaded, made))
    if before == now:
        gaps = train[[*made.feature_names_in_]].head(1)
        gaps[gaps.select_dtypes("number").columns] = float("nan")
        if loaded.transform(gaps).equals(made.transform(gaps)):
            return
    problem = f"picks {before}, but the tables and parameters of this run need {now}"
    if before == now:
        problem = "fills gaps with other values than those in 'means'"
    raise InputError(f"The loaded 'preparation' {problem}: run `kedro run --pipelines ds`.")


def mark_rows(described: dict[str, Any], target: str) -> str:
    """Mark the rows of a table that is described in a record, by their labels and their target."""
    return f"{described['labels']}-{described['columns'][target]}"


def describe_table(table: pd.DataFrame) -> dict[str, Any]:
    """Describe a table so that its content can be compared after it was saved."""
    return {
        "rows": len(table),
        "labels": _hash(table.index.to_series()),
        "columns": {str(name): _hash(table[name]) for name in table.columns},
    }


def _hash(values: pd.Series) -> str:
    """Hash values regardless of their type, which may change when they are saved to a file."""
    if is_numeric_dtype(values.dtype):
        content = values.to_numpy(dtype=float, na_value=float("nan")).tobytes()
    else:
        content = "\0".join(values.astype("object").map(str)).encode()
    return hashlib.sha256(content).hexdigest()[:12]


def summarize_tables(
    raw: pd.DataFrame,
    table: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    data: Data,
    *,
    is_classifier: bool,
) -> dict[str, Any]:
    """Describe the rows and columns that a model is trained and tested on, and the columns left out.

    `copies` equal an earlier row in all features and the target, before any are dropped; `coincidences`
    are those of them that chance explains. Values are those of `table`, whose gaps nothing has filled.
    A regression has no classes; only a split by time has times. For runs that load the tables, the
    summary has their parameters and a hash of each column.
    """
    names, target, split = list_features(table, data), data.y_label, data.split
    parts = draw_parts(table, train, test, random_seed=data.random_seed)
    describe = partial(describe_distribution, parts=parts)
    # As in the split: rows of different times are no copies, and neither are those of different groups.
    by = [str(split.column)] if split.kind == "time" else []
    by += [str(split.column)] if split.kind == "group" and data.duplicates == "auto" else []
    by += [data.weights] if data.weights else []
    compared = table[[*dict.fromkeys([*names, target, *by])]]
    copies, unexplained = (find_repeated(compared, unless_chance=tests).sum() for tests in (False, True))
    labels = sorted(table[target].unique()) if is_classifier else []
    targets = {"train": train[target], "test": test[target]}
    return {
        "rows": len(table),
        "copies": int(copies),
        "coincidences": int(copies - unexplained),
        "dropped": len(table) - len(train) - len(test),
        "train_rows": len(train),
        "test_rows": len(test),
        "target": target,
        "target_values": describe(table[target], is_class=is_classifier),
        "features": {name: describe(table[name]) for name in names},
        "left_out": _explain_left_out(raw, table, data),
        "time": _find_times(data, train=train, test=test) if split.kind == "time" else {},
        "classes": {
            str(label): {part: int((values == label).sum()) for part, values in targets.items()}
            for label in labels
        },
        "parameters": data.model_dump() | {"is_classifier": is_classifier},
        "tables": {"train": describe_table(train), "test": describe_table(test)},
    }


def _explain_left_out(raw: pd.DataFrame, table: pd.DataFrame, data: Data) -> dict[str, str]:
    """Say why columns are no features; without a parameter that names them, they are identifiers."""
    other = "identifier" if data.features is None else "not in data.features"
    reasons = {}
    for name, column in raw.items():
        if str(name) not in table or str(name) in data.drop:
            reason = "data.drop" if str(name) in data.drop else other
            reason = "identifier" if is_identifier(column) else reason
            reasons[str(name)] = "no value" if column.isna().all() else reason
    return reasons


def _find_times(data: Data, **parts: pd.DataFrame) -> dict[str, list[str]]:
    """Find the first and the last time of each part, which is sorted by time."""
    times = {part: rows[str(data.split.column)].iloc[[0, -1]] for part, rows in parts.items()}
    return {part: [str(time).removesuffix(" 00:00:00") for time in ends] for part, ends in times.items()}


def find_row_groups(
    raw: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, data: Data
) -> pd.DataFrame:
    """Number the groups, such as patients, that a random split tears apart; often there are none."""
    rows = label_rows(raw).loc[train.index.append(test.index)]
    name = find_group(rows.drop(columns=data.y_label)) if data.split.kind == "random" else None
    if name is None:
        return pd.DataFrame(index=rows.index)
    return pd.DataFrame({name: pd.factorize(rows[name])[0]}, index=rows.index)
