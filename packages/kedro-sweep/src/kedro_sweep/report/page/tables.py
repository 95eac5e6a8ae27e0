"""The facts and tables of the report, as rows."""

from collections.abc import Mapping
from typing import Any

from kedro_sweep.report.page.data import ReportData
from kedro_sweep.report.page.words import (
    LOWER_IS_BETTER,
    METRICS,
    MISSING,
    show_count,
    show_interval,
    show_number,
    show_value,
)

MAX_TRIALS = 10


def list_search_facts(data: ReportData) -> dict[str, str]:
    """List what the search was.

    Args:
        data: What the run left.

    Returns:
        Values by name, without those that are unknown.
    """
    summary, parameters = data.summary, data.parameters
    fixed = data.model_card.get("parameters", {}).get("fixed", {})
    folds = parameters.get("sweep.cv.class", parameters.get("sweep.cv"))
    counts = {"complete": "n_complete", "pruned": "n_pruned", "failed": "n_fail"}
    facts = {
        "Model": data.model,
        "Fixed arguments": ", ".join(f"{name}: {show_value(value)}" for name, value in fixed.items()),
        "Score": f"{summary['scoring']}, {summary['direction']}d",
        "Folds": "" if folds is None else f"{folds} ({parameters.get('split.kind', 'random')} split)",
        "Sampler": parameters.get("sweep.sampler.class", ""),
        "Trials": ", ".join(
            f"{show_count(summary[key])} {state}" for state, key in counts.items() if summary[key]
        ),
        "Best trial": str(summary["best_trial"]),
        "Study": summary["study"],
    }
    return {name: value for name, value in facts.items() if value}


def list_data_facts(data: ReportData) -> dict[str, str]:
    """List what the rows were.

    Args:
        data: What the run left.

    Returns:
        Values by name, without those that are unknown.
    """
    table, parameters = data.data_summary, data.parameters
    numbers = {
        "Rows in the table": table.get("rows"),
        "Copies of other rows": table.get("copies"),
        "Training rows": data.train_rows,
        "Test rows": data.test_rows,
    }
    facts = {name: show_count(value) for name, value in numbers.items() if value is not None}
    if "duplicates" in parameters and "Copies of other rows" in facts:
        rules = {"drop": "dropped", "together": "kept on one side of every split", "keep": "kept"}
        rule = parameters["duplicates"]
        facts["Copies of other rows"] += f", {rules.get(rule, rule)}"
    if parameters.get("split.column") is not None:
        facts["Split"] = f"{parameters['split.kind']}, by {parameters['split.column']}"
    elif "split.kind" in parameters:
        facts["Split"] = str(parameters["split.kind"])
    return facts


def list_metrics(data: ReportData) -> list[dict[str, str]]:
    """List the metrics of the model.

    Args:
        data: What the run left.

    Returns:
        For each metric its `name`, which direction is `better`, and the values of `test`, `interval` and
        `train`.
    """
    intervals = data.test_details.get("intervals", {})
    names = dict.fromkeys([*data.test_metrics, *data.train_metrics])
    return [
        {
            "name": METRICS.get(name, name),
            "better": "lower" if name in LOWER_IS_BETTER else "higher" if name in METRICS else "",
            "test": show_number(data.test_metrics.get(name)),
            "interval": show_interval(*intervals.get(name, (None, None))) or MISSING,
            "train": show_number(data.train_metrics.get(name)),
        }
        for name in names
    ]


def list_classes(data: ReportData) -> list[dict[str, Any]]:
    """List the classes with their rows and how well the model finds them.

    Args:
        data: What the run left.

    Returns:
        For each class its `name`, the rows of `train` and `test`, and `precision`, `recall` and `f1` on
        the test rows, `None` where unknown. Nothing for a regression.
    """
    counts = data.data_summary.get("classes", {})
    scores = data.test_details.get("classes", {})
    return [
        {
            "name": name,
            "train": counts.get(name, {}).get("train"),
            "test": scores.get(name, {}).get("rows", counts.get(name, {}).get("test")),
            **{key: scores.get(name, {}).get(key) for key in ("precision", "recall", "f1")},
        }
        for name in dict.fromkeys([*counts, *scores])
    ]


def list_search_space(data: ReportData) -> list[dict[str, str]]:
    """List what the search varied.

    Args:
        data: What the run left.

    Returns:
        For each argument its `name`, the `range`, and the `best` value.
    """
    space: dict[str, dict[str, Any]] = {}
    for parameter, value in data.parameters.items():
        if parameter.startswith("search_space."):
            name, _, key = parameter.removeprefix("search_space.").rpartition(".")
            argument = name.removesuffix(".when")
            needed = {"when": f"{key} is {show_value(value)}"}
            space.setdefault(argument, {}).update({key: value} if argument == name else needed)
    best = data.model_card.get("parameters", {}).get("best", {})
    return [
        {
            "name": name,
            "range": _describe_range(space.get(name, {})),
            "best": show_value(best[name]) if name in best else MISSING,
        }
        for name in dict.fromkeys([*space, *best])
    ]


def _describe_range(dimension: Mapping[str, Any]) -> str:
    condition = f"if {dimension['when']}" if dimension.get("when") else ""
    if "choices" in dimension:
        return ", ".join(filter(None, [*map(show_value, dimension["choices"]), condition]))
    if not {"low", "high"} <= set(dimension):
        return MISSING
    step = dimension.get("step")
    parts = [
        f"{show_value(dimension['low'])} to {show_value(dimension['high'])}",
        f"in steps of {show_value(step)}" if step not in (None, 1) else "",
        "on a log scale" if dimension.get("log") else "",
        condition,
    ]
    return ", ".join(filter(None, parts))


def list_best_trials(data: ReportData) -> dict[str, list[Any]]:
    """List the best trials, each configuration once.

    Args:
        data: What the run left.

    Returns:
        The `names` of the columns, and the `rows`: number, value and parameters of a trial.
    """
    if data.trials is None or data.trials.empty:
        return {"names": [], "rows": []}
    trials = data.trials[data.trials["state"] == "COMPLETE"]
    columns = [column for column in trials.columns if column.startswith("params_")]
    trials = trials.sort_values(
        "value", ascending=data.summary["direction"] == "minimize", kind="stable"
    )
    if columns:
        trials = trials.drop_duplicates(columns)
    rows = [
        [str(number), show_number(value, 4), *map(show_value, values)]
        for number, value, *values in trials[["number", "value", *columns]]
        .head(MAX_TRIALS)
        .astype(object)
        .itertuples(index=False)
    ]
    return {"names": [column.removeprefix("params_") for column in columns], "rows": rows}


def list_features(data: ReportData) -> list[dict[str, str]]:
    """List the features that the model sees.

    Args:
        data: What the run left.

    Returns:
        For each feature its `name`, `kind` and number of `gaps`.
    """
    described = data.data_summary.get("features", {})
    dtypes = data.model_card.get("features", {})
    return [
        {
            "name": name,
            "kind": described.get(name, {}).get("kind") or dtypes.get(name, MISSING),
            "gaps": str(described.get(name, {}).get("gaps", MISSING)),
        }
        for name in dict.fromkeys([*described, *dtypes])
    ]
