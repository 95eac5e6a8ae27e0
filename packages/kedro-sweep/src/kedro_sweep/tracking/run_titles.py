"""What a reader looks for in a list of runs: which model, how good, or why there is none."""

from html import escape
from typing import Any

import pandas as pd

from kedro_sweep.search.settings import words
from kedro_sweep.text import count, estimate, number


def title_runs(tracked_runs: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Write a title and notes for each run that has a result or an error."""
    titles = {}
    for run_id, row in tracked_runs.iterrows():
        known = row.dropna()
        if error := known.get(("session", "exception")):
            titles[str(run_id)] = _describe_error(error)
        elif "best_value" in (summary := known.get("sweep_summary", {})):
            members = known.get(("features", "members"), [])
            titles[str(run_id)] = _describe_result(dict(summary), len(members))
    # Kedro-Viz inserts them as HTML.
    return {
        run_id: {name: escape(line) for name, line in found.items()} for run_id, found in titles.items()
    }


def _describe_error(error: dict[str, Any]) -> dict[str, str]:
    kind, message = str(error.get("type", "")).rpartition(".")[2], str(error.get("value", ""))
    if kind == "KeyboardInterrupt":
        after = f" after {message}" if message else ""
        return {"title": f"stopped{after}", "notes": "Run again to continue."}
    return {"title": f"failed: {kind}", "notes": message.partition("\n")[0]}


def _describe_result(summary: dict[str, Any], n_members: int) -> dict[str, str]:
    model = f"ensemble of {n_members}" if n_members > 1 else words(str(summary.get("candidate")))
    value, *ends = (summary.get(f"corrected_{part}") for part in ("value", "low", "high"))
    best, untuned, dummy = (number(summary.get(f"{of}_value")) for of in ("best", "default", "dummy"))
    score = f"{best} (best trial)" if value is None else estimate(value, *ends)
    trials = count(int(summary.get("n_trials", 0)), "trial")
    notes = f"{summary.get('scoring')} of {trials}: best trial {best}, untuned {untuned}, dummy {dummy}"
    return {"title": f"{model} · {score}", "notes": notes}
