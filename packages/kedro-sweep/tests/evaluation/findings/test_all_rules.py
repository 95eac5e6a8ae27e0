"""All rules are applied, in order of importance, and none fails on unusual rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.findings import CHECKS, check_names, list_findings
from kedro_sweep.evaluation.findings._all_rules import RULES
from kedro_sweep.evaluation.findings._evidence import Evidence, Finding, find
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, prepare_rows

MakeEvidence = Callable[..., Evidence]


def find_all(evidence: Evidence) -> list[Finding]:
    """Apply all rules, in their order."""
    return [finding for rule in RULES for finding in find(rule, evidence)]


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
    corrected = {"corrected_value": 0.5, "corrected_low": 0.4, "corrected_high": 0.6}
    test = pd.concat([rows[120:], rows[:3]])
    evidence = make_evidence(trials, table=rows[:120], test=test, **corrected, **gains)
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


SWEEP = Sweep.model_validate(
    {
        "model": {"class": "sklearn.tree.DecisionTreeClassifier"},
        "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9}},
        "n_trials": 1,
        "cv": 2,
        "sampler": {"class": "RandomSampler"},
        "pruner": {"class": "NopPruner"},
    }
)
DATA = Data(y_label="kind", impute="none", random_seed=0)
OTHERS: dict[str, Any] = {
    "train_metrics": {},
    "test_details": {},
    "test_references": {"dummy": {}, "untuned": {}},
    "slices": {},
    "data_summary": {},
    "row_groups": pd.DataFrame(),
    "data": DATA,
    "sweep": SWEEP,
}


def list_both(sweep: Sweep = SWEEP) -> tuple[dict[str, Any], dict[str, Any]]:
    """List the findings of a run whose test rows are training rows, and its verdict."""
    storage = InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="tree", direction="maximize")
    study.add_trial(optuna.create_trial(value=0.5))
    train = pd.DataFrame({"size": range(20), "color": [*"ab" * 10], "kind": [*"xxyy" * 5]})
    description = {"features": ["size", "color"], "y_label": "kind"}
    summary = {"study": "tree", "candidate": "DecisionTreeClassifier", "scoring": "accuracy"}
    prepared, others = prepare_rows(train, {}, DATA), OTHERS | {"sweep": sweep}
    rows = (train, train.head(4))
    return list_findings(*rows, description, storage, summary, preparation=prepared, **others)


def test_findings_are_listed_by_name_and_decide_the_verdict(caplog: pytest.LogCaptureFixture) -> None:
    findings, verdict = list_both()
    assert findings["copies_across_split"]["figures"]["test_copies"] == 4
    assert verdict["kind"] == "problem"
    assert verdict["next"] == findings["copies_across_split"]["remedy"]
    assert verdict["sentence"] in caplog.messages


def test_every_check_has_a_result() -> None:
    _, verdict = list_both()
    statuses = {name: check["status"] for name, check in verdict["checks"].items()}
    assert [*statuses] == [*CHECKS]
    assert statuses["copies_across_split"] == "problem"
    assert statuses["rare_classes"] == "passed"
    assert statuses["biased_residuals"] == "does not apply"


def test_a_check_can_be_switched_off_with_a_reason() -> None:
    muted = SWEEP.model_copy(update={"muted_checks": {"copies_across_split": "We copied them."}})
    findings, verdict = list_both(muted)
    assert "copies_across_split" not in findings
    check = verdict["checks"]["copies_across_split"]
    assert (check["status"], check["evidence"]) == ("muted", "We copied them.")
    assert "copy" not in verdict["sentence"]


def test_a_muted_doubt_silences_no_other_check(make_evidence: MakeEvidence) -> None:
    gains = {
        f"gain_over_{name}{end}": -0.01 for name in ("dummy", "default") for end in ("", "_low", "_high")
    }
    corrected = {"corrected_value": 0.5, "corrected_low": 0.4, "corrected_high": 0.6}
    evidence = make_evidence(**corrected, **gains)
    names = [finding.name for finding in find_all(evidence)]
    assert "no_better_than_untuned" not in names
    evidence.configuration.sweep.muted_checks["no_better_than_dummy"] = "We know."
    assert "no_better_than_untuned" in [finding.name for finding in find_all(evidence)]


def test_an_unknown_check_cannot_be_switched_off() -> None:
    check_names({"copies_across_split": "We copied them."})
    with pytest.raises(InputError, match=r"no check 'copies'.*copies_across_split"):
        check_names({"copies": "We copied them."})


def test_the_best_candidate_of_a_search_with_other_candidates_is_refused() -> None:
    rows = pd.DataFrame({"size": [1.0]})
    summary = {"study": "forest", "candidate": "forest", "scoring": "accuracy"}
    with pytest.raises(
        InputError, match=r"is forest, but the candidates of this run are \['DecisionTree"
    ):
        list_findings(
            rows, rows, {}, InMemoryStorage(), summary, preparation=ColumnTransformer([]), **OTHERS
        )
