"""Tables of eight kinds, from one command to a model that predicts raw rows."""

import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmarks.tables import TABLES, Table
from click.testing import CliRunner
from kedro_sweep.cli import commands
from kedro_sweep.search.study._folds import prepare_folds
from pandas.api.types import is_numeric_dtype

from tests.conftest import Project


def use(project: Project, table: Table, raw: pd.DataFrame) -> str:
    """Start with a table, as a user does; return the output."""
    file = project.path / "mine.csv"
    raw.to_csv(file, index=False)
    done = CliRunner().invoke(
        commands,
        ["sweep", "use", str(file), "--target", table.target],
        obj=SimpleNamespace(project_path=project.path),
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    return done.output


def spoil(raw: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a missing value in every column, and with texts that training has not seen."""
    rows = raw.head(12).astype(object)
    for number, name in enumerate(raw.columns):
        rows.loc[number % 6, name] = None
        if not is_numeric_dtype(raw[name]):
            rows.loc[6 + number % 6, name] = "never seen"
    return rows


def make_rows(table: Table) -> pd.DataFrame:
    """Make the first rows of a table: enough for its kinds of columns to be recognized.

    A wide table keeps more columns than rows.
    """
    return table.make(np.random.default_rng(0)).iloc[:120, -121:]


@pytest.mark.parametrize("name", TABLES)
def test_one_command_and_a_run_give_a_model_that_predicts_raw_rows(name: str, project: Project) -> None:
    table = TABLES[name]
    raw = make_rows(table)
    printed = use(project, table, raw)
    if table.split["kind"] != "random":
        assert f"split: {{kind: {table.split['kind']}, column: {table.split['column']}}}" in printed
    project.configure(data={"split": table.split}, sweep={"n_trials": 1, "cv": 2})
    project.run_here("dp", "ds")

    model = pickle.loads(project.versions("model.pkl")[-1].read_bytes())
    features = raw.drop(columns=table.target)
    predictions = model.predict(spoil(features)[features.columns[::-1]])
    assert len(predictions) == 12
    if table.task == "classification":
        assert set(predictions) <= set(raw[table.target])
    else:
        assert np.isfinite(predictions).all()
    assert not {"review_id", "customer_id"} & {*model[0].feature_names_in_}


@pytest.mark.parametrize("name", ["groups", "time"])
def test_no_group_and_no_later_row_leaks_into_training(name: str, project: Project) -> None:
    table = TABLES[name]
    raw = make_rows(table)
    use(project, table, raw)
    project.configure(data={"split": table.split})
    project.run_here("dp")
    column = table.split["column"]
    train, test = (
        pd.read_parquet(project.path / f"data/05_model_input/{part}.parquet")[column]
        for part in ("train", "test")
    )
    assert not set(train.index) & set(test.index)
    ordered = table.split["kind"] == "time"
    X, y = train.to_frame(), raw.loc[train.index, table.target]
    folds: list[tuple[Any, Any]] = [
        (fold.X_train[column], fold.X_test[column])
        for fold in prepare_folds(
            X, y, 5, stratify=not ordered, groups=None if ordered else train, ordered=ordered
        )
    ]
    for before, after in [(train, test), *folds]:
        assert before.max() <= after.min() if ordered else not set(before) & set(after)
    if ordered:
        assert train.max() < test.min()
