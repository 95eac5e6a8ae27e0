"""Findings about the scores: is the model better than its references, and as good on test rows?"""

import json
from collections.abc import Iterator

from kedro_sweep.evaluation.findings.evidence import Evidence
from kedro_sweep.evaluation.findings.finding import Finding
from kedro_sweep.evaluation.findings.uncorrected import doubt_model, doubt_tuning
from kedro_sweep.evaluation.findings.wording import PARAMETERS, SEARCH, enumerate_names, show, show_range
from kedro_sweep.search import make_estimator
from kedro_sweep.search.estimator import get_searched

HARD_TEST = (
    "Find out how the test rows differ from the training rows. If rows share a source or follow time, "
    f"set data.split in {PARAMETERS} to group or time, so that the folds ask what the test asks."
)
# The area under the ROC curve of a model that ignores the features.
RANDOM_ORDER = 0.5
EASY_TEST = (
    "Find out why the test rows are easier: look for rows with a common source on both sides of the "
    f"split, and set data.split in {PARAMETERS} to group if there are any."
)


def no_better_than_dummy(evidence: Evidence) -> Iterator[Finding]:
    """The model may be no better than a dummy model that ignores the features."""
    gain = _read_gain(evidence, "gain_over_dummy")
    dummy = "than a dummy model that ignores the features"
    if gain is None:
        doubt = doubt_model(evidence)
        if doubt is None:
            return
        facts, figures = doubt
        message = f"The model is not clearly better {dummy}. {facts}"
    elif gain["gain_over_dummy_low"] > 0:
        return
    else:
        verdict = "worse" if gain["gain_over_dummy_high"] < 0 else "not clearly better"
        facts, figures = _describe_gain(evidence, "gain_over_dummy", "the dummy"), gain
        message = f"The model is {verdict} {dummy}: {facts}"
    remedy = (
        f"Check y_label, features and drop under data in {PARAMETERS}. If they are right, try another "
        f"kind of sweep.model in {SEARCH}, or several with --env contest. If none helps, find features "
        "that say more about the target, or more rows."
    )
    low, high = evidence.test_details.get("intervals", {}).get("roc_auc", (0, 1))
    if evidence.summary.get("scoring") == "accuracy" and low > RANDOM_ORDER:
        message += (
            " But the features do say something about the target: on the test rows, the 95% interval of "
            f"roc_auc is {show_range(low, high)}, above the {RANDOM_ORDER} of the dummy. Accuracy can "
            "hide this if one class is far more frequent than the others."
        )
        auc = "roc_auc" if evidence.train[evidence.y_label].nunique() == 2 else "roc_auc_ovr"
        remedy = f"Set sweep.scoring to {auc} or balanced_accuracy in {SEARCH}."
        figures |= {"test_roc_auc_low": low, "test_roc_auc_high": high}
    yield Finding("no_better_than_dummy", message, remedy, figures)


def no_better_than_default(evidence: Evidence) -> Iterator[Finding]:
    """Tuning may have gained nothing."""
    gain = _read_gain(evidence, "gain_over_default")
    remedy = f"Keep the defaults, or search other arguments or another model{evidence.place}."
    worse = False
    if gain is None:
        doubt = doubt_tuning(evidence)
        if doubt is None:
            return
        facts, figures = doubt
        message = f"The tuned model is no better than the untuned one. {facts}"
    elif gain["gain_over_default_low"] > 0:
        return
    elif gain["gain_over_default_low"] == gain["gain_over_default_high"] == 0:
        n_others = len(evidence.ranking) - 1
        if n_others < 1:
            return  # nothing was tuned
        figures = gain
        message = (
            f"Tuning changed nothing: none of {n_others} other configurations scores better than the "
            "untuned model."
        )
    else:
        worse = gain["gain_over_default_high"] < 0
        verdict = "worse" if worse else "not clearly better"
        facts, figures = _describe_gain(evidence, "gain_over_default", "the defaults"), gain
        message = f"The tuned model is {verdict} than the untuned one: {facts}"
        remedy += "" if worse else " More rows would narrow the interval."
    if any(no_better_than_dummy(evidence)):
        return  # if neither model may have learned anything, it does not matter which one is better
    message += _list_defaults_outside(evidence)
    yield Finding("no_better_than_default", message, remedy, figures, doubt=worse)


def search_and_test_disagree(evidence: Evidence) -> Iterator[Finding]:
    """The score on the test rows may differ from what the search promised."""
    score = evidence.test_details.get("score")
    corrected = evidence.read("corrected_value", "corrected_low", "corrected_high")
    if not score or corrected is None or score["name"] != evidence.summary.get("scoring"):
        return
    # No interval, or one of no width: with few rows, all draws may have the same score.
    if score["low"] == score["high"]:
        return
    above = score["low"] > corrected["corrected_high"]
    below = score["high"] < corrected["corrected_low"]
    if not (above or below):
        return
    better = above == evidence.maximizes
    yield Finding(
        "search_and_test_disagree",
        f"On the test rows, {score['name']} is {show(score['value'])} "
        f"(95% interval {show_range(score['low'], score['high'])}): {'better' if better else 'worse'} "
        f"than the search promised, {show(corrected['corrected_value'])} "
        f"({show_range(corrected['corrected_low'], corrected['corrected_high'])}).",
        EASY_TEST if better else HARD_TEST,
        corrected | {f"test_{name}": score[name] for name in ("value", "low", "high")},
    )


def _list_defaults_outside(evidence: Evidence) -> str:
    """Name the defaults that the search could not choose, if no trial is better than they are."""
    known = evidence.read("best_value", "default_value")
    if known is None:
        return ""
    improvement = known["best_value"] - known["default_value"]
    if (improvement if evidence.maximizes else -improvement) > 0:
        return ""
    space = evidence.search_space
    estimator = make_estimator(evidence.model, evidence.train[evidence.features], random_seed=0)
    defaults = get_searched(estimator, space.root)
    outside = [
        f"{name} {json.dumps(defaults[name], default=str)}"
        for name in space.distributions(defaults)
        if name in defaults and not space.root[name].holds(defaults[name])
    ]
    if not outside:
        return ""
    verb = "The default is" if len(outside) == 1 else "The defaults are"
    return f" {verb} outside the search space: {enumerate_names(outside)}."


def _read_gain(evidence: Evidence, name: str) -> dict[str, float] | None:
    return evidence.read("corrected_value", name, f"{name}_low", f"{name}_high")


def _describe_gain(evidence: Evidence, name: str, reference: str) -> str:
    summary = evidence.summary
    interval = show_range(summary[f"{name}_low"], summary[f"{name}_high"], "+")
    return (
        f"the corrected {summary['scoring']} is {show(summary['corrected_value'])}, and the gain over "
        f"{reference} on the same rows is {show(summary[name], '+')} (95% interval {interval})."
    )
