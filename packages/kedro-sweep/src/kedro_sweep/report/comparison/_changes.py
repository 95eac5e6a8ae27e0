"""What differs between the parameters of two runs."""

from collections.abc import Mapping
from typing import Any

from kedro_sweep import text
from kedro_sweep.report._runs import MODEL, Run, name_model
from kedro_sweep.text import MINUS, MISSING

MODELS = "sweep.models"
SPACE = "sweep.search_space"
# What a contest replaces, or brings with it.
CONTEST = (
    *(MODELS, SPACE, "sweep.model", "sweep.contest"),
    *("sweep.ensemble", "sweep.search_rows_per_second"),
)


def describe_changes(run: Run, reference: Run) -> list[str]:
    """Describe what differs from another run, such as `random forest → extra trees`, the model first."""
    before, now = reference.parameters, run.parameters
    if not (before and now):
        return ["parameters not recorded"]
    pairs = {name: (before.get(name, MISSING), now.get(name, MISSING)) for name in before | now}
    pairs = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    candidates = _list_names(before, MODELS), _list_names(now, MODELS)
    spaces = _list_names(before, SPACE), _list_names(now, SPACE)
    contest, space, told = "", "", [f"{MODELS}.{name}" for name in {*candidates[0]} ^ {*candidates[1]}]
    if bool(candidates[0]) != bool(candidates[1]):
        contest = f"{describe_models(reference)} → {describe_models(run)}"
        told += CONTEST
    elif candidates[0] != candidates[1]:
        contest = f"contest: {_describe_lists(*candidates)}"
    elif spaces[0] != spaces[1]:
        space = f"own search space ({', '.join(spaces[1]) or 'empty'})"
        told.append(SPACE)
    changes = [
        _describe_change(name, *pairs[name])
        for name in sorted(pairs, key=lambda name: name != MODEL)
        if not any(f"{name}.".startswith(f"{group}.") for group in told)
    ]
    return [line for line in (contest, *changes, space) if line] or ["nothing"]


def _list_names(parameters: Mapping[str, Any], group: str) -> list[str]:
    depth = group.count(".") + 1
    found = (name.split(".")[depth] for name in parameters if name.startswith(f"{group}."))
    return [*dict.fromkeys(found)]


def describe_models(run: Run) -> str:
    """Describe what a run searched, such as `extra trees` or `env contest: 6 models`."""
    candidates = _list_names(run.parameters, MODELS)
    if not candidates:
        return name_model(str(run.model or MISSING))
    # Those whose package is missing, or for another kind of target, took no part.
    searched = run.find("sweep_summary", "candidates", list) or candidates
    env = "env contest" if run.find("session", "env") == "contest" else "contest"
    return f"{env}: {text.count(len(searched), 'model')}"


def _describe_change(name: str, before: Any, now: Any) -> str:
    if name == MODEL and (words := [name_model(str(each)) for each in (before, now)])[0] != words[1]:
        return " → ".join(words)
    name = name.removeprefix("sweep.")
    if isinstance(before, list) and isinstance(now, list):
        return f"{name}: {_describe_lists(before, now)}"
    return f"{name}: {text.setting(before, 12)} → {text.setting(now, 12)}"


def _describe_lists(before: list[Any], now: list[Any]) -> str:
    removed = [f"{MINUS} {text.setting(value, 12)}" for value in before if value not in now]
    added = [f"+ {text.setting(value, 12)}" for value in now if value not in before]
    return ", ".join(removed + added) or "another order"
