"""What changed from one run to the next."""

from collections.abc import Sequence
from typing import Any

from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.text import MISSING, show_value

FIRST = "first of this group"
NOTHING = "nothing"
MODELS = "sweep.models"
NOT_RECORDED = "parameters not recorded"


def describe_changes(runs: Sequence[Run]) -> list[list[str]]:
    """Describe for each run what changed since the previous run with recorded parameters."""
    changes: list[list[str]] = []
    before: dict[str, Any] | None = None
    for run in reversed(runs):
        if not run.parameters:
            changes.append([NOT_RECORDED])
            continue
        changes.append([FIRST] if before is None else _compare(before, run.parameters))
        before = run.parameters
    return changes[::-1]


def _compare(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    lines = []
    before, now = _name_candidates(before, now), _name_candidates(now, before)
    for name in dict.fromkeys([*before, *now]):
        if name in before and name in now:
            if before[name] != now[name]:
                lines.append(f"{name}: {_describe_change(before[name], now[name])}")
        elif name in now:
            lines.append(f"{name}: {MISSING} → {show_value(now[name])}")
        else:
            lines.append(f"{name}: {show_value(before[name])} → {MISSING}")
    return lines or [NOTHING]


def _name_candidates(parameters: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Name the candidates, and keep only the parameters of those that both runs have."""
    names, common = _list_candidates(parameters), _list_candidates(others)
    if not (names or common):
        return parameters
    kept = {
        name: value
        for name, value in parameters.items()
        if (candidate := _find_candidate(name)) is None or candidate in common
    }
    return {MODELS: names} | {name: value for name, value in kept.items() if name != MODELS}


def _list_candidates(parameters: dict[str, Any]) -> list[str]:
    return [*dict.fromkeys(filter(None, map(_find_candidate, parameters)))]


def _find_candidate(name: str) -> str | None:
    """Find the candidate that a parameter belongs to."""
    before, _, after = name.partition(f"{MODELS}.")
    return None if before or not after else after.split(".")[0]


def _describe_change(before: Any, now: Any) -> str:
    if isinstance(before, list) and isinstance(now, list):
        removed = [f"− {show_value(value)}" for value in before if value not in now]  # noqa: RUF001
        added = [f"+ {show_value(value)}" for value in now if value not in before]
        return ", ".join(removed + added) or "another order"
    return f"{show_value(before)} → {show_value(now)}"
