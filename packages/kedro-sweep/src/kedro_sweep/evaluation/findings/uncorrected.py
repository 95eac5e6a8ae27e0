"""Compare the model with its references where there is no corrected value, as after a split by time."""

from contextlib import suppress
from math import inf, isfinite
from typing import Any

from kedro_sweep.evaluation.baselines import make_dummy
from kedro_sweep.evaluation.findings.evidence import Evidence
from kedro_sweep.evaluation.findings.wording import show, show_range
from kedro_sweep.evaluation.measures import score_rows


def doubt_model(evidence: Evidence) -> tuple[str, dict[str, float]] | None:
    """Tell why the model may be no better than the dummy, from the folds and the test rows.

    The folds chose the model, which is in its favor. If it is no better even there, no interval is
    needed. The test rows chose nothing, so there the interval decides.
    """
    tested, is_better_on_test = _compare_on_test(evidence)
    in_folds, is_better_in_folds = _compare_in_folds(evidence, "dummy")
    if is_better_on_test and is_better_in_folds:
        return None
    facts = []
    if tested:
        interval = ""
        if "test_low" in tested:
            interval = f" (95% interval {show_range(tested['test_low'], tested['test_high'])})"
        facts.append(
            f"On the test rows, its {evidence.summary['scoring']} is {show(tested['test_value'])}"
            f"{interval}, and that of the dummy is {show(tested['test_dummy_value'])}."
        )
    if in_folds:
        facts.append(_describe_folds(evidence, in_folds, "the dummy"))
    return " ".join([*facts, *_explain(evidence)]), tested | in_folds


def doubt_tuning(evidence: Evidence) -> tuple[str, dict[str, float]] | None:
    """Tell why tuning gained nothing: the model is no better even in the folds, which chose it."""
    in_folds, is_better = _compare_in_folds(evidence, "default")
    if is_better:
        return None
    facts = _describe_folds(evidence, in_folds, "the untuned one")
    return " ".join([facts, *_explain(evidence)]), in_folds


def _describe_folds(evidence: Evidence, figures: dict[str, float], reference: str) -> str:
    value, other = figures.values()
    return (
        f"In the folds that it was chosen by, its {evidence.summary['scoring']} is {show(value)}, and "
        f"that of {reference} is {show(other)}."
    )


def _explain(evidence: Evidence) -> list[str]:
    """Tell why there is no corrected value, if there is none."""
    if evidence.summary.get("corrected_value") is not None:
        return []
    note = evidence.summary.get("corrected_note")
    return ["There is no corrected value.", *([note] if note else [])]


def _compare_in_folds(evidence: Evidence, reference: str) -> tuple[dict[str, float], bool]:
    model = "ensemble" if "ensemble_value" in evidence.summary else "best"
    figures = evidence.read(f"{model}_value", f"{reference}_value")
    if figures is None:
        return {}, True
    value, other = figures.values()
    return figures, value > other if evidence.maximizes else value < other


def _compare_on_test(evidence: Evidence) -> tuple[dict[str, float], bool]:
    test, scoring = evidence.test_details.get("score"), evidence.summary.get("scoring")
    if not test or test["name"] != scoring or (dummy := _score_dummy(evidence, scoring)) is None:
        return {}, True
    names = ("value", "low", "high")
    figures = {f"test_{name}": test[name] for name in names if test[name] is not None}
    # Without an interval, the value has to do.
    nearest = figures.get("test_low" if evidence.maximizes else "test_high", test["value"])
    is_better, is_clear = (
        number > dummy if evidence.maximizes else number < dummy for number in (test["value"], nearest)
    )
    is_clear = is_clear or _has_clear_r2(evidence)
    return figures | {"test_dummy_value": dummy}, is_better and is_clear


def _has_clear_r2(evidence: Evidence) -> bool:
    """Check whether R² on the test rows leaves no doubt.

    A few rows with large errors widen the interval of a mean error, although they are as hard for the
    dummy. R² allows for that.
    """
    low, _ = evidence.test_details.get("intervals", {}).get("r2", (-inf, inf))
    if not isfinite(low):
        return False
    dummy = _score_dummy(evidence, "r2")
    return dummy is not None and low > dummy


def _score_dummy(evidence: Evidence, scoring: Any) -> float | None:
    """Train the dummy on the training rows, and score it on the test rows."""
    train, test = evidence.train, evidence.test
    dummy = make_dummy(evidence.model.is_classifier)
    dummy.fit(train[evidence.features], train[evidence.y_label])
    with suppress(Exception):  # a custom scorer may raise anything
        value = score_rows(dummy, test[evidence.features], test[evidence.y_label], scoring)
        return value if isfinite(value) else None
    return None
