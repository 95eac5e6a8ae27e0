"""Decide by the out-of-fold predictions of the delivered model, and record what was decided and why."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions._calibration import calibrate, correct
from kedro_sweep.evaluation.decisions._intervals import fit_intervals
from kedro_sweep.evaluation.decisions._parameters import Decision
from kedro_sweep.evaluation.decisions._threshold import CONSTRAINTS, COST, Rule
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, describe_truth
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.text import estimate, number

logger = logging.getLogger(__name__)

# With fewer rows, or rows of the rarer class, a chosen threshold is mostly luck. The accuracy gains so
# little from a threshold that it takes many rows, as in AutoGluon, and has to be asked for.
FEWEST_ROWS = 50
FEWEST_OF_CLASS = 10
FEWEST_ROWS_FOR = {"accuracy": 10_000}
USUAL, USUAL_THRESHOLD = "balanced_accuracy", 0.5
FALSE = ("fp", "fn")
NEEDS_PROBABILITIES = (
    "decision.threshold and decision.costs need probabilities, and the model predicts none: choose a "
    "model with predict_proba, or remove them."
)


def make_rule(decision: Decision, truth: Truth, scoring: str) -> Rule | None:
    """Read how predictions become decisions; None if the model's own decisions stay."""
    if truth.classes is None and decision.calibrate not in ("none", "auto"):
        raise InputError(f"decision.calibrate: {decision.calibrate!r} is for classes: set it to none.")
    if decision.is_default:
        return None
    given = "threshold" if decision.threshold is not None else "costs"
    if truth.classes is None:
        raise InputError(
            f"decision.{given}: {getattr(decision, given)!r} is for classes, and the model predicts "
            f"numbers: remove it, or choose a classifier under sweep.model."
        )
    classes = truth.classes.tolist()
    if len(classes) != 2:
        for key in ("threshold", "positive"):
            if (value := getattr(decision, key)) is not None:
                raise InputError(
                    f"decision.{key}: {value!r} is for two classes, and the target has "
                    f"{len(classes)}: set it to null, and give decision.costs by class."
                )
        return Rule(COST, None, _read_costs(decision.costs or {}, classes))
    positive = 1 if decision.positive is None else _find(decision.positive, classes)
    if positive is None:
        raise InputError(
            f"decision.positive: {decision.positive!r} is not a class; choose from {classes}, and quote "
            "yes and no."
        )
    costs = _read_costs(decision.costs, classes, positive) if decision.costs else None
    own = scoring if scoring in CONSTRAINTS and scoring not in FEWEST_ROWS_FOR else USUAL
    measure = decision.optimize or (own if costs is None else COST)
    if isinstance(decision.threshold, float):
        return Rule(measure, positive, costs, decision.threshold)
    note = _find_too_few(truth, measure)
    if note and decision.at_least:
        note += " The conditions in decision.at_least are not met."
    return Rule(measure, positive, costs, USUAL_THRESHOLD if note else None, decision.at_least, note)


def _find_too_few(truth: Truth, measure: str) -> str:
    """Explain why no threshold should be chosen from these rows; empty if one may."""
    fewest = FEWEST_ROWS_FOR.get(measure, FEWEST_ROWS)
    _, once = np.unique(
        np.arange(len(truth.y)) if truth.index is None else truth.index, return_index=True
    )
    if len(once) < fewest:
        return f"{len(once):,} rows are too few to choose a threshold: it takes {fewest:,}."
    rarer = int(np.bincount(truth.y[once], minlength=2).min())
    if rarer < FEWEST_OF_CLASS:
        return (
            f"{rarer} rows of the rarer class are too few for a threshold: it takes {FEWEST_OF_CLASS}."
        )
    return ""


def _find(label: Any, classes: list[Any]) -> int | None:
    """Find a class; YAML reads 0 as a number even if the classes are texts, and no as false."""
    alike = [isinstance(each, bool) == isinstance(label, bool) and each == label for each in classes]
    texts = [str(each) == str(label) for each in classes]
    return next((found.index(True) for found in (alike, texts) if any(found)), None)


