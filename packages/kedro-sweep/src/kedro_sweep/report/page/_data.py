"""What the data section of the report shows: the rows, and each column with its values and its use."""

from collections.abc import Mapping, Sequence
from typing import Any

from kedro_sweep import text
from kedro_sweep.report._axis import Axis
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.text import MISSING

EQUAL = "Equal to an earlier row"
LAST = {"value": float("-inf")}
MAX_NAME = 40
MAX_VALUE = 16
MAX_SHARES = 2
# The size of the bars of a column, in pixels.
WIDTH, HEIGHT = 96, 26


def list_data_facts(data: ReportData) -> dict[str, str]:
    table, parameters = data.data_summary, data.parameters
    numbers = {
        "Rows in the table": table.get("rows"),
        EQUAL: table.get("copies") or None,
        "Training rows": data.train_rows,
        "Test rows": data.test_rows,
    }
    facts = {name: text.count(value) for name, value in numbers.items() if value is not None}
    if "data.duplicates" in parameters and table.get("copies"):
        facts[EQUAL] += f", {_describe_rule(parameters['data.duplicates'], table)}"
    if kind := parameters.get("data.split.kind"):
        column = parameters.get("data.split.column")
        facts["Split"] = str(kind) if column is None else f"{kind}, by {column}"
    if times := table.get("time"):
        (_, trained), (first, last) = times["train"], times["test"]
        facts["Times"] = f"trained to {trained}, tested {first} to {last}"
    if left_out := table.get("left_out"):
        facts["Left out"] = _list_left_out(left_out)
    if weights := parameters.get("data.weights"):
        facts["Weights"] = str(weights)
    return facts


def _describe_rule(rule: str, table: Mapping[str, Any]) -> str:
    dropped = table.get("dropped", table["copies"])
    if rule != "auto" or dropped == table["copies"]:
        rules = {"together": "kept on one side of every split", "keep": "kept"}
        return rules.get(rule, "dropped")
    if not dropped:
        return "kept, because chance explains them"
    return f"{text.count(dropped)} dropped; chance explains the others"


def _list_left_out(reasons: Mapping[str, str]) -> str:
    columns: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        columns.setdefault(reason, []).append(name)
    return "; ".join(f"{text.names(found)} ({reason})" for reason, found in columns.items())


def describe_target(data: ReportData) -> dict[str, Any]:
    return _describe(data.target, "", data.data_summary.get("target_values", {}))


def describe_features(data: ReportData) -> list[dict[str, Any]]:
    """Describe the features, most important first; the others are in the order of the table."""
    kinds, described = data.kinds, data.data_summary.get("features", {})
    short = text.shorten_names([text.name(name) for name in kinds], MAX_NAME)
    rows = [
        {"short": label, "importance": data.importances.get(name)}
        | _describe(name, kinds[name], described.get(name, {}))
        for name, label in zip(kinds, short, strict=True)
    ]
    return sorted(rows, key=lambda row: -(row["importance"] or LAST)["value"])


def find_importance_axis(data: ReportData) -> Axis | None:
    ends = [
        center + sign * size
        for one in data.importances.values()
        for center, size in ((one["value"], one["spread"]), (0, one["noise"]))
        for sign in (1, -1)
    ]
    return Axis.around(ends) if ends else None


def _describe(name: str, kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    shares = [text.share(share) for share in found.get("missing", ()) if share is not None]
    bars = {part: found[part] for part in ("train", "test") if any(found.get(part, ()))}
    return {
        "name": text.name(name),
        "kind": found.get("kind", kind),
        "gaps": str(found.get("gaps", MISSING)),
        "missing": (" | ".join(shares) if any(found["missing"]) else "0%") if shares else MISSING,
        "values": _describe_values(found),
        "bars": {part: _draw_bars(own, max(map(max, bars.values()))) for part, own in bars.items()},
        "label": _label_bars(found),
    }


def _describe_values(found: Mapping[str, Any]) -> str:
    """Describe in a few words which values a column has: their range, or the most frequent ones."""
    match found:
        case {"words": words, "distinct": distinct}:
            return f"{text.count(distinct)} different, about {text.count(max(round(words), 1), 'word')}"
        case {"range": [low, high]}:
            return " to ".join(_write_end(end, (low, high)) for end in (low, high))
        case {"kind": "number", "values": [low, *others]}:
            return f"{low} to {others[-1]}" if others else low
        case {"kind": "yes/no", "values": [*_, value], "train": [*_, share]}:
            return f"{value}: {text.share(share)}"
        case {"values": values, "train": shares, "distinct": distinct}:
            frequent = sorted(zip(shares, values, strict=True), key=lambda pair: -pair[0])[:MAX_SHARES]
            labels = text.shorten_names([text.name(value) for _, value in frequent], MAX_VALUE)
            shown = [f"{label}: {text.share(frequent[n][0])}" for n, label in enumerate(labels)]
            other = "more" if shown else "different"
            shown += [f"{distinct - len(shown)} {other}"] if distinct > len(shown) else []
            return ", ".join(shown)
    return MISSING


def _write_end(end: str | float, ends: tuple[Any, Any]) -> str:
    if isinstance(end, str):
        return end
    shown = text.number(end, width=(ends[1] - ends[0]) / 10)
    return shown.rstrip("0").rstrip(".") if "." in shown and "e" not in shown else shown


def _label_bars(found: Mapping[str, Any]) -> str:
    """Say what the bars show, for the tooltip and for a screen reader."""
    if "values" in found:
        values = text.shorten_names([text.name(value) for value in found["values"]], MAX_NAME)
        bars = zip(values, found["train"], found["test"], strict=True)
        return "; ".join(f"{value}: {text.share(a)} | {text.share(b)}" for value, a, b in bars)
    if "medians" in found:
        low, high = found["range"]
        medians = [text.number(median, width=high - low) for median in found["medians"]]
        return f"median {' | '.join(medians)}"
    labels = {"text": "number of characters", "date": "number of rows over time"}
    return labels.get(found.get("kind", ""), "")


def _draw_bars(shares: Sequence[float], highest: float) -> str:
    """Draw the outline of bars as the path of an SVG."""
    step = WIDTH / len(shares)
    tops = (round(HEIGHT * (1 - share / highest), 1) for share in shares)
    return f"M0 {HEIGHT}" + "".join(f"V{y:g}H{step * n:g}" for n, y in enumerate(tops, 1)) + f"V{HEIGHT}"
