"""A group column that the split ignores is reported with what it costs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation.findings import Evidence
from kedro_sweep.evaluation.findings.groups import groups_across_split

MakeEvidence = Callable[..., Evidence]
TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 20}}


@pytest.fixture
def patients() -> pd.DataFrame:
    """Rows of patients, whose weight is known and whose class is random."""
    random = np.random.default_rng(0)
    patient = random.integers(0, 25, 150)
    weight = random.normal(70, 10, 25)[patient] + random.normal(0, 0.01, 150)
    kind = random.choice(["ill", "well"], 25)[patient]
    return pd.DataFrame({"patient": patient, "weight": weight, "kind": kind})


def test_a_patient_on_both_sides_is_told_with_the_score_for_new_patients(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    rows = patients[["weight", "kind"]]
    [finding] = groups_across_split(
        make_evidence(
            [({"max_depth": 9}, 0.97), ({"max_depth": 1}, 0.6)],
            table=rows,
            groups=patients[["patient"]],
            model=TREE,
            space=DEPTH,
            corrected_value=0.96,
        )
    )
    expected = cross_val_score(
        DecisionTreeClassifier(max_depth=9, random_state=0),
        rows[["weight"]][:120],
        rows["kind"][:120],
        cv=StratifiedGroupKFold(5),
        groups=patients["patient"][:120],
    )
    figures = finding.figures
    assert figures["grouped_value"] == expected.mean() < 0.7
    assert figures["loss"] == pytest.approx(0.96 - expected.mean())
    assert (figures["shared_rows"], figures["test_rows"]) == (30, 30)
    assert finding.doubt
    assert "set data.split to {kind: group, column: patient}" in finding.remedy


def test_groups_that_make_no_difference_are_no_doubt(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    random = np.random.default_rng(1)
    rows = patients[["kind"]].assign(weight=np.where(patients["kind"] == "ill", 1, 0))
    rows["weight"] += random.normal(0, 0.4, 150)
    trials = [({"max_depth": 1}, 0.9)]
    groups = patients[["patient"]]
    [finding] = groups_across_split(
        make_evidence(trials, table=rows, groups=groups, model=TREE, space=DEPTH)
    )
    assert not finding.doubt
    assert abs(finding.figures["loss"]) < 0.1


def test_the_effect_of_groups_that_make_no_folds_is_unknown(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    groups = pd.DataFrame({"site": np.zeros(150, dtype=int)})
    trials = [({"max_depth": 1}, 0.9)]
    [finding] = groups_across_split(make_evidence(trials, table=patients, groups=groups, space=DEPTH))
    assert finding.figures == {"column": "site", "test_rows": 30, "shared_rows": 30}
    assert not finding.doubt


@pytest.mark.parametrize(("scoring", "kinds"), [("roc_auc", "abaaab"), ("neg_log_loss", "abca")])
def test_the_effect_of_groups_whose_folds_have_no_score_is_unknown(
    scoring: str, kinds: str, make_evidence: MakeEvidence
) -> None:
    """A site has rows of one class, so some folds have one class to test, or an unknown one."""
    random = np.random.default_rng(0)
    site = random.integers(0, len(kinds), 150)
    kind = np.array([*kinds])[site]
    table = pd.DataFrame({"weight": site + random.normal(0, 1, 150), "kind": kind})
    evidence = make_evidence(
        [({"max_depth": 1}, 0.9)],
        table=table,
        groups=pd.DataFrame({"site": site}),
        model=TREE,
        space=DEPTH,
    )
    sweep = evidence.sweep.model_copy(update={"scoring": scoring})
    [finding] = groups_across_split(replace(evidence, sweep=sweep))
    assert finding.figures == {"column": "site", "test_rows": 30, "shared_rows": 30}


def test_without_groups_or_shared_ones_there_is_nothing_to_tell(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    assert list(groups_across_split(make_evidence(table=patients))) == []
    apart = pd.DataFrame({"patient": np.arange(150) // 6})
    assert list(groups_across_split(make_evidence(table=patients, groups=apart))) == []