def _read_costs(costs: Mapping[Any, Any], classes: list[Any], positive: int | None = None) -> Array:
    """Read costs as a matrix, by true and predicted class; what is not named costs nothing."""
    matrix = np.zeros((len(classes), len(classes)))
    pairs: dict[Any, Any] = {}
    if any(key in FALSE and _find(key, classes) is None for key in costs):
        if positive is None:
            raise InputError(
                f"decision.costs: fp and fn are for two classes; give costs by class: {classes}."
            )
        if unknown := [key for key in costs if key not in FALSE]:
            raise InputError(f"decision.costs: {unknown[0]!r} is unknown; give {{fp: 1, fn: 5}}.")
        pairs = {
            (1 - positive, positive): costs.get("fp", 0),
            (positive, 1 - positive): costs.get("fn", 0),
        }
    else:
        for true, row in costs.items():
            for label in (true, *(row if isinstance(row, Mapping) else ())):
                if _find(label, classes) is None:
                    raise InputError(
                        f"decision.costs: {label!r} is not a class; choose from {classes}"
                        + (", and quote yes and no" if positive is None else ", or give {fp: 1, fn: 5}")
                        + "."
                    )
            if not isinstance(row, Mapping):
                raise InputError(
                    f"decision.costs.{true}: {row!r} is not allowed; give the cost of each wrong "
                    f"prediction, such as {{{classes[0]}: 1}}."
                )
            pairs |= {(_find(true, classes), _find(label, classes)): cost for label, cost in row.items()}
    for (true, predicted), cost in pairs.items():
        if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost < np.inf:
            raise InputError(
                f"decision.costs: {cost!r}, of predicting {classes[predicted]!r} for "
                f"{classes[true]!r}, is not allowed; a cost is a number, 0 or more."
            )
        matrix[true, predicted] = cost
    if free := [label for label, column in zip(classes, matrix.T, strict=True) if not column.any()]:
        raise InputError(
            f"decision.costs: predicting {free[0]!r} never costs anything, so the model would always "
            "predict it. Give the cost of each wrong prediction."
        )
    return matrix


def read_rule(decision: Mapping[str, Any]) -> Rule | None:
    """Read the rule of a record that `decide` returned; None if it has none."""
    if not (record := decision.get("rule")):
        return None
    costs = np.array(record["costs"]) if "costs" in record else None
    if "threshold" not in record:
        return Rule(record["measure"], None, costs)
    positive = record["classes"].index(record["positive"])
    threshold = USUAL_THRESHOLD if record["threshold"] is None else record["threshold"]
    return Rule(record["measure"], positive, costs, threshold)


def check_decision(
    decision: Decision, configurations: Mapping[str, StudyConfiguration]
) -> dict[str, StudyConfiguration]:
    """Check the parameters before a search, and leave out candidates that predict no probabilities.

    Args:
        decision: The parameters.
        configurations: The search of each candidate.

    Returns:
        The searches whose models can decide so.

    Raises:
        InputError: If the parameters do not suit the target, or no candidate predicts probabilities.
    """
    first = next(iter(configurations.values()))
    rule = make_rule(decision, describe_truth(first), first.scoring)
    kept = {
        name: each
        for name, each in configurations.items()
        if rule is None or hasattr(each.build(), "predict_proba")
    }
    if not kept:
        raise InputError(NEEDS_PROBABILITIES)
    if left_out := [*configurations.keys() - kept.keys()]:
        logger.info("Skipped candidates without probabilities, for decision: %s.", ", ".join(left_out))
    return kept


