"""What was decided about the predictions, and on what evidence, as facts."""

from collections.abc import Mapping
from typing import Any

from kedro_sweep import text
from kedro_sweep.evaluation.decisions import describe_coverage

MEASURES = {
    "cost": "mean cost per row",
    "f1": "F1",
    "balanced_accuracy": "balanced accuracy",
    "matthews_corrcoef": "Matthews correlation",
}


def list_decision_facts(decision: Mapping[str, Any], test_details: Mapping[str, Any]) -> dict[str, str]:
    """List a fact for each decision; empty if there is none."""
    rule = _list_rule_facts(decision.get("rule") or {}, test_details.get("decision") or {})
    calibration, interval = decision.get("calibration", {}), decision.get("interval", {})
    before, after = calibration.get("before", {}), calibration.get("after", {})
    facts = {
        "Out-of-fold probabilities": _describe_probabilities(before, after),
        "Their correction": _describe_correction(calibration),
        "Test probabilities": _describe_probabilities(test_details.get("calibration", {}), {}),
        "Prediction intervals": _describe_intervals(interval, test_details.get("coverage", {})),
    }
    return rule | {name: fact for name, fact in facts.items() if fact}


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
    for name, (low, reached) in rule.get("at_least", {}).items():
        facts[f"At least {text.setting(low)} {name}"] = f"{text.number(reached)} out of fold"
    if "costs" in rule:
        facts["Costs"] = _describe_costs(rule["costs"], rule["classes"])
    if corrected := rule.get("corrected"):
        was, now, gain = (text.estimate(*corrected[name]) for name in ("before", "after", "gain"))
        facts[f"Corrected {measure}"] = f"{now}; by the model's own decisions {was}; gain {gain}"
    elif "after" in rule:
        was, now = (text.number(rule[name]) for name in ("before", "after"))
        facts[f"Out-of-fold {measure}"] = f"{now}, not corrected; by the model's own decisions {was}"
    if test:
        low, high = test["low"], test["high"]
        found = text.estimate(test["value"], low, high)
        own = text.number(test["own"], width=None if low is None else high - low)
        facts[f"Test {measure}"] = f"{found}; by the model's own decisions {own}"
    if rule.get("note"):
        facts["Note"] = rule["note"]
    return facts


def _describe_costs(costs: list[list[float]], classes: list[Any]) -> str:
    return ", ".join(
        f"{text.setting(cost)} if {text.name(classes[true])} is called {text.name(classes[predicted])}"
        for true, row in enumerate(costs)
        for predicted, cost in enumerate(row)
        if cost
    )


def _describe_probabilities(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Write such as `Brier score 0.1430 → 0.1390, slope 0.6100 → 1.020`."""
    known = [{key: _write(value) for key, value in found.items()} for found in (before, after)]
    return ", ".join(
        f"{text.METRICS.get(key, key)} {' → '.join(found[key] for found in known if key in found)}"
        for key in before
    )


def _write(value: Any) -> str:
    return text.estimate(*value) if isinstance(value, list) else text.number(value)


def _describe_correction(found: Mapping[str, Any]) -> str:
    gain = f"new rows gain {text.estimate(*found['gain'])} in Brier score" if found.get("gain") else ""
    chosen = found.get("chosen", "none") if found.get("method", "none") != "none" else ""
    facts = (chosen, gain, found.get("note", "").rstrip("."))
    return "; ".join(filter(None, facts))


def _describe_intervals(found: Mapping[str, Any], coverage: Mapping[str, Any]) -> str:
    sizes = {"mean_width": "mean width {}", "mean_size": "{} classes on average"}
    facts = [describe_coverage(coverage)] if coverage else []
    facts += [size.format(text.number(coverage[key])) for key, size in sizes.items() if key in coverage]
    return "; ".join(filter(None, [*facts, found.get("note", "").rstrip(".")]))
