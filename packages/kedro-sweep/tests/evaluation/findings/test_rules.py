"""All rules are applied, in order of importance, and none fails on unusual rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation.findings import Evidence, find_all

MakeEvidence = Callable[..., Evidence]


def test_a_run_with_nothing_to_find_has_no_findings(make_evidence: MakeEvidence) -> None:
    assert find_all(make_evidence()) == []


def test_what_makes_the_scores_worthless_comes_first(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    trials = [({"n_estimators": 2 + n, "max_depth": 5}, n / 100) for n in range(40)]
    # If the model may have learned nothing, it does not matter whether it beats the defaults.
    gains = {
        f"gain_over_{name}{end}": -0.01 for name in ("dummy", "default") for end in ("", "_low", "_high")
    }
    test = pd.concat([rows[120:], rows[:3]])
    evidence = make_evidence(trials, table=rows[:120], test=test, corrected_value=0.5, **gains)
    assert [finding.name for finding in find_all(evidence)] == [
        "no_better_than_dummy",
        "copies_across_split",
        "still_improving",
    ]


@pytest.mark.parametrize(
    "target",
    [
        ["a", "b", "c"] * 50,
        [True, False, True] * 50,
        pd.Categorical(["a", "b", "b"] * 50, categories=["a", "b", "unused"]),
        [0.5, 2.5, 1e30] * 50,
        ["same"] * 150,
    ],
)
def test_odd_rows_do_no_harm(target: Any, rows: pd.DataFrame, make_evidence: MakeEvidence) -> None:
    numbers = pd.Series(np.arange(150.0))
    table = pd.DataFrame(
        {
            "gaps": numbers.where(numbers % 3 == 0),
            "empty": np.nan,
            "constant": 1.0,
            "huge": 1e300 * numbers,
            "infinite": numbers.replace(3.0, np.inf),
            "yes": numbers % 2 == 0,
            "nullable": pd.array([1, None, 3] * 50, dtype="Int64"),
            "category": pd.Categorical(["x", "y", None] * 50),
            "text": [f"the row {row}" for row in range(150)],
            "mixed": ["a", None, "b"] * 50,
            "day": pd.date_range("2024-01-01", periods=150),
            "target": target,
        },
        index=[row if row % 2 else f"row {row}" for row in range(150)],
    )
    regresses = isinstance(target, list) and isinstance(target[0], float)
    kind = "Regressor" if regresses else "Classifier"
    evidence = make_evidence(
        table=table, y_label="target", model={"class": f"sklearn.tree.DecisionTree{kind}"}
    )
    assert all(finding.message and finding.remedy for finding in find_all(evidence))
