"""The verdict: is the model good, what is the number, can it be trusted, and what comes next?"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.findings._evidence import Finding, split_message
from kedro_sweep.text import REFERENCES, count, estimate, name_score, names, number

logger = logging.getLogger(__name__)

# What makes the scores worth nothing, in a few words.
OBSTACLES = {
    "no_better_than_dummy": "Not clearly better than {dummy}: do not rely on it.",
    "feature_predicts_target": "A feature gives the target away: do not quote the score.",
    "copies_across_split": "Test rows copy training rows: do not quote the test score.",
    "groups_across_split": "Groups are on both sides of the split: expect less of new ones.",
    "coincidences_dropped": "Rows were dropped that chance explains: do not quote the score.",
    "search_and_test_disagree": "The test rows do not confirm the score: do not quote it yet.",
}
NEXT = "Predict new rows: `kedro sweep predict FILE`."
AGREES = {
    "passed": "no clear difference from the corrected score",
    "problem": "clearly different from the corrected score",
}
# After a problem whose finding is muted.
READ = "Read the checks in the report."


def make_verdict(
    summary: SweepSummary,
    test_details: Mapping[str, Any],
    test_dummy: Mapping[str, Any],
    findings: Sequence[Finding],
    checks: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Make the verdict, as plain values.

    `kind` is `problem`, `unsure` or `good`. `quote` is the score to quote, `corrected` or, if there is
    none, `test`; empty for a problem. `sentence` says it in words, `next` what to do. `score`, `how` it
    was estimated, `tested`, whether it `agrees`, and `checked` are the evidence; `mail` has all of it.
    """
    kind, sentence, cause = _judge(summary, findings, checks)
    found = next((each for each in findings if each.name == cause), None)
    first = found or next((each for each in findings if each.doubt), None)
    (score, how), tested = _describe_score(summary), _describe_test(summary, test_details)
    status = checks.get("search_and_test_disagree", {}).get("status", "")
    beside = [AGREES.get(status, ""), _describe_test_dummy(test_details, test_dummy)] if tested else []
    agrees = "; ".join(filter(None, beside))
    known = "corrected" if summary.corrected else "test" if tested else ""
    references = ", ".join(filter(None, (_write_reference(summary, name) for name in REFERENCES)))
    mail = "; ".join(filter(None, [f"{score}, {how}", tested, references]))
    return {
        "kind": kind,
        "quote": "" if kind == "problem" else known,
        "sentence": sentence,
        "score": score,
        "how": how,
        "tested": tested,
        "agrees": agrees,
        "checked": _count(checks),
        "next": first.remedy if first else READ if kind == "problem" else NEXT,
        "mail": f"{sentence} {mail[:1].upper()}{mail[1:]}.",
        "checks": dict(checks),
    }


def _judge(
    summary: SweepSummary, findings: Sequence[Finding], checks: Mapping[str, Mapping[str, str]]
) -> tuple[str, str, str]:
    """Tell the kind of the verdict, the sentence, and the name of the finding behind it.

    A gain counts even if its check is muted, but not if it does not apply.
    """
    gains = summary.gains
    idle = [name for name, check in checks.items() if check["status"] == "does not apply"]
    known = [name for name in REFERENCES if name in gains and f"no_better_than_{name}" not in idle]
    worse = [name for name in known if gains[name].side < 0]
    better = [REFERENCES[name] for name in known if gains[name].side > 0]
    unclear = [name for name in known if gains[name].side <= 0]
    doubts = [each for each in findings if each.doubt and each.name in OBSTACLES]
    if not gains and doubts and doubts[0].figures.get("is_worse"):
        worse = ["dummy"]
    model = "ensemble" if summary.ensemble_value is not None else "model"
    causes = [each.name for each in doubts]
    if "dummy" in unclear:
        causes.insert(0, "no_better_than_dummy")
    if "dummy" not in worse and causes:
        dummy = _write_reference(summary, "dummy", REFERENCES["dummy"])
        return "problem", OBSTACLES[causes[0]].format(dummy=dummy), causes[0]
    if worse:
        cause = "dummy" if "dummy" in worse else worse[0]
        others = names([_write_reference(summary, name, REFERENCES[name]) for name in worse])
        return "problem", f"Worse than {others}: do not use it.", f"no_better_than_{cause}"
    if not gains:
        why = "compared with no other" if summary.corrected else "not corrected for the choice"
        return "unsure", f"The {model} was {why}, so it is unsure how good it is.", ""
    if "untuned" in unclear:
        what = "The ensemble" if model == "ensemble" else "Tuning"
        untuned = _write_reference(summary, "untuned", f"the untuned {summary.candidate or model}")
        return "unsure", f"{what} shows no clear gain over {untuned}.", "no_better_than_untuned"
    if unclear:
        others = names([_write_reference(summary, name, REFERENCES[name]) for name in unclear])
        start = f"Better than {names(better)}, but not" if better else f"The {model} is not"
        return "unsure", f"{start} clearly better than {others}.", f"no_better_than_{unclear[0]}"
    return "good", f"Clearly better than {names(better)}.", ""


