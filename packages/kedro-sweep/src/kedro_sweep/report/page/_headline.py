"""What a reader looks for first: what predicts what, and how well, beside its references."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.report._axis import Axis
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.search.study import find_sign

QUOTE, BESIDE, LUCK = "Quote this", "Quote beside it", "Do not quote"
CORRECTED, BEST, TEST = "corrected", "best", "test"
NAMES = {"dummy": "Dummy", "untuned": "Untuned", "boosting": "Untuned boosting"}
SIDES = {1: "better", 0: "unsure", -1: "worse"}
MEANINGS = {
    "dummy": "Ignores the features ({dummy}).",
    "untuned": "{model} before the search.",
    "boosting": "Gradient boosting in one line (skrub).",
}


@dataclass(frozen=True)
class Score:
    """A row of the evidence: a score, what it is, and the gain of the model over it.

    Attributes:
        kind: How it is drawn, such as `corrected` or `dummy`.
        advice: Such as `Quote this`; empty for a reference.
        gain: How much better the corrected model is than a reference, on the same rows; None if unknown.
    """

    name: str
    kind: str
    estimate: tuple[float, float | None, float | None]
    meaning: str
    advice: str = ""
    gain: Estimate | None = None
    width: float | None = None  # of another interval, which sets its decimals if it has none

    @property
    def value(self) -> str:
        value, low, high = self.estimate
        known = self.width if low is None or high is None else high - low
        return text.number(value, width=known)

    @property
    def interval(self) -> str:
        return text.interval(*self.estimate[1:])

    @property
    def mark(self) -> tuple[Any, ...]:
        return self.kind, *self.estimate

    @property
    def gain_mark(self) -> tuple[Any, ...]:
        return f"gain {self.gain_verdict}", *(self.gain or ())

    @property
    def gain_value(self) -> str:
        if self.gain is None:
            return ""
        return text.number(self.gain.value, width=self.gain.width, signed=True)

    @property
    def gain_interval(self) -> str:
        return text.interval(*self.gain[1:], signed=True) if self.gain else ""

    @property
    def gain_verdict(self) -> str:
        return SIDES[self.gain.side] if self.gain else ""


def describe_model(data: ReportData) -> str:
    """Describe in two sentences what predicts what, and from which features."""
    search, n_features = data.search, len(data.kinds)
    source = f", from {text.count(n_features, 'feature')}" if n_features else ""
    trials, scoring = text.count(search.n_trials, "trial"), text.name_score(search.scoring)
    better = "lower" if search.direction == "minimize" else "higher"
    rows = f" on {data.searched_rows} training rows" if data.train_rows else ""
    tested = f"; {text.count(data.test_rows, 'test row')} were kept apart" if data.test_rows else ""
    model = f"an {data.model}" if data.members else text.shorten(data.model)
    contest = f" of {len(data.candidates)} models" if data.candidates else ""
    return (
        f"{data.task.capitalize()} by {model}{source}. The search compared {trials}{contest} by "
        f"{scoring} ({better} is better){rows}{tested}."
    )


def collect_evidence(data: ReportData) -> dict[str, Any]:
    """Collect the scores in the folds and on the test rows, the references first, and their axes.

    References do not set the axes, because bad ones would hide the rest.
    """
    quote = data.verdict.get("quote", "")
    corrected = [_describe_corrected(data, quote)] if data.search.corrected else []
    chosen, references = _describe_chosen(data), _list_references(data)
    folds = [*references, *corrected, *([chosen] if chosen else [])]
    test = [*_list_test_scores(data, {CORRECTED: BESIDE, TEST: QUOTE}.get(quote, ""))]
    scores = [score for score in folds + test if isfinite(score.estimate[0])]
    others = [score for score in scores if score.kind in ("untuned", "boosting")]
    sets = [score for score in scores if score not in others] or others
    values, near = ([end for score in each for end in score.estimate] for each in (sets, others))
    axis = Axis.around(values, near) if scores else None
    gains = [score.gain for score in folds if score.gain]
    ends = [end for gain in gains[1:] for end in gain]
    gain_axis = Axis.around([0.0, *gains[0]], ends, most=3) if gains else None
    return {"folds": folds, "test": test, "axis": axis, "gain_axis": gain_axis}


def _list_references(data: ReportData) -> Iterator[Score]:
    search = data.search
    model = search.candidate if data.candidates else "The same model"
    for kind, name in NAMES.items():
        value = getattr(search, f"{kind}_value")
        if value is not None and isfinite(value):
            meaning = MEANINGS[kind].format(model=model, dummy=search.dummy_strategy)
            gain = search.gains.get(kind)
            of = f" {search.candidate}" if kind == "untuned" and data.candidates else ""
            yield Score(name + of, kind, (value, None, None), meaning, gain=gain, width=search.width)


def _describe_corrected(data: ReportData, quote: str) -> Score:
    search = data.search
    assert search.corrected is not None
    meaning = "What to expect on new rows: the cross-validated score, corrected for having "
    if search.nested:
        meaning = (
            "What to expect on new rows: each fold was predicted by the model that the whole search "
            "delivers without it (nested cross-validation)."
        )
    else:
        n_configurations, n_complete = _count_configurations(data), search.n_complete
        kind = "different configuration" if n_configurations < n_complete else "configuration"
        configurations = text.count(n_configurations, kind)
        is_best = search.ensemble_value is None
        choice = f"picked the {_name_pick(search)} of" if is_best else "chosen the ensemble from"
        meaning += f"{choice} {configurations}."
    name = f"{_name_model(data)}, corrected"
    return Score(name, CORRECTED, search.corrected, meaning, QUOTE if quote == CORRECTED else LUCK)


def _describe_chosen(data: ReportData) -> Score | None:
    """Describe the score that the model was chosen by, and how much of it is luck."""
    search, luck = data.search, ""
    value, width = search.chosen_value, search.width
    if value is None or not isfinite(value):
        return None
    together = value if search.uncorrected_value is None else search.uncorrected_value
    if search.corrected:
        lucky = (together - search.corrected.value) * find_sign(search.direction)
        luck = f" The correction removes {text.number(lucky, width=width)}." if lucky > 0 else ""
    n_configurations = _count_configurations(data)
    configurations = text.count(n_configurations, "configuration")
    if search.ensemble_value is not None:
        name = "Ensemble, uncorrected"
        meaning = f"Its members were chosen by this score, so part of it is luck.{luck} "
        meaning += f"The best trial alone has {text.number(search.best_value, width=width)}."
    elif n_configurations <= 1:
        only = "The only configuration of the search."
        return Score("Its only configuration", BEST, (value, None, None), only, width=width)
    else:
        name = f"{search.model_name.capitalize()}, uncorrected"
        meaning = f"The {_name_pick(search)} of {configurations}, so part of it is luck.{luck}"
    return Score(name, BEST, (value, None, None), meaning, LUCK, width=width)


def _list_test_scores(data: ReportData, advice: str) -> Iterator[Score]:
    """Describe the score of the search on the test rows or, if there is none, the first test metric."""
    score, references = data.test_details.get("score"), data.test_references
    if score:
        value, low, high = (score[key] for key in ("value", "low", "high"))
        if advice and score.get("depends_on_rows"):
            advice = "Quote with the number of rows"
    elif data.test_metrics:
        name, value = next(iter(data.test_metrics.items()))
        low, high = data.test_details.get("intervals", {}).get(name, (None, None))
    else:
        return
    width = None if low is None else high - low
    for kind in ("dummy", "untuned") if score else ():
        if (known := references.get(kind, {}).get("score")) is not None:
            where = "On the same test rows."
            yield Score(NAMES[kind], kind, (known, None, None), where, width=width)
    meaning = "Neither the search nor the training has seen these rows."
    if note := (score or {}).get("note"):
        meaning += f" There is no interval. {note}"
    other = "" if score else f", {text.name_score(name)}"
    yield Score(f"{_name_model(data)}{other}", TEST, (value, low, high), meaning, advice)


def _name_model(data: ReportData) -> str:
    return "Ensemble" if data.search.ensemble_value is not None else "Tuned model"


def _name_pick(search: SweepSummary) -> str:
    named = {"best": "best", "ensemble": "only member of an ensemble"}
    return named.get(search.choice, f"{search.choice} of those as good as the best")


def _count_configurations(data: ReportData) -> int:
    """Count the different configurations; if only trials were counted, the complete ones."""
    return data.search.n_configurations or data.search.n_complete
