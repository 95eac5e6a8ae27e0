"""The rows, the classes and the metrics, as facts and rows of tables."""

from collections.abc import Mapping
from typing import Any

from kedro_sweep.report.names import show_name
from kedro_sweep.report.page.data import ReportData
from kedro_sweep.report.page.words import (
    LOWER_IS_BETTER,
    METRICS,
    MISSING,
    show_count,
    show_interval,
    show_number,
)

EQUAL = "Equal to an earlier row"


def list_data_facts(data: ReportData) -> dict[str, str]:
    """List facts about the rows."""
    table, parameters = data.data_summary, data.parameters
    numbers = {
        "Rows in the table": table.get("rows"),
        EQUAL: table.get("copies"),
        "Training rows": data.train_rows,
        "Test rows": data.test_rows,
    }
    facts = {name: show_count(value) for name, value in numbers.items() if value is not None}
    if "data.duplicates" in parameters and table.get("copies"):
        facts[EQUAL] += f", {_describe_rule(parameters['data.duplicates'], table)}"
    if parameters.get("data.split.column") is not None:
        facts["Split"] = f"{parameters['data.split.kind']}, by {parameters['data.split.column']}"
    elif "data.split.kind" in parameters:
        facts["Split"] = str(parameters["data.split.kind"])
    return facts


def _describe_rule(rule: str, table: Mapping[str, Any]) -> str:
    """Tell what happened to rows that equal an earlier one."""
    dropped = table.get("dropped", table["copies"])
    if rule != "auto" or dropped == table["copies"]:
        rules = {"together": "kept on one side of every split", "keep": "kept"}
        return rules.get(rule, "dropped")
    if not dropped:
        return "kept, because chance explains them"
    return f"{show_count(dropped)} dropped; chance explains the others"


def list_metrics(data: ReportData) -> list[dict[str, str]]:
    """List the metrics of the model."""
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
    """List the classes with their rows and how well the model predicts them."""
    counts = data.data_summary.get("classes", {})
    scores = data.test_details.get("classes", {})
    return [
        {
            "name": show_name(name),
            "train": counts.get(name, {}).get("train"),
            "test": scores.get(name, {}).get("rows", counts.get(name, {}).get("test")),
            **{key: scores.get(name, {}).get(key) for key in ("precision", "recall", "f1")},
        }
        for name in dict.fromkeys([*counts, *scores])
    ]


def list_features(data: ReportData) -> list[dict[str, str]]:
    """List the features that the model sees.

    Args:
        data: The results of the run.

    Returns:
        For each feature, its `name`, `kind` and number of `gaps`.
    """
    described = data.data_summary.get("features", {})
    dtypes = data.model_card.get("features", {})
    return [
        {
            "name": show_name(name),
            "kind": described.get(name, {}).get("kind") or dtypes.get(name, MISSING),
            "gaps": str(described.get(name, {}).get("gaps", MISSING)),
        }
        for name in dict.fromkeys([*described, *dtypes])
    ]