def decide(
    rule: Rule | None,
    truth: Truth,
    predictions: Predictions | None,
    decision: Decision,
    corrected: Mapping[str, Sequence[float]] | None = None,
    random_seed: int = 0,
    *,
    is_ordered: bool = False,
) -> tuple[dict[str, Any], Predictions | None]:
    """Decide by the out-of-fold predictions of the delivered model; None if none are stored.

    `corrected` has estimates of the rule's measure on new rows. Returned are a record in plain values,
    and the predictions with corrected probabilities and these decisions.
    """
    decided: dict[str, Any] = {"parameters": decision.model_dump()}
    calibrator, own = None, predictions
    if predictions is None and (decision.calibrate != "none" or decision.interval):
        logger.warning("No out-of-fold predictions are stored: no calibration, and no intervals.")
    if predictions is not None and truth.classes is not None:
        decided["calibration"] = calibrate(truth, predictions, decision.calibrate, random_seed)
        if calibrator := decided["calibration"]["calibrator"]:  # the threshold comes after it
            predictions = correct(predictions, calibrator)
            labels = predictions.need_probabilities().argmax(axis=1)
            predictions = replace(predictions, labels=labels)
    if predictions is not None and (level := decision.interval):
        decided["interval"] = fit_intervals(truth, predictions, level, is_ordered=is_ordered)
    if rule is None:
        return decided, predictions
    record = _describe(rule, truth)
    if predictions is None or own is None:
        record["note"] = record["note"] or "No out-of-fold predictions are stored to choose by."
        logger.warning(record["note"])
    else:
        record, predictions = _apply(rule, record, truth, predictions, own)
    # With a threshold that is not chosen, draws decided by probabilities before their correction.
    is_before = calibrator and (rule.positive is None or rule.threshold is not None)
    known = {} if corrected is None or is_before or rule.note else corrected
    estimates = {name: [*found] for name, found in known.items()}
    if rule.measure == COST:  # which is better if lower
        for name in {*estimates} - {"gain"}:
            value, low, high = estimates[name]
            estimates[name] = [-value, max(0.0, -high), -low]
    record["corrected"] = estimates
    _log(record)
    return decided | {"rule": record}, predictions


def _log(record: Mapping[str, Any]) -> None:
    if "after" not in record or record["note"]:
        return
    how = "the class with the lowest expected cost"
    if "threshold" in record:
        how = f"{record['positive']} if its probability is at least {number(record['threshold'])}"
    after, before = (record["corrected"].get(name, [record[name]]) for name in ("after", "before"))
    kind = "Corrected" if record["corrected"] else "Out-of-fold"
    text = "Decision: predict %s. %s %s: %s, by the model's own decisions %s."
    logger.info(text, how, kind, record["measure"], estimate(*after), number(before[0]))


def _describe(rule: Rule, truth: Truth) -> dict[str, Any]:
    classes = truth.need_classes().tolist()
    record: dict[str, Any] = {"measure": rule.measure, "classes": classes, "note": rule.note}
    if rule.costs is not None:
        record["costs"] = rule.costs.tolist()
    if rule.positive is not None:
        record["positive"] = classes[rule.positive]
        record["threshold"] = None if rule.note else rule.threshold
    if rule.note:
        logger.warning("The threshold stays %g. %s", USUAL_THRESHOLD, rule.note)
    return record


def _apply(
    rule: Rule, record: dict[str, Any], truth: Truth, predictions: Predictions, own: Predictions
) -> tuple[dict[str, Any], Predictions]:
    """Complete the record with what is chosen and measured, and decide so."""
    if predictions.probabilities is None:
        raise InputError(NEEDS_PROBABILITIES)
    everything = np.ones((1, len(truth.y)))
    labels, [threshold] = rule.decide(truth, predictions, everything)
    if rule.note:  # the model decides by itself
        labels = predictions.labels[np.newaxis]
    if rule.positive is not None and rule.threshold is None:
        record["at_least"] = _check_conditions(rule, truth, labels, float(threshold))
        record["threshold"] = float(threshold)
    sign = -1 if rule.measure == COST else 1
    for name, found in {"before": own.labels[np.newaxis], "after": labels}.items():
        record[name] = sign * float(rule.judge(truth, found, everything)[0])
    return record, replace(predictions, labels=labels[0])


def _check_conditions(
    rule: Rule, truth: Truth, labels: Array, threshold: float
) -> dict[str, list[float]]:
    """List the conditions with what is reached; an error if one is not."""
    counts = rule.count(truth, labels, np.ones((1, len(truth.y))))
    reached = {name: float(CONSTRAINTS[name](*counts)[0]) for name in rule.at_least}
    if any(reached[name] < low for name, low in rule.at_least.items()):
        wanted = " and ".join(f"{name} {low:g}" for name, low in rule.at_least.items())
        nearest = " and ".join(f"{name} {number(value)}" for name, value in reached.items())
        raise InputError(
            f"decision.at_least: no threshold reaches {wanted} on the out-of-fold predictions. The "
            f"nearest, {number(threshold)}, reaches {nearest}: lower the condition."
        )
    return {name: [low, reached[name]] for name, low in rule.at_least.items()}
