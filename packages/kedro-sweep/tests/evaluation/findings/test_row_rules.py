"""The rows of a run are checked once more: for leaks, duplicates and rare classes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.evaluation.findings import Finding
from kedro_sweep.evaluation.findings._all_rules import Rule
from kedro_sweep.evaluation.findings._evidence import Evidence, find
from kedro_sweep.evaluation.findings._row_rules import (
    coincidences_dropped,
    copies_across_split,
    copies_dropped,
    feature_predicts_target,
    groups_across_split,
    identifier_features,
    rare_classes,
)

MakeEvidence = Callable[..., Evidence]
REGRESSOR = {"class": "sklearn.tree.DecisionTreeRegressor"}


def test_a_feature_that_gives_the_target_away_is_told(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    leak = rows["kind"].map({"tall": 3.0, "short": 1.5})
    [one] = find(feature_predicts_target, make_evidence(table=rows.assign(outcome=leak)))
    assert one.message == "outcome alone predicts kind without error."
    assert one.remedy.startswith("Unless it is known when you predict, add outcome to data.drop in ")
    two = find(feature_predicts_target, make_evidence(table=rows.assign(outcome=leak, code=-leak)))
    assert [finding.figures for finding in two] == [{"feature": "outcome"}, {"feature": "code"}]


def test_a_number_that_is_given_away_is_told(rows: pd.DataFrame, make_evidence: MakeEvidence) -> None:
    table = rows.assign(y=rows["height"].round(), outcome=(-2 * rows["height"].round()).abs() + 1)
    table["outcome"] *= np.sign(table["y"]) + 0.1
    [finding] = find(
        feature_predicts_target,
        make_evidence(table=table[["weight", "outcome", "y"]], y_label="y", model=REGRESSOR),
    )
    assert finding.figures == {"feature": "outcome"}


def test_what_only_names_a_group_gives_nothing_away(make_evidence: MakeEvidence) -> None:
    numbers = np.random.default_rng(0)
    table = pd.DataFrame({"person": np.arange(150) % 15})
    table["size"] = numbers.normal(size=15)[table["person"]].round(3)
    table["kind"] = np.where(numbers.random(15) < 0.5, "tall", "short")[table["person"]]
    table["noise"] = numbers.normal(size=150)
    data = {"parameters": {"split": {"kind": "group", "column": "person"}}}
    [finding] = find(feature_predicts_target, make_evidence(table=table.drop(columns="person")))
    assert finding.figures == {"feature": "size"}
    evidence = make_evidence(table=table, data=data)
    assert find(feature_predicts_target, replace(evidence, features=["size", "noise"])) == []


def test_honest_rows_are_no_finding(make_evidence: MakeEvidence) -> None:
    for rule in (feature_predicts_target, copies_across_split, identifier_features, rare_classes):
        assert find(rule, make_evidence()) == []


@pytest.mark.parametrize("n", [1, 3])
def test_test_rows_that_stand_in_training_are_counted(
    n: int, rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    test = pd.concat([rows[120:], rows[:n]])
    [finding] = find(copies_across_split, make_evidence(table=rows[:120], test=test))
    assert finding.message.endswith(f"{n} of {30 + n}.")
    assert finding.remedy == "Set data.duplicates to auto or together in conf/base/parameters.yml."
    assert finding.figures == {
        "test_copies": n,
        "test_rows": 30 + n,
        "train_copies": n,
        "train_rows": 120,
    }


def test_rows_of_different_times_are_no_copies(rows: pd.DataFrame, make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(
        table=rows[:120], test=rows, data={"rows": 1000, "copies": 99, "dropped": 99}
    )
    in_time = replace(evidence, configuration=replace(evidence.configuration, ordered=True))
    assert find(copies_across_split, evidence) != []
    assert find(copies_across_split, in_time) == []
    remedies = [find(copies_dropped, each)[0].remedy for each in (evidence, in_time)]
    assert ["duplicates to together" in remedies[0], "duplicates to keep" in remedies[1]] == [True, True]


def test_only_together_keeps_rows_of_different_groups_on_one_side(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    evidence = make_evidence(table=rows[:120], test=rows)
    groups = pd.Series(np.arange(120), rows.index[:120])
    grouped = replace(evidence, configuration=replace(evidence.configuration, groups=groups))
    [finding] = find(copies_across_split, grouped)
    assert finding.remedy == "Set data.duplicates to together in conf/base/parameters.yml."


def test_rows_of_different_weights_are_no_copies(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    weighted = {"parameters": {"weights": "people"}}

    def check(weights: Any) -> list[Finding]:
        evidence = make_evidence(table=rows[:120], test=rows, data=weighted)
        configuration = replace(evidence.configuration, weights=np.ones(120))
        train, test = evidence.train.assign(people=1.0), evidence.test.assign(people=weights)
        return find(
            copies_across_split, replace(evidence, configuration=configuration, train=train, test=test)
        )

    assert check(1.0) != []
    assert check(2.0) == []


def test_equal_rows_that_chance_explains_are_no_copies(make_evidence: MakeEvidence) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"sex": random.integers(0, 2, 300), "grade": random.integers(0, 3, 300)})
    table["kind"] = random.choice(["tall", "short"], 300)
    assert find(copies_across_split, make_evidence(table=table)) == []


def test_dropped_rows_are_told_from_one_percent_on(make_evidence: MakeEvidence) -> None:
    def drop(rule: Rule, rows: int, copies: int, coincidences: int) -> list[Finding]:
        summary = {"rows": rows, "copies": copies, "coincidences": coincidences, "dropped": copies}
        return find(rule, make_evidence(data=summary))

    assert drop(copies_dropped, 1000, 9, 0) == []
    [copies] = drop(copies_dropped, 1143, 125, 0)
    assert copies.message.startswith("125 of 1,143 rows (10.9%) were dropped")
    assert not copies.doubt
    assert drop(coincidences_dropped, 1143, 125, 0) == []

    [lost] = drop(coincidences_dropped, 1309, 875, 870)
    assert lost.figures == {"dropped": 870, "rows": 1309}
    assert lost.remedy == "Set data.duplicates to auto in conf/base/parameters.yml."
    assert lost.doubt
    assert drop(copies_dropped, 1309, 875, 870) == []

    for rule in (copies_dropped, coincidences_dropped):
        assert find(rule, make_evidence()) == []


def test_rows_that_differ_in_the_target_only_are_no_copies(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    test = rows[:20].assign(kind=rows["kind"].map({"tall": "short", "short": "tall"}))
    assert find(copies_across_split, make_evidence(table=rows, test=test)) == []


@pytest.mark.parametrize("name", ["rank", "sample_id"])
def test_numbers_that_count_the_rows_are_told_however_they_were_split(
    name: str, rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    # Features are kept as floating-point numbers, and the training rows are shuffled.
    table = rows.assign(**{name: np.arange(150.0)}).sample(frac=1, random_state=0)
    [finding] = find(identifier_features, make_evidence(table=table))
    assert finding.message == (
        f"{name} looks like an identifier: it numbers or names the rows, from which a model learns "
        "nothing about new ones."
    )
    assert finding.remedy == (
        f"Remove {name} from data.features in conf/base/parameters.yml, or add it to data.drop."
    )


def test_a_class_with_fewer_rows_than_folds_is_told(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    table = rows.copy()
    table.loc[[3, 50, 90], "kind"] = "odd"
    [one] = find(rare_classes, make_evidence(table=table))
    assert one.message.startswith(
        "The class odd of kind has 3 training rows, fewer than there are folds (5)"
    )
    assert one.figures == {"class": "odd", "rows": 3, "folds": 5}
    table.loc[7, "kind"] = "unique"
    both = find(rare_classes, make_evidence(table=table))
    assert {finding.figures["class"]: finding.figures["rows"] for finding in both} == {
        "odd": 3,
        "unique": 1,
    }


def test_a_class_of_one_group_is_missing_in_folds_although_it_has_many_rows(
    rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    table = rows.copy()
    table.loc[table.index[:30], "kind"] = "odd"
    own = np.where(np.arange(120) < 30, -1, np.arange(120) % 12)
    groups = pd.Series(own, table.index[:120])
    evidence = make_evidence(table=table)
    configuration = replace(evidence.configuration, groups=groups)
    [finding] = find(rare_classes, replace(evidence, configuration=configuration))
    assert finding.message.endswith("the held-out rows of 5 of 5 folds.")
    assert finding.figures == {"class": "odd", "lacking": 5, "folds": 5}


@pytest.mark.parametrize(
    ("name", "params", "folds"),
    [
        ("StratifiedKFold", {"n_splits": 4}, 4),
        ("RepeatedStratifiedKFold", {"n_splits": 4, "n_repeats": 9}, 4),
        ("StratifiedKFold", {"n_splits": 3}, None),
        ("ShuffleSplit", {"n_splits": 50}, None),  # a class is in all of them
        ("LeaveOneOut", {}, None),
        ("LeaveOneGroupOut", {}, None),
    ],
)
def test_the_folds_of_a_splitter_count(
    name: str, params: dict[str, Any], folds: int | None, rows: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    table = rows.copy()
    table.loc[[3, 50, 90], "kind"] = "odd"
    cv = {"class": f"sklearn.model_selection.{name}", "params": params}
    findings = find(rare_classes, make_evidence(table=table, cv=cv))
    assert [finding.figures["folds"] for finding in findings] == ([folds] if folds else [])


def test_a_regressor_has_no_classes(rows: pd.DataFrame, make_evidence: MakeEvidence) -> None:
    evidence = make_evidence(table=rows[["weight", "height"]], y_label="height", model=REGRESSOR, cv=5)
    assert find(rare_classes, evidence) == []


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
    [finding] = find(
        groups_across_split,
        make_evidence(
            [({"max_depth": 9}, 0.97), ({"max_depth": 1}, 0.6)],
            table=rows,
            groups=patients[["patient"]],
            model=TREE,
            space=DEPTH,
            corrected_value=0.96,
            corrected_low=0.9,
            corrected_high=1.0,
        ),
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
    [finding] = find(
        groups_across_split, make_evidence(trials, table=rows, groups=groups, model=TREE, space=DEPTH)
    )
    assert not finding.doubt
    assert abs(finding.figures["loss"]) < 0.1


def test_the_effect_of_groups_that_make_no_folds_is_unknown(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    groups = pd.DataFrame({"site": np.zeros(150, dtype=int)})
    trials = [({"max_depth": 1}, 0.9)]
    [finding] = find(
        groups_across_split, make_evidence(trials, table=patients, groups=groups, space=DEPTH)
    )
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
    sweep = evidence.configuration.sweep.model_copy(update={"scoring": scoring})
    configuration = replace(evidence.configuration, sweep=sweep)
    [finding] = find(groups_across_split, replace(evidence, configuration=configuration))
    assert finding.figures == {"column": "site", "test_rows": 30, "shared_rows": 30}


def test_without_groups_or_shared_ones_there_is_nothing_to_tell(
    patients: pd.DataFrame, make_evidence: MakeEvidence
) -> None:
    assert find(groups_across_split, make_evidence(table=patients)) == []
    apart = pd.DataFrame({"patient": np.arange(150) // 6})
    assert find(groups_across_split, make_evidence(table=patients, groups=apart)) == []
