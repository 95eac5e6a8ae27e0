"""What was decided about the predictions, and on what evidence, as facts."""

from collections.abc import Mapping
from typing import Any

from kedro_sweep import text

MEASURES = {
    "cost": "mean cost per row",
    "f1": "F1",
    "balanced_accuracy": "balanced accuracy",
    "matthews_corrcoef": "Matthews correlation",
}


def list_decision_facts(decision: Mapping[str, Any], test_details: Mapping[str, Any]) -> dict[str, str]:
    """List a fact for each decision; empty if there is none."""
    return _list_rule_facts(decision.get("rule") or {}, test_details.get("decision") or {})


def _list_rule_facts(rule: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, str]:
    if not rule:
        return {}
    measure = MEASURES.get(rule["measure"], rule["measure"])
    facts = {}
    if "threshold" not in rule:
        facts["Decision"] = "the class with the lowest expected cost"
    elif rule["threshold"] is None:
        facts["Decision"] = "the model's own"
    else:
        positive, threshold = text.name(rule["positive"]), text.number(rule["threshold"])
        facts["Decision"] = f"{positive} if its probability is at least {threshold}"
    if "costs" in rule:
        facts["Costs"] = _describe_costs(rule["costs"], rule["classes"])
    if corrected := rule.get("corrected"):
        was, now, gain = (text.estimate(*corrected[name]) for name in ("before", "after", "gain"))
        facts[f"Corrected {measure}"] = f"{now}; by the model's own decisions {was}; gain {gain}"
    elif "after" in rule:
        was, now = (text.number(rule[name]) for name in ("before", "after"))
        facts[f"Out-of-fold {measure}"] = f"{now}, not corrected; by the model's own decisions {was}"
    if test:
        found = text.estimate(test["value"], test["low"], test["high"])
        own = text.number(test["own"], width=test["high"] - test["low"])
        facts[f"Test {measure}"] = f"{found}; by the model's own decisions {own}"
    if rule.get("note"):
        facts["Note"] = rule["note"]
    return facts


def _describe_costs(costs: list[list[float]], classes: list[Any]) -> str:
    return ", ".join(
        f"{text.setting(cost)} for {text.name(classes[predicted])} instead of {text.name(classes[true])}"
        for true, row in enumerate(costs)
        for predicted, cost in enumerate(row)
        if cost
    )
