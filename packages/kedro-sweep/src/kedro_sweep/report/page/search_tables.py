"""What was searched, and what the search found, as facts and rows of tables."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kedro_sweep.report.members import share_weights
from kedro_sweep.report.page.data import ReportData
from kedro_sweep.report.page.words import MISSING, name_score, show_count, show_number, show_value

MAX_TRIALS = 10
# The columns in the table of the best trials of several candidates.
IN_ONE_TABLE = ("params_candidate", "params_parameters")


def list_search_facts(data: ReportData) -> dict[str, str]:
    """List facts about the search."""
    summary, parameters = data.summary, data.parameters
    fixed = data.model_card.get("parameters", {}).get("fixed", {})
    folds = parameters.get("sweep.cv.class", parameters.get("sweep.cv"))
    counts = {"complete": "n_complete", "pruned": "n_pruned", "failed": "n_fail"}
    facts = {
        "Model": data.model,
        "Fixed arguments": ", ".join(f"{name}: {show_value(value)}" for name, value in fixed.items()),
        "Score": f"{summary['scoring']}, {summary['direction']}d",
        "Other scores of the best trial": ", ".join(
            f"{name} {show_number(value)}" for name, value in summary.get("scores", {}).items()
        ),
        "Folds": ""
        if folds is None
        else f"{folds} ({parameters.get('data.split.kind', 'random')} split)",
        "Sampler": parameters.get("sweep.sampler.class", ""),
        "Trials": ", ".join(
            f"{show_count(summary[key])} {state}" for state, key in counts.items() if summary[key]
        ),
        "Best candidate": summary["candidate"] if data.candidates else "",
        "Best trial": str(summary["best_trial"]),
        "Study": summary["study"],
    }
    return {name: value for name, value in facts.items() if value}


def list_search_space(data: ReportData) -> list[dict[str, str]]:
    """List what the search varied."""
    space: dict[str, dict[str, Any]] = {}
    prefix = f"sweep.models.{data.summary.get('candidate')}.search_space."
    if not any(name.startswith(prefix) for name in data.parameters):
        prefix = "sweep.search_space."
    for parameter, value in data.parameters.items():
        if parameter.startswith(prefix):
            name, key = _split(parameter.removeprefix(prefix))
            space.setdefault(name, {})[key] = value
    best = _find_best_params(data)
    return [
        {
            "name": name,
            "range": _describe_range(space.get(name, {})),
            "best": show_value(best[name]) if name in best else MISSING,
        }
        for name in dict.fromkeys([*space, *best])
    ]


def _split(parameter: str) -> tuple[str, str]:
    """Split `gamma.low` or `gamma.when.kernel` into the searched argument and the key below it."""
    name, _, condition = parameter.partition(".when.")
    if condition:
        return name, f"when.{condition}"
    name, _, key = parameter.rpartition(".")
    return name, key


def _find_best_params(data: ReportData) -> dict[str, Any]:
    """Find the parameters of the best trial; an ensemble has no single set of parameters."""
    if not data.members or data.trials is None:
        best: dict[str, Any] = data.model_card.get("parameters", {}).get("best", {})
        return best
    place = {"candidate": data.summary["candidate"], "number": data.summary["best_trial"]}
    trials = data.trials
    for name, value in place.items():
        trials = trials[trials[name] == value]
    return _read_params(trials.iloc[0]) if len(trials) else {}


def _read_params(trial: "pd.Series[Any]") -> dict[str, Any]:
    """Read the parameters of a trial from its row."""
    params = trial[[name for name in trial.index if name.startswith("params_")]].dropna()
    return {str(name).removeprefix("params_"): value for name, value in params.items()}


def list_candidates(data: ReportData) -> list[dict[str, Any]]:
    """List the models in the search."""
    winner = data.summary.get("candidate")
    shares = share_weights(data.members) if data.members else {winner: 1.0}
    return [
        {
            "name": found["candidate"],
            "model": found["model"],
            "trials": show_count(found["n_trials"]),
            "best": show_number(found["best_value"], 4),
            "share": f"{shares[found['candidate']]:.0%}" if found["candidate"] in shares else MISSING,
        }
        for found in data.candidates
    ]


def list_members(data: ReportData) -> list[dict[str, str]]:
    """List the trials of an ensemble."""
    return [
        {
            "candidate": member["candidate"],
            "trial": str(member["trial"]),
            "weight": show_number(member["weight"]),
            "parameters": _join(member["params"]),
        }
        for member in data.members
    ]


def _join(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {show_value(value)}" for name, value in params.items())


def _describe_range(dimension: Mapping[str, Any]) -> str:
    conditions = [
        f"if {key.removeprefix('when.')} is {_list_values(value)}"
        for key, value in dimension.items()
        if key.startswith("when.")
    ]
    if "choices" in dimension:
        return ", ".join([*map(show_value, dimension["choices"]), *conditions])
    if not {"low", "high"} <= set(dimension):
        return MISSING
    step = dimension.get("step")
    parts = [
        f"{show_value(dimension['low'])} to {show_value(dimension['high'])}",
        f"in steps of {show_value(step)}" if step not in (None, 1) else "",
        "on a log scale" if dimension.get("log") else "",
        *conditions,
    ]
    return ", ".join(filter(None, parts))


def _list_values(values: Any) -> str:
    return " or ".join(map(show_value, values if isinstance(values, list) else [values]))


def list_best_trials(data: ReportData) -> dict[str, list[Any]]:
    """List the best trials, each configuration once."""
    if data.trials is None or data.trials.empty:
        return {"names": [], "rows": []}
    trials = data.trials[data.trials["state"] == "COMPLETE"]
    columns = [column for column in trials.columns if column.startswith("params_")]
    trials = trials.sort_values(
        "value", ascending=data.summary["direction"] == "minimize", kind="stable"
    )
    if data.candidates:
        columns, trials = [*IN_ONE_TABLE], _join_params(trials)
    if columns:
        trials = trials.drop_duplicates(columns)
    scores = [column for column in trials.columns if column.startswith("score_")]
    best = trials.head(MAX_TRIALS).astype(object)
    rows = [
        [
            str(trial["number"]),
            *(show_number(trial[column], 4) for column in ("value", *scores)),
            *(show_value(trial[column]) for column in columns),
        ]
        for trial in best.to_dict(orient="records")
    ]
    names = [name_score(column.removeprefix("score_")) for column in scores]
    names += [column.removeprefix("params_") for column in columns]
    return {"names": names, "rows": rows}


def _join_params(trials: pd.DataFrame) -> pd.DataFrame:
    """Join the parameters of each trial in one column, because candidates share few of them."""
    parameters = [_join(_read_params(trial)) for _, trial in trials.iterrows()]
    return trials.assign(params_parameters=parameters, params_candidate=trials["candidate"])
