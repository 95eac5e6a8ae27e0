"""What a reader looks for first: what predicts what, how well, and which number to quote."""

from typing import NamedTuple

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report._html import name_score, shorten
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.search.study import find_sign

REFERENCES = {
    "untuned": ("Untuned", "{model} before the search, in the same folds."),
    "boosting": ("Untuned boosting", "Gradient boosting in one line (skrub), in the same folds."),
    "dummy": ("Baseline", "A dummy model that ignores the features ({dummy}), in the same folds."),
}
QUOTE_WITH_CARE = "Quote with care: it may be no better than the dummy model"


class HeadlineNumber(NamedTuple):
    """A number at the top of the report, and a sentence that explains it."""

    name: str
    value: str
    meaning: str
    interval: str = ""  # empty if there is none
    advice: str = ""  # for example, `Quote this`; empty for a number to compare with


def describe_model(data: ReportData) -> str:
    """Describe in two sentences what predicts what, and from which features."""
    search, n_features = data.search, len(data.kinds)
    source = f", from {text.count(n_features, 'feature')}" if n_features else ""
    trials, scoring = text.count(search.n_trials, "trial"), name_score(search.scoring)
    better = "lower" if search.direction == "minimize" else "higher"
    rows = f" on {data.searched_rows} training rows" if data.train_rows else ""
    tested = f"; {text.count(data.test_rows, 'test row')} were kept apart" if data.test_rows else ""
    model = f"an {data.model}" if data.members else shorten(data.model)
    contest = f" of {len(data.candidates)} models" if data.candidates else ""
    return (
        f"{data.task.capitalize()} by {model}{source}. The search compared {trials}{contest} by "
        f"{scoring} ({better} is better){rows}{tested}."
    )


def list_headline_numbers(data: ReportData) -> list[HeadlineNumber]:
    """List the numbers that a reader looks for first, starting with the one to quote."""
    advice = QUOTE_WITH_CARE if "no_better_than_dummy" in data.findings else "Quote this"
    corrected = _describe_corrected_score(data, advice)
    test = _describe_test_score(data, "Quote alongside it" if corrected else advice)
    references = (_describe_reference(data, reference) for reference in REFERENCES)
    numbers = (corrected, test, _describe_chosen_score(data), *references)
    return [number for number in numbers if number]


def _describe_corrected_score(data: ReportData, advice: str) -> HeadlineNumber | None:
    search = data.search
    if search.corrected is None:
        return None
    value, low, high = search.corrected
    n_configurations, n_complete = _count_configurations(data), search.n_complete
    configurations = text.count(n_configurations, "configuration")
    if n_configurations < n_complete:
        repeated = text.count(n_complete - n_configurations)
        configurations = text.count(n_configurations, "different configuration")
        configurations += f" ({repeated} of the {text.count(n_complete, 'complete trial')} repeated one)"
    is_best = search.ensemble_value is None
    choice = f"picked the {_name_pick(search)} of" if is_best else "chosen the ensemble from"
    rows = "all" if data.train_rows is None else data.searched_rows
    rows = rows if " of " in rows or rows == "all" else f"all {rows}"
    meaning = (
        "What to expect on new rows: the cross-validated score, corrected for having "
        f"{choice} {configurations}. It uses {rows} training rows."
    )
    if search.nested:
        meaning = (
            "What to expect on new rows: each fold was predicted by the model that the whole search "
            f"delivers without it (nested cross-validation). It uses {rows} training rows."
        )
    name, shown = f"Corrected {name_score(search.scoring)}", text.number(value, width=high - low)
    return HeadlineNumber(name, shown, meaning, text.interval(low, high), advice)


def _describe_test_score(data: ReportData, advice: str) -> HeadlineNumber | None:
    """Describe the score of the search on the test rows or, if there is none, the first test metric."""
    if score := data.test_details.get("score"):
        name, value, low, high = (score[key] for key in ("name", "value", "low", "high"))
        if score.get("depends_on_rows"):
            advice = "Quote with the number of rows"
    elif data.test_metrics:
        name, value = next(iter(data.test_metrics.items()))
        low, high = data.test_details.get("intervals", {}).get(name, (None, None))
    else:
        return None
    rows = text.count(data.test_rows, "row") if data.test_rows else "rows"
    shown = text.estimate(value, low, high).partition(" ")[0]
    meaning = f"The trained model on {rows} that neither the search nor the training has seen."
    if note := (score or {}).get("note"):
        meaning += f" There is no interval. {note}"
    interval = text.interval(low, high)
    return HeadlineNumber(f"Test {name_score(name)}", shown, meaning, interval, advice)


def _describe_chosen_score(data: ReportData) -> HeadlineNumber:
    """Describe the score that the model was chosen by, and how much of it is luck."""
    search, name = data.search, name_score(data.search.scoring)
    best, ensemble = search.best_value, search.ensemble_value
    value = best if ensemble is None else ensemble
    removed = ""
    together = value if search.uncorrected_value is None else search.uncorrected_value
    if search.corrected and together is not None:
        luck = (together - search.corrected.value) * find_sign(search.direction)
        width = search.corrected.high - search.corrected.low
        removed = f" The correction removes {text.number(luck, width=width)}." if luck > 0 else ""
    n_configurations = _count_configurations(data)
    chosen = text.count(n_configurations, "configuration")
    if ensemble is not None:
        meaning = f"Its members were chosen by this score, so part of it is luck.{removed} "
        meaning += f"The best trial alone has {text.number(best)}."
        name = f"Cross-validated {name} of the ensemble"
    else:
        meaning = f"The {_name_pick(search)} of {chosen}, so part of it is luck.{removed}"
        name = f"{'Best cross' if search.choice == 'best' else 'Cross'}-validated {name}"
        if n_configurations <= 1:
            return HeadlineNumber(name, text.number(best), "The only configuration of the search.")
    return HeadlineNumber(name, text.number(value), meaning, advice="Do not quote")


def _name_pick(search: SweepSummary) -> str:
    return "best" if search.choice == "best" else f"{search.choice} of those as good as the best"


def _count_configurations(data: ReportData) -> int:
    """Count the different configurations; if only trials were counted, the complete ones."""
    return data.search.n_configurations or data.search.n_complete


def _describe_reference(data: ReportData, reference: str) -> HeadlineNumber | None:
    search, (name, meaning) = data.search, REFERENCES[reference]
    value = getattr(search, f"{reference}_value")
    note = getattr(search, f"{reference}_note", "")
    if value is None and not note:
        return None
    untuned = search.candidate if data.candidates else "The same model"
    gain = _describe_gain(search, reference)
    shown = "no score" if value is None else text.number(value)
    meaning = meaning.format(model=untuned, dummy=search.dummy_strategy)
    return HeadlineNumber(name, shown, f"{meaning}{gain} {note}".rstrip())


def _describe_gain(search: SweepSummary, reference: str) -> str:
    if reference not in search.gains:
        return ""
    gain, low, high = search.gains[reference]
    if low == high == 0:
        return " After correction, the tuned model scores the same."
    verdict = "more than chance would give"
    if low <= 0 <= high:
        most = text.number(high, width=high - low)
        verdict = f"and a gain of up to {most} is not excluded" if high else "maybe by chance"
    change = f"{text.number(abs(gain), width=high - low)} {'better' if gain >= 0 else 'worse'}"
    note = " Both are compared on the same rows, so the gain is not the difference of the two numbers."
    return (
        f" After correction, the tuned model is {change}, {verdict} "
        f"(95% interval of the gain: {text.interval(low, high)})."
        + (note if reference == "untuned" else "")
    )
