"""What a reader looks for first: what predicts what, how well, and which number to quote."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kedro_sweep.report.page.data import ReportData
from kedro_sweep.report.page.tables import list_features
from kedro_sweep.report.page.words import (
    METRICS,
    count,
    name_score,
    shorten,
    show_count,
    show_interval,
    show_number,
)

REFERENCES = {
    "default": ("Without tuning", "{model} before the search, in the same folds."),
    "dummy": ("Baseline", "A dummy model that ignores the features, in the same folds."),
}


QUOTE_WITH_CARE = "Quote with care: it may be no better than the dummy model"


class HeadlineNumber(NamedTuple):
    """A number at the top of the report, and a sentence that explains it."""

    name: str
    value: str
    interval: str  # empty if there is none
    meaning: str
    advice: str  # for example, `Quote this`; empty for a number to compare with


def describe_model(data: ReportData) -> str:
    """Describe in two sentences what predicts what, and from which features.

    Args:
        data: The results of the run.

    Returns:
        The sentences.
    """
    summary, n_features = data.summary, len(list_features(data))
    source = f", from {count(n_features, 'feature')}" if n_features else ""
    trials, scoring = count(summary["n_trials"], "trial"), name_score(summary["scoring"])
    better = "lower" if summary["direction"] == "minimize" else "higher"
    rows = f" on {count(data.train_rows, 'training row')}" if data.train_rows else ""
    tested = f"; {count(data.test_rows, 'test row')} were kept apart" if data.test_rows else ""
    model = f"an {data.model}" if data.members else shorten(data.model)
    contest = f" of {len(data.candidates)} models" if data.candidates else ""
    return (
        f"{data.task.capitalize()} by {model}{source}. The search compared {trials}{contest} by "
        f"{scoring} ({better} is better){rows}{tested}."
    )


def list_headline_numbers(data: ReportData) -> list[HeadlineNumber]:
    """List the numbers that a reader looks for first, starting with the one to quote."""
    advice = QUOTE_WITH_CARE if "no_better_than_dummy" in data.findings else "Quote this"
    corrected = _list_corrected_scores(data, advice)
    is_ensemble = "ensemble_value" in data.summary
    describe_choice = _describe_ensemble_score if is_ensemble else _describe_best_score
    return [
        *corrected,
        *_list_test_scores(data, "Quote alongside it" if corrected else advice),
        describe_choice(data),
        *_list_references(data),
    ]


def _list_corrected_scores(data: ReportData, advice: str) -> list[HeadlineNumber]:
    """Return the corrected score, or an empty list if there is none."""
    summary = data.summary
    if summary.get("corrected_value") is None:
        return []
    configurations = _describe_configurations(summary)
    choice = "chosen the ensemble from" if "ensemble_value" in summary else "picked the best of"
    rows = f"all {show_count(data.train_rows)}" if data.train_rows else "all"
    return [
        HeadlineNumber(
            f"Corrected {name_score(summary['scoring'])}",
            show_number(summary["corrected_value"]),
            show_interval(summary["corrected_low"], summary["corrected_high"]),
            f"What to expect on new rows: the cross-validated score, corrected for having {choice} "
            f"{configurations}. It uses {rows} training rows.",
            advice,
        )
    ]


def _list_test_scores(data: ReportData, advice: str) -> list[HeadlineNumber]:
    """Return the score of the search on the test rows or, if there is none, the first test metric."""
    details = data.test_details
    score = details.get("score")
    if score:
        name, value = name_score(score["name"]), score["value"]
        interval = show_interval(score["low"], score["high"])
        if score.get("depends_on_rows"):
            advice = "Quote with the number of rows"
    elif data.test_metrics:
        first = next(iter(data.test_metrics))
        name, value = METRICS.get(first, first), data.test_metrics[first]
        interval = show_interval(*details.get("intervals", {}).get(first, (None, None)))
    else:
        return []
    rows = count(data.test_rows, "row") if data.test_rows else "rows"
    meaning = f"The trained model on {rows} that neither the search nor the training has seen."
    return [HeadlineNumber(f"Test {name}", show_number(value), interval, meaning, advice)]


def _describe_ensemble_score(data: ReportData) -> HeadlineNumber:
    summary = data.summary
    value = summary["ensemble_value"]
    return HeadlineNumber(
        f"Cross-validated {name_score(summary['scoring'])} of the ensemble",
        show_number(value),
        "",
        f"Its members were chosen by this score, so part of it is luck.{_describe_luck(summary, value)} "
        f"The best trial alone has {show_number(summary['best_value'])}.",
        "Do not quote",
    )


def _describe_best_score(data: ReportData) -> HeadlineNumber:
    summary, n_configurations = data.summary, _count_configurations(data.summary)
    best = summary["best_value"]
    meaning = "The only configuration of the search."
    if n_configurations > 1:
        meaning = f"The best of {count(n_configurations, 'configuration')}, so part of it is luck."
        meaning += _describe_luck(summary, best)
    name = f"Best cross-validated {name_score(summary['scoring'])}"
    return HeadlineNumber(
        name, show_number(best), "", meaning, "Do not quote" if n_configurations > 1 else ""
    )


def _describe_luck(summary: Mapping[str, Any], value: float) -> str:
    """Describe how much of a value the correction removes."""
    if summary.get("corrected_value") is None:
        return ""
    luck = (value - summary["corrected_value"]) * (-1 if summary["direction"] == "minimize" else 1)
    return f" The correction removes {show_number(luck)}." if luck > 0 else ""


def _count_configurations(summary: Mapping[str, Any]) -> int:
    """Count the different configurations; if only trials were counted, the complete ones."""
    return int(summary.get("n_configurations") or summary["n_complete"])


def _describe_configurations(summary: Mapping[str, Any]) -> str:
    n_configurations, n_complete = _count_configurations(summary), int(summary["n_complete"])
    if n_configurations >= n_complete:
        return count(n_configurations, "configuration")
    repeats = show_count(n_complete - n_configurations)
    return (
        f"{count(n_configurations, 'different configuration')} ({repeats} of the "
        f"{count(n_complete, 'complete trial')} repeated one)"
    )


def _list_references(data: ReportData) -> list[HeadlineNumber]:
    summary = data.summary
    untuned = summary["candidate"] if data.candidates else "The same model"
    return [
        HeadlineNumber(
            name,
            "no score" if value is None else show_number(value),
            "",
            f"{meaning.format(model=untuned)}{_describe_gain(summary, reference)} {note}".rstrip(),
            "",
        )
        for reference, (name, meaning) in REFERENCES.items()
        for value, note in [(summary.get(f"{reference}_value"), summary.get(f"{reference}_note", ""))]
        if value is not None or note
    ]


def _describe_gain(summary: Mapping[str, Any], reference: str) -> str:
    gain = summary.get(f"gain_over_{reference}")
    if gain is None:
        return ""
    low, high = summary[f"gain_over_{reference}_low"], summary[f"gain_over_{reference}_high"]
    if low == high == 0:
        return " After correction, the tuned model scores the same."
    verdict = "more than chance would give" if low > 0 or high < 0 else "which is within chance"
    change = "better" if gain >= 0 else "worse"
    note = " Both are compared on the same rows, so the gain is not the difference of the two numbers."
    return (
        f" After correction, the tuned model is {show_number(abs(gain))} {change}, {verdict} "
        f"(95% interval of the gain: {show_interval(low, high)})."
        + (note if reference == "default" else "")
    )
