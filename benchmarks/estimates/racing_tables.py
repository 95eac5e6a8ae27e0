"""Judge what a rule of racing changes, and tabulate it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.estimates.racing import TABLE
from benchmarks.estimates.racing_rules import ALL_FOLDS
from benchmarks.markdown import make_table

# Targets, set beforehand: the least share of the fits that is saved, and no difference beyond two standard
# errors to the worse.
LEAST_SAVED, MOST_ERRORS = 1 / 3, 2


def judge_racing(outcomes: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Compare each rule with all folds, search by search; the searches of one table count as one."""
    outcomes = outcomes.assign(bias=outcomes["corrected"] - outcomes["truth"])
    whole = outcomes[outcomes["rule"] == ALL_FOLDS]
    pairs = outcomes[outcomes["rule"] != ALL_FOLDS].merge(
        whole, on=[*TABLE, "search"], suffixes=("", "_0")
    )
    pairs = pairs.assign(
        saved=1 - pairs["fits"] / pairs["fits_0"], dropped=pairs["is_dropped"].astype(float)
    )
    changes = {
        "model": "truth",
        "ensemble": "truth_of_ensemble",
        "in_half": "truth_in_half",
        "new_bias": "bias",
    }
    pairs = pairs.assign(**{name: pairs[of] - pairs[f"{of}_0"] for name, of in changes.items()})
    cells = []
    for key, cell in pairs.groupby([*by, "rule"], sort=False):
        columns = ["saved", "dropped", "bias_0", *changes]
        tables = cell.groupby(TABLE)[columns].mean()
        means, errors = tables.mean(), tables.sem()
        is_worse = (means < -MOST_ERRORS * errors)[["model", "ensemble"]].any()
        is_biased = abs(means["new_bias"]) > MOST_ERRORS * errors["new_bias"]
        cells.append(
            dict(zip([*by, "rule"], key, strict=True))
            | {"tables": len(tables), "searches": len(cell)}
            | {name: means[name] for name in columns}
            | {f"{name}_error": errors[name] for name in columns}
            | {"is_missed": bool(means["saved"] < LEAST_SAVED or is_worse or is_biased)}
        )
    return pd.DataFrame(cells)


def tabulate_racing(cells: pd.DataFrame, by: Sequence[str]) -> str:
    """Make a table with the means and standard errors of each cell."""
    shares = {"saved": "fits saved", "dropped": "winner dropped"}
    means = {
        "model": "model",
        "ensemble": "ensemble",
        "in_half": "model, same fits",
        "bias_0": "bias, all folds",
        "new_bias": "new bias",
    }
    rows = [
        [
            *(str(cell[name]) for name in [*by, "rule"]),
            *(f"{cell[name]:.0%}" for name in shares),
            *(_show(cell[name], cell[f"{name}_error"]) for name in means),
        ]
        for cell in cells.to_dict("records")
    ]
    return make_table([*by, "rule", *shares.values(), *means.values()], rows)


def _show(mean: float, error: float) -> str:
    return "" if np.isnan(mean) else f"{mean:+.4f} ± {error:.4f}"
