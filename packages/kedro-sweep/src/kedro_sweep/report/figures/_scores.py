"""All scores of a run on one axis: what the search gained, and what to expect."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import numpy as np

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Scores in the summary of a search, from the reference to the one to report.
SEARCHED = {
    "dummy": ("Dummy, which ignores the features", style.GRAY),
    "untuned": ("Untuned", style.ORANGE),
    "best": ("Best trial, uncorrected", style.VERMILION),
    "ensemble": ("Ensemble, uncorrected", style.PURPLE),
    "corrected": ("{model}, corrected for the search", style.BLUE),
}


class Score(NamedTuple):
    """One line of the chart; `low` and `high` are the ends of its interval, if it has one."""

    name: str
    color: str
    value: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """Write the score with its interval."""
        return text.estimate(self.value, self.low, self.high)


@style.styled()
def draw_scores(summary: SweepSummary, test_details: Mapping[str, Any]) -> "Figure":
    """Draw the scores of a run on one axis, with their intervals."""
    scoring = style.cut(summary.scoring, 40)
    scores = list(_list_scores(summary, test_details))
    corrected = next((score for score in scores if score.color == style.BLUE), None)
    title = f"{scoring}: references, best trial and test rows"
    if corrected is not None:
        title = f"Report {scoring} {corrected}, the corrected score"
    figure, [axes] = style.make_figure(title, 1.3 + 0.42 * len(scores))
    for place, score in enumerate(scores):
        if score.low is not None and score.high is not None:
            axes.plot([score.low, score.high], [place, place], color=score.color, linewidth=4, alpha=0.4)
        axes.plot(score.value, place, "o", color=score.color, markersize=9)
        axes.annotate(
            str(score),
            (1.02, place),
            xycoords=("axes fraction", "data"),
            verticalalignment="center",
            color=style.BLACK,
            annotation_clip=False,
        )
    axes.set_yticks(range(len(scores)), [score.name for score in scores])
    axes.set_ylim(len(scores) - 0.5, -0.5)
    axes.margins(x=0.08)
    axes.grid(visible=False, axis="y")
    higher = summary.direction == "maximize"
    axes.set_xlabel(f"{scoring}: {'higher is better →' if higher else '← lower is better'}")
    return figure


def _list_scores(summary: SweepSummary, test_details: Mapping[str, Any]) -> Iterator[Score]:
    model = "Best trial" if summary.ensemble_value is None else "Ensemble"
    values = {
        "dummy": summary.dummy_value,
        "untuned": summary.untuned_value,
        "best": summary.best_value,
        "ensemble": summary.ensemble_value,
    }
    for key, value in values.items():
        if _is_known(value):
            yield Score(*SEARCHED[key], value, None, None)
    if summary.corrected:
        name, color = SEARCHED["corrected"]
        yield Score(name.format(model=model), color, *summary.corrected)
    test = test_details.get("score")
    if test and _is_known(test["value"]):
        yield Score("Test rows", style.GREEN, test["value"], test.get("low"), test.get("high"))


def _is_known(value: Any) -> TypeGuard[float]:
    return value is not None and bool(np.isfinite(value))
