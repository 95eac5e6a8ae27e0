from typing import Any

import pytest

from kedro_sweep.report.page._decisions import list_decision_facts

RULE: dict[str, Any] = {
    "measure": "cost",
    "classes": ["no", "yes"],
    "positive": "yes",
    "threshold": 0.0894,
    "costs": [[0.0, 1.0], [5.0, 0.0]],
    "before": 0.62,
    "after": 0.42,
    "note": "",
    "corrected": {"before": [0.63, 0.52, 0.75], "after": [0.45, 0.36, 0.54], "gain": [0.18, 0.08, 0.28]},
}
TEST = {"decision": {"value": 0.44, "low": 0.3, "high": 0.59, "own": 0.6471}}


def test_without_a_decision_there_are_no_facts() -> None:
    assert list_decision_facts({}, TEST) == {}


def test_a_decision_comes_with_its_evidence() -> None:
    facts = list_decision_facts({"rule": RULE}, TEST)
    assert facts["Decision"] == "yes if its probability is at least 0.0894"
    assert facts["Costs"] == "1 if no is called yes, 5 if yes is called no"
    assert "0.45 (0.36 to 0.54)" in facts["Corrected mean cost per row"]
    assert facts["Test mean cost per row"] == "0.44 (0.30 to 0.59); by the model's own decisions 0.65"


@pytest.mark.parametrize(
    ("change", "name", "shown"),
    [
        ({"corrected": {}}, "Out-of-fold mean cost per row", "not corrected"),
        ({"threshold": None, "note": "Too few rows."}, "Note", "Too few rows."),
        ({"threshold": None}, "Decision", "the model's own"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, Any], name: str, shown: str) -> None:
    assert shown in list_decision_facts({"rule": RULE | change}, {})[name]


def test_costs_of_several_classes_decide_without_a_threshold() -> None:
    rule = {name: RULE[name] for name in RULE if name not in ("threshold", "positive")}
    assert "lowest expected cost" in list_decision_facts({"rule": rule}, {})["Decision"]