def _describe_score(summary: SweepSummary) -> tuple[str, str]:
    """Write the score, and how it was estimated."""
    score, rows = name_score(summary.scoring), count(summary.rows, "row")
    if summary.corrected is None:
        note = summary.corrected_note.rstrip(".").partition(", ")[0]
        return (
            f"{score} {number(summary.chosen_value)}",
            f"not corrected: {note}" if note else "not corrected",
        )
    how = f"corrected for choosing among {count(summary.n_configurations, 'configuration')}"
    if summary.nested:
        how = "by nested cross-validation"
    model = "ensemble" if summary.ensemble_value is not None else "tuned model"
    shown = f"{model}, 95% interval, cross-validated on {rows}, {how}"
    return f"{score} {estimate(*summary.corrected)}", shown


def _describe_test(summary: SweepSummary, details: Mapping[str, Any]) -> str:
    score = details.get("score")
    if not score or not isfinite(score["value"]):
        return ""
    of = "" if score["name"] == summary.scoring else f"{name_score(score['name'])} "
    shown = estimate(score["value"], score.get("low"), score.get("high"))
    return f"{of}{shown} on {count(details.get('rows'), 'test row')}"


def _describe_test_dummy(details: Mapping[str, Any], dummy: Mapping[str, Any]) -> str:
    if "score" not in dummy:
        return ""
    low, high = (details["score"].get(end) for end in ("low", "high"))
    width = None if low is None or high is None else high - low
    return f"the dummy has {number(dummy['score'], width=width)} there"


def _write_reference(summary: SweepSummary, name: str, words: str = "") -> str:
    """Write a reference with its score, such as `dummy 0.425`, or `a dummy model (0.425)`."""
    value = getattr(summary, f"{name}_value")
    if value is None:
        return words
    shown = number(value, width=summary.width)
    return f"{words} ({shown})" if words else f"{REFERENCES[name].removeprefix('a ')} {shown}"


def _count(checks: Mapping[str, Mapping[str, str]]) -> str:
    """Count the checks by status, and name those that failed."""
    statuses = Counter(check["status"] for check in checks.values())
    failed = [check["title"] for check in checks.values() if check["status"] == "problem"]
    shown = names([f"{title}? No" for title in failed], 2)
    first = f"{len(failed)} of {len(checks)} checks failed ({shown})"
    parts = [first if failed else f"None of {len(checks)} checks failed"]
    words = {
        "advice": "with advice",
        "passed": "passed",
        "muted": "muted",
        "does not apply": "do not apply",
    }
    parts += [f"{statuses[status]} {word}" for status, word in words.items() if statuses[status]]
    return ", ".join(parts)


def log_verdict(verdict: Mapping[str, Any], findings: Sequence[Finding]) -> None:
    """Log the verdict in a few lines; the report has the findings in full."""
    level = logging.WARNING if verdict["kind"] == "problem" else logging.INFO
    logger.log(level, verdict["sentence"])
    beside = ", ".join(filter(None, (verdict["tested"], verdict["agrees"])))
    parts = [f"{'Quote' if verdict['quote'] else 'Do not quote'} {verdict['score']}", beside]
    if verdict["quote"] == "test":
        parts = [f"Quote {beside}", f"not {verdict['score']}"]
    logger.info("%s.", "; ".join(filter(None, parts)))
    logger.info("%s.", verdict["checked"])
    for problem in (each for each in findings if each.doubt):
        is_said = problem.name in OBSTACLES or problem.name.startswith("no_better_than_")
        if not (is_said and problem.remedy == verdict["next"]):
            logger.warning(problem.title)
    logger.info("Next: %s", split_message(verdict["next"])[0])
