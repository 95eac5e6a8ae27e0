"""The trials of each candidate of a contest, as marks on one axis."""

from math import isfinite, nan
from typing import Any

import numpy as np

from kedro_sweep import text
from kedro_sweep.report._axis import Axis
from kedro_sweep.report._html import share_weights
from kedro_sweep.report.figures import limit_values
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.search.study import find_sign

# More circles of one candidate could not be told apart.
MAX_DRAWN = 50


def list_candidates(data: ReportData) -> dict[str, Any]:
    """List the candidates, the best first, with marks of their best trials; empty without a contest."""
    search, sign = data.search, find_sign(data.search.direction)
    if not data.candidates:
        return {}
    shares = share_weights(data.members) if data.members else {search.candidate: 1.0}
    chosen = {(member["candidate"], member["trial"]) for member in data.members}
    chosen = chosen or {(search.candidate, search.best_trial)}
    low, high, values = 0.0, 0.0, {}
    if data.trials is not None:
        scored = data.trials[(data.trials["state"] == "COMPLETE") & np.isfinite(data.trials["value"])]
        scored = scored.sort_values("value", ascending=sign < 0, kind="stable")
        low, high = limit_values(scored["value"].to_numpy(), sign) if len(scored) else (low, high)
        columns = ["number", "value"]
        values = {name: own[columns].to_numpy().tolist() for name, own in scored.groupby("candidate")}
    untuned = nan if search.untuned_value is None else search.untuned_value
    rows: list[dict[str, Any]] = []
    shown: list[float] = []
    worst = -sign * np.inf
    best = {
        one.candidate: worst if one.best_value is None else one.best_value for one in data.candidates
    }
    ranked = sorted(data.candidates, key=lambda one: best[one.candidate], reverse=sign > 0)
    for found in ranked:
        name, share = found.candidate, shares.get(found.candidate, 0.0)
        drawn = [pair for pair in values.get(name, []) if low <= pair[1] <= high][:MAX_DRAWN]
        marks = [
            ("member" if (name, int(number)) in chosen else "best", value, None, None)
            for number, value in drawn
        ]
        shown += [value for _, value, *_ in marks]
        if name == search.candidate and isfinite(untuned):
            marks.append(("untuned", untuned, None, None))
        label = f"{name}: {text.count(found.n_trials, 'trial')}, best {text.number(found.best_value)}"
        row = {"name": name, "trials": found.n_trials, "best": found.best_value, "share": share}
        rows.append(
            row | {"model": found.model, "marks": marks, "label": f"{label}, weight {share:.0%}"}
        )
    n_hidden = sum(map(len, values.values())) - sum(
        kind != "untuned" for row in rows for kind, *_ in row["marks"]
    )
    if isfinite(untuned):
        shown = shown or [untuned]
    axis = Axis.around(shown, [untuned]) if shown else None
    return {"rows": rows, "axis": axis, "n_hidden": n_hidden}
