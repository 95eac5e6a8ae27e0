"""The verdict: is the model good, what is the number, can it be trusted, and what comes next?"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.findings._evidence import Finding, split_message
from kedro_sweep.text import count, estimate, names, number
from kedro_sweep.words import REFERENCES, name_score

logger = logging.getLogger(__name__)

# What the scores are worth nothing with, in a few words.
OBSTACLES = {
    "no_better_than_dummy": "Not clearly better than a dummy model: do not rely on it.",
    "feature_predicts_target": "A feature gives the target away: do not quote the score.",
    "copies_across_split": "Test rows copy training rows: do not quote the test score.",
    "groups_across_split": "Groups are on both sides of the split: expect less of new ones.",
    "coincidences_dropped": "Rows were dropped that chance explains: do not quote the score.",
    "search_and_test_disagree": "The test rows do not confirm the score: do not quote it yet.",
}
NEXT = "Predict new rows: `kedro sweep predict FILE`."


def make_verdict(
    summary: SweepSummary,
    test_details: Mapping[str, Any],
    findings: Sequence[Finding],
    checks: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Make the verdict, as plain values.

    `kind` is `problem`, `unsure` or `good`. `quote` is the score to quote, `corrected` or, if there is
    none, `test`; empty for a problem. `sentence` says it in words, `next` what to do. `score`, `how` it
    was estimated, `tested`, whether it `agrees`, and `checked` are the evidence; `mail` has all of it.
    """
    kind, sentence, cause = _judge(summary, findings)
    found = next((each for each in findings if each.name == cause), None)
    first = found or next(iter(findings), None)
    (score, how), tested = _describe_score(summary), _describe_test(summary, test_details)
    status = checks.get("search_and_test_disagree", {}).get("status", "")
    agrees = {"passed": "which agrees", "problem": "which disagrees"}.get(status, "") if tested else ""
    known = "corrected" if summary.corrected else "test" if tested else ""
    quote = "" if kind == "problem" else known
    evidence = [f"{score}, {how}", ", ".join(filter(None, (tested, agrees)))]
    mail = "; ".join(filter(None, [*evidence, _describe_references(summary)]))
    return {
        "kind": kind,
        "quote": quote,
        "sentence": sentence,
        "score": score,
        "how": how,
        "tested": tested,
        "agrees": agrees,
        "checked": _count(checks),
        "next": first.remedy if first else NEXT,
        "mail": f"{sentence if kind == 'problem' else ''} {mail[:1].upper()}{mail[1:]}.".strip(),
        "checks": dict(checks),
    }


def _judge(summary: SweepSummary, findings: Sequence[Finding]) -> tuple[str, str, str]:
    """Tell the kind of the verdict, the sentence, and the name of the finding behind it."""
    gains = summary.gains
    worse = [name for name in ("dummy", "untuned", "boosting") if name in gains and gains[name].high < 0]
    doubts = [each for each in findings if each.doubt and each.name in OBSTACLES]
    if not gains and doubts and doubts[0].figures.get("is_worse"):
        worse = ["dummy"]
    if "dummy" not in worse and doubts:
        return "problem", OBSTACLES[doubts[0].name], doubts[0].name
    if worse:
        others = names([REFERENCES[name] for name in worse])
        return "problem", f"Worse than {others}: do not use it.", f"no_better_than_{worse[0]}"
    better = [REFERENCES[name] for name in REFERENCES if name in gains and gains[name].low > 0]
    unclear = [name for name in REFERENCES if name in gains and gains[name].low <= 0]
    beats = f"better than {names(better)}" if better else ""
    if not gains:
        sentence = "There is no corrected score, so it is unsure how good the model is."
        return "unsure", sentence, ""
    if "untuned" in unclear:
        sentence = "Tuning shows no clear gain over the untuned model."
        return "unsure", sentence, "no_better_than_untuned"
    if unclear:
        others = names([REFERENCES[name] for name in unclear])
        sentence = f"{beats or 'The model is'}, but not clearly better than {others}."
        return "unsure", sentence[0].upper() + sentence[1:], f"no_better_than_{unclear[0]}"
    return "good", f"Clearly {beats}.", ""


def _describe_score(summary: SweepSummary) -> tuple[str, str]:
    """Write the score, and how it was estimated."""
    score, rows = name_score(summary.scoring), count(summary.rows, "row")
    if summary.corrected is None:
        value = summary.best_value if summary.ensemble_value is None else summary.ensemble_value
        note = summary.corrected_note.rstrip(".").partition(", ")[0]
        return f"{score} {number(value)}", f"not corrected: {note}" if note else "not corrected"
    how = f"corrected for choosing among {count(summary.n_configurations, 'configuration')}"
    if summary.nested:
        how = "by nested cross-validation"
    return f"{score} {estimate(*summary.corrected)}", f"95% interval, cross-validated on {rows}, {how}"


def _describe_test(summary: SweepSummary, details: Mapping[str, Any]) -> str:
    score = details.get("score")
    if not score or not isfinite(score["value"]):
        return ""
    shown = estimate(score["value"], score.get("low"), score.get("high"))
    of = "" if score["name"] == summary.scoring else f"{name_score(score['name'])} "
    return f"{of}{shown} on {count(details.get('rows'), 'test row')}"


def _describe_references(summary: SweepSummary) -> str:
    width = summary.corrected.high - summary.corrected.low if summary.corrected else None
    values = {name: getattr(summary, f"{name}_value") for name in REFERENCES}
    return ", ".join(
        f"{REFERENCES[name].removeprefix('the ').removeprefix('a ')} {number(value, width=width)}"
        for name, value in values.items()
        if value is not None
    )


def _count(checks: Mapping[str, Mapping[str, str]]) -> str:
    """Count the checks by status, such as `22 checks: 1 problem, 15 passed`."""
    statuses = Counter(check["status"] for check in checks.values())
    words = {
        "problem": count(statuses["problem"], "problem"),
        "advice": f"{statuses['advice']} with advice",
    }
    parts = [
        words.get(status, f"{statuses[status]} {status}")
        for status in ("problem", "advice", "passed", "muted", "does not apply")
        if statuses[status]
    ]
    return f"{count(len(checks), 'check')}: {', '.join(parts).replace('does not', 'do not')}"


def log_verdict(verdict: Mapping[str, Any], findings: Sequence[Finding]) -> None:
    """Log the verdict in a few lines; the report has the findings in full."""
    level = logging.WARNING if verdict["kind"] == "problem" else logging.INFO
    logger.log(level, verdict["sentence"])
    quoted, other = ("score", "tested") if verdict["quote"] == "corrected" else ("tested", "score")
    shown = f"Quote {verdict[quoted]}" if verdict["quote"] else "Quote no score"
    beside = [verdict["tested"], verdict["agrees"]] if other == "tested" else [f"not {verdict['score']}"]
    logger.info("%s.", "; ".join(filter(None, (shown, ", ".join(filter(None, beside))))))
    logger.info("%s.", verdict["checked"])
    for problem in [each for each in findings if each.doubt and each.remedy != verdict["next"]]:
        logger.warning(problem.title)
    logger.info("Next: %s", split_message(verdict["next"])[0])
