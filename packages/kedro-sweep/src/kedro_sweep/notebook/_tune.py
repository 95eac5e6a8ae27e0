"""Search a model for a table in one call, as `kedro sweep use` and `kedro run --env contest` do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep import tables
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import check_decision, fit_model, make_deciding, make_model, summarize
from kedro_sweep.notebook._report import Result
from kedro_sweep.notebook._rows import make_table
from kedro_sweep.notebook._settings import Settings, list_settings, read_settings, search_and_choose
from kedro_sweep.notebook._stores import Stores, open_stores
from kedro_sweep.search import Sweep, configure_candidates, log_warnings
from kedro_sweep.search.recommended import complete
from kedro_sweep.tables import Data, Task

Values = Mapping[str, Any]


def tune(
    table: Any,
    target: str,
    *,
    task: Task | None = None,
    models: Literal["contest"] | Values | None = "contest",
    n_trials: int = 90,
    timeout: float | None = None,
    n_jobs: int = 1,
    random_state: int = 42,
    storage: BaseStorage | Path | str | None = None,
    data: Values | None = None,
    sweep: Values | None = None,
    decision: Values | None = None,
) -> Result:
    """Find a model for a table: choose columns, split, search, train, and evaluate on the test rows.

    All choices are those of a project's `kedro sweep use` and `kedro run --env contest`, and so are the
    studies: a project continues them.

    Args:
        table: A frame of raw rows, of pandas or Polars; or the path of a CSV, TSV, TXT, Parquet or
            Excel file.
        target: The column to predict.
        task: `classification` or `regression`; None to choose by the values of the target.
        models: `contest` for a contest of several models, whose trials are blended; None for one model
            that suits the target; or candidates of your own, as under `sweep.models` of a project.
        n_trials: The size that the studies should reach together.
        timeout: Seconds for the search and the training; None for no limit, or, with more than 50,000
            rows, for 300.
        n_jobs: Cores to use; -1 for all.
        random_state: Seed of every random draw.
        storage: Path of a journal file that keeps the trials, or a storage of Optuna. The same call
            continues its studies. None to forget them with the result.
        data: More settings, as under `data` in a project's parameters, such as
            `{"split": {"kind": "time", "column": "date"}}`. `drop` adds to the columns that are left out
            anyway; `features` replaces both.
        sweep: The same for `sweep`, such as `{"scoring": "roc_auc", "ensemble": {"size": 0}}`.
        decision: The same for `decision`, such as `{"threshold": "auto"}`.

    Returns:
        The model with its scores, studies and report.

    Raises:
        InputError: If the table, the target or a setting cannot be used.

    Example::

        from kedro_sweep import tune

        result = tune("churn.csv", target="churned")
        print(result.verdict)
        result.report()
        result.predict(new_rows)
    """
    raw, notation = _read(table)
    target = str(target)
    if task not in (None, "classification", "regression"):
        raise InputError(f"task={task!r} is not allowed: give 'classification', 'regression' or None.")
    if not (models is None or models == "contest" or isinstance(models, Mapping)):
        raise InputError(
            f"models={models!r} is not allowed: give 'contest', None or candidates by name."
        )
    profile = tables.profile_table(raw, target, task, notation)
    own = dict(sweep or {})
    given: dict[str, Any] = {"n_trials": n_trials, "n_jobs": n_jobs}
    given |= {} if timeout is None else {"timeout": timeout}
    searched = complete(own, profile, raw[target].dropna(), models=models)
    searched |= {name: value for name, value in given.items() if name not in own}
    columns = {"y_label": target, "random_seed": random_state} | dict(data or {})
    if not columns.get("features") and isinstance(dropped := columns.get("drop", []), list | tuple):
        columns["drop"] = [*dict.fromkeys([*profile.left_out, *dropped])]
    settings = read_settings(data=columns, sweep=searched, decision=decision or {})
    return _run(raw, settings, open_stores(storage))


def prepare(
    raw: pd.DataFrame, data: Data, sweep: Sweep
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, ColumnTransformer]:
    """Do what the data processing of a project does: the table, the training and the test rows.

    The last is the step of the model that takes raw rows.
    """
    table = tables.select_columns(raw, data)
    is_classifier = sweep.is_classifier
    tables.check_target(table[data.y_label], is_classifier=is_classifier, model=sweep.model.path)
    parts = tables.split_rows(table, data, is_classifier=is_classifier)
    means = tables.find_means(parts[0], data)
    train, test = (part.fillna(means) for part in parts)
    return table, train, test, tables.prepare_rows(train, means, data)


def _run(raw: pd.DataFrame, settings: Settings, stores: Stores) -> Result:
    """Do what the data science of a project does."""
    data, sweep = settings.data, settings.sweep
    table, train, test, preparation = prepare(raw, data, sweep)
    configurations = configure_candidates(train, preparation, data, sweep)
    configurations = check_decision(settings.decision, configurations)
    noted = {name: list_settings(group) for name, group in settings}
    found = search_and_choose(configurations, stores, noted)
    summary = summarize(*found, settings.decision)
    X, y = preparation.transform(train), train[data.y_label]
    with log_warnings():
        untrained = make_model(found.members, X, data, sweep)
        estimator = fit_model(untrained, X, y, data.take_weights(train), sweep.n_jobs)
    decided = make_deciding(estimator, summary.decision, X, y)
    model = tables.take_raw_rows(preparation, decided, summary.decision)
    rows = raw, table, train, test, preparation
    return Result(model, summary, found.studies, stores, found.members, settings, *rows)


def _read(table: Any) -> tuple[pd.DataFrame, Any]:
    """Read a file as `kedro sweep use` does; a frame of another library becomes one of pandas."""
    if isinstance(table, str | Path):
        file = tables.read_table(Path(table))
        return file.table, tables.get_notation(file.load_args)
    if not hasattr(table, "columns"):
        raise TypeError(f"table={type(table).__name__} is neither a DataFrame nor the path of a file.")
    raw = make_table(table).rename(columns=str)
    if repeated := sorted({*raw.columns[raw.columns.duplicated()]}):
        raise InputError(f"The table has more than one column named {repeated}: rename them.")
    return raw, tables.get_notation({})
