"""Findings about the scores: is the model better than its references, and as good on test rows?

Without a corrected value, as after a split by time, the folds and the test rows decide.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from math import inf, isfinite

from kedro_sweep.evaluation.estimates import Estimate, subtract
from kedro_sweep.evaluation.findings._evidence import (
    PARAMETERS,
    SEARCH,
    Evidence,
    Finding,
    Result,
    find,
)
from kedro_sweep.search.study import get_searched
from kedro_sweep.text import REFERENCES, estimate, interval, names, number

HARD_TEST = (
    "Find out how the test rows differ from the training rows. If rows share a source or follow time, "
    f"set data.split in {PARAMETERS} to group or time, so that the folds ask what the test asks."
)
EASY_TEST = (
    "Find out why the test rows are easier: look for rows with a common source on both sides of the "
    f"split, and set data.split in {PARAMETERS} to group if there are any."
)
# The area under the ROC curve of a model that ignores the features.
RANDOM_ORDER = 0.5
# Enough for a contest of six candidates to find the three that get all further trials.
N_CONTEST = 90

# Sentences about a model, and the figures behind them.
Doubt = tuple[str, dict[str, float]]


def no_better_than_dummy(evidence: Evidence) -> Iterator[Result]:
    """The model may be no better than a dummy model that ignores the features."""
    gain = evidence.summary.gains.get("dummy")
    if gain and gain.low > 0:
        yield f"gain {estimate(*gain)}"
        return
    doubt = _describe_gain(evidence, gain, "dummy") if gain else doubt_model(evidence)
    if doubt is None:
        compared = {"in the folds": _compare_in_folds(evidence, "dummy")[0]}
        compared["on the test rows"] = _compare_on_test(evidence)[0]
        if where := [place for place, figures in compared.items() if figures]:
            yield f"better {' and '.join(where)}"
        return
    facts, figures = doubt
    is_worse = gain.high < 0 if gain else _is_worse_on_test(evidence, figures)
    verdict = "worse" if is_worse else "not clearly better"
    message = f"The model is {verdict} than a dummy model that ignores the features. {facts}"
    remedy = (
        f"Check y_label, features and drop under data in {PARAMETERS}. If they are right, try another "
        f"kind of sweep.model in {SEARCH}, or several with --env contest. If none helps, find features "
        "that say more about the target, or more rows."
    )
    low, high = evidence.test_details.get("intervals", {}).get("roc_auc", (0, 1))
    if evidence.summary.scoring == "accuracy" and low > RANDOM_ORDER:
        message += (
            " But the features do say something about the target: on the test rows, the 95% interval of "
            f"roc_auc is {interval(low, high)}, above the {RANDOM_ORDER} of the dummy. Accuracy can "
            "hide this if one class is far more frequent than the others."
        )
        auc = "roc_auc" if evidence.train[evidence.y_label].nunique() == 2 else "roc_auc_ovr"
        remedy = f"Set sweep.scoring to {auc} or balanced_accuracy in {SEARCH}."
        figures |= {"test_roc_auc_low": low, "test_roc_auc_high": high}
    yield Finding("no_better_than_dummy", message, remedy, {"is_worse": is_worse, **figures})


def _is_worse_on_test(evidence: Evidence, figures: Mapping[str, float]) -> bool:
    """Check whether the whole interval of the test score is worse than the dummy on these rows."""
    best_end = figures.get("test_high" if evidence.sign > 0 else "test_low")
    return best_end is not None and evidence.sign * (best_end - figures["test_dummy_value"]) < 0


def no_better_than_untuned(evidence: Evidence) -> Iterator[Result]:
    """The search may not show any gain from tuning."""
    doubt = yield from _doubt_gain(evidence, "untuned")
    if doubt is None:
        return
    gain, (facts, figures) = evidence.summary.gains.get("untuned"), doubt
    is_worse = bool(gain and gain.high < 0)
    verdict = "worse" if is_worse else "not clearly better"
    remedy = f"Keep the untuned model, or search other arguments or another model{evidence.in_file}."
    if gain and gain.low == gain.high == 0:
        n_others = len(evidence.ranking) - 1
        if n_others < 1:
            return  # nothing was tuned
        facts = f"None of {n_others} other configurations scores better."
    elif gain and not is_worse:
        if gain.high > 0:
            most = number(gain.high, width=gain.high - gain.low)
            facts += f" A gain of up to {most} is not excluded."
        remedy += " More rows would narrow the interval."
    message = f"The tuned model is {verdict} than the untuned one. {facts}"
    message += _list_untuned_outside(evidence)
    yield Finding("no_better_than_untuned", message, remedy, figures, doubt=is_worse)


def no_better_than_boosting(evidence: Evidence) -> Iterator[Result]:
    """The model may be no better than untuned gradient boosting, which is one line of code."""
    if "HistGradientBoosting" in evidence.summary.model:
        return  # of the same model, no_better_than_untuned says it
    doubt = yield from _doubt_gain(evidence, "boosting")
    if doubt is None:
        return
    gain, (facts, figures) = evidence.summary.gains.get("boosting"), doubt
    is_worse = bool(gain and gain.high < 0)
    verdict = "worse" if is_worse else "not clearly better"
    message = (
        f"The model is {verdict} than untuned gradient boosting, which is one line of code. {facts}"
    )
    is_short = evidence.configuration.sweep.n_trials < N_CONTEST
    trials = f" --params sweep.n_trials={N_CONTEST}" if is_short else ""
    remedy = f"Run `kedro run --env contest{trials}`, which searches boosting and other kinds of models."
    if evidence.candidate:
        remedy = (
            f"Give the contest more trials, or more time{evidence.in_file}. More rows may help both."
        )
    yield Finding("no_better_than_boosting", message, remedy, figures, doubt=is_worse)


def _doubt_gain(evidence: Evidence, reference: str) -> Generator[str, None, Doubt | None]:
    """Doubt the gain over a model that learned from the features; a clear one has passed."""
    gain = evidence.summary.gains.get(reference)
    if gain and gain.low > 0:
        yield f"gain {estimate(*gain)}"
        return None
    doubt = _describe_gain(evidence, gain, reference) if gain else doubt_tuning(evidence, reference)
    if doubt is None and getattr(evidence.summary, f"{reference}_value") is not None:
        yield "better in the folds that chose it, which is no proof"
    # If neither model may have learned anything, it does not matter which one is better.
    return None if doubt is None or find(no_better_than_dummy, evidence) else doubt


def search_and_test_disagree(evidence: Evidence) -> Iterator[Result]:
    """The score on the test rows may differ from what the search promised."""
    score, corrected = evidence.test_details.get("score"), evidence.summary.corrected
    if not score or corrected is None or score["name"] != evidence.summary.scoring:
        return
    # No interval, or one of no width: with few rows, all draws may have the same score.
    if score["low"] == score["high"]:
        return
    tested = Estimate(score["value"], score["low"], score["high"])
    difference = subtract(tested, corrected)
    if difference.low <= 0 <= difference.high:
        yield f"difference {estimate(*difference)}"
        return
    is_better = (difference.value > 0) == (evidence.sign > 0)
    if is_better and evidence.configuration.sample_note:
        return  # the delivered model was trained on more rows than those of the search
    yield Finding(
        "search_and_test_disagree",
        f"On the test rows, {score['name']} is {_show(tested)}: {'better' if is_better else 'worse'} "
        f"than the search promised, {_show(corrected)}. "
        f"The difference is {_show(difference, signed=True)}.",
        EASY_TEST if is_better else HARD_TEST,
        _list_figures("corrected", corrected)
        | _list_figures("test", tested)
        | _list_figures("difference", difference),
    )


def _describe_gain(evidence: Evidence, gain: Estimate, reference: str) -> Doubt:
    corrected, figures = evidence.summary.corrected, _list_figures(f"gain_over_{reference}", gain)
    start = "The"
    if corrected is not None:  # a score that is the same on each draw has only gains
        value = number(corrected.value, width=corrected.width)
        start = f"Its corrected {evidence.summary.scoring} is {value}, and the"
        figures = _list_figures("corrected", corrected) | figures
    of_gain = _show(gain, signed=True)
    return f"{start} gain over {REFERENCES[reference]} on the same rows is {of_gain}.", figures


def _show(known: Estimate, *, signed: bool = False) -> str:
    value, low, high = known
    text = number(value, width=high - low, signed=signed)
    return f"{text} (95% interval {interval(low, high, signed=signed)})"


def _list_figures(name: str, known: Estimate) -> dict[str, float]:
    return {f"{name}_{part}": value for part, value in known._asdict().items()}


def _list_untuned_outside(evidence: Evidence) -> str:
    """Name the defaults outside the search space, if no trial is better than they are."""
    best, untuned = evidence.summary.best_value, evidence.summary.untuned_value
    if best is None or untuned is None or not evidence.sign * (best - untuned) <= 0:
        return ""
    space = evidence.configuration.search_space
    defaults = get_searched(evidence.make_estimator(), space.root)
    outside = [
        f"{name} {json.dumps(defaults[name], default=str)}"
        for name in space.distributions(defaults)
        if name in defaults and not space.root[name].holds(defaults[name])
    ]
    return f" Outside the search space, it has {names(outside)}." if outside else ""


def doubt_model(evidence: Evidence) -> Doubt | None:
    """Tell why the model may be no better than the dummy, from the folds and the test rows.

    The folds chose the model, which is in its favor. If it is no better even there, no interval is
    needed. The test rows chose nothing, so there the interval decides.
    """
    tested, is_better_on_test = _compare_on_test(evidence)
    in_folds, is_better_in_folds, text = _compare_in_folds(evidence, "dummy")
    if is_better_on_test and is_better_in_folds:
        return None
    facts = []
    if tested:
        value = number(tested["test_value"])
        if "test_low" in tested:
            value = _show(Estimate(*(tested[f"test_{part}"] for part in Estimate._fields)))
        facts.append(
            f"On the test rows, its {evidence.summary.scoring} is {value}, and that of a dummy model "
            f"is {number(tested['test_dummy_value'])}."
        )
    facts.append(text)
    return " ".join(filter(None, facts)) + _explain(evidence), tested | in_folds


def doubt_tuning(evidence: Evidence, reference: str) -> Doubt | None:
    """Tell why no gain is shown: the model is no better even in the folds, which chose it."""
    in_folds, is_better, text = _compare_in_folds(evidence, reference)
    return None if is_better else (text + _explain(evidence), in_folds)


def _explain(evidence: Evidence) -> str:
    """Tell why there is no corrected value, if there is none."""
    known = evidence.summary.corrected
    return "" if known else f" There is no corrected value. {evidence.summary.corrected_note}".rstrip()


def _compare_in_folds(evidence: Evidence, reference: str) -> tuple[dict[str, float], bool, str]:
    summary = evidence.summary
    model = "best" if summary.ensemble_value is None else "ensemble"
    value = summary.chosen_value
    other = getattr(summary, f"{reference}_value")
    if value is None or other is None or not (isfinite(value) and isfinite(other)):
        return {}, True, ""
    text = (
        f"In the folds that it was chosen by, its {summary.scoring} is {number(value)}, and that of "
        f"{REFERENCES[reference]} is {number(other)}."
    )
    figures = {f"{model}_value": value, f"{reference}_value": other}
    return figures, evidence.sign * (value - other) > 0, text


def _compare_on_test(evidence: Evidence) -> tuple[dict[str, float], bool]:
    test, scoring = evidence.test_details.get("score"), evidence.summary.scoring
    if not test or test["name"] != scoring or (dummy := evidence.test_dummy.get("score")) is None:
        return {}, True
    figures = {f"test_{part}": test[part] for part in Estimate._fields if test[part] is not None}
    # Without an interval, the value has to do.
    nearest = figures.get("test_low" if evidence.sign > 0 else "test_high", test["value"])
    is_better = evidence.sign * (test["value"] - dummy) > 0
    is_clear = evidence.sign * (nearest - dummy) > 0 or _has_clear_r2(evidence)
    return figures | {"test_dummy_value": dummy}, is_better and is_clear


def _has_clear_r2(evidence: Evidence) -> bool:
    """Check whether R² on the test rows leaves no doubt.

    A few rows with large errors widen the interval of a mean error, although they are as hard for the
    dummy. R² allows for that.
    """
    low, _ = evidence.test_details.get("intervals", {}).get("r2", (-inf, inf))
    dummy: float = evidence.test_dummy.get("metrics", {}).get("r2", inf)
    return bool(low > dummy)
