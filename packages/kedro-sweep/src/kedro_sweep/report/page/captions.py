"""The figures of the report, each with what to see in it."""

from typing import NamedTuple

from kedro_sweep.report.page.data import ReportData

SCORES = "scores"  # is shown with the headline numbers
OTHER_FIGURES = "Other figures"
# In reading order: where each figure stands, and what to see in it.
FIGURES = {
    "test_confusion_matrix": (
        "Predictions",
        "Of a perfect model, everything lies on the diagonal. What lies off it shows which values the "
        "model mistakes for which.",
    ),
    "train_confusion_matrix": (
        "Predictions",
        "The model has learned these rows, so it does better here than on new ones. A large difference "
        "from the test rows means that it overfits.",
    ),
    "test_curves": (
        "Predictions",
        "How far to trust the predictions, on rows that neither the search nor the fit has seen.",
    ),
    "permutation_importance": (
        "What the model uses",
        "The model could do without features at or below 0. Features that hold the same information "
        "share their importance, so each of them may look less important than it is.",
    ),
    "partial_dependence": (
        "What the model uses",
        "The mean prediction if all rows had this value of the feature. This describes the model; it "
        "does not say what causes what.",
    ),
    "trials": (
        "The search",
        "If the best value still improves near the end, more trials may help. Parameters of little "
        "importance need no wider range.",
    ),
    "parameters": (
        "The search",
        "If good trials crowd at the edge of a range, a wider range may help. The diamond is the best "
        "trial.",
    ),
}


class Figure(NamedTuple):
    """A figure with its caption."""

    name: str
    group: str
    caption: str
    svg: str


def list_figures(data: ReportData) -> list[Figure]:
    """List the figures in reading order; those without a caption are last.

    Args:
        data: What the run left.

    Returns:
        All figures but that of the scores.
    """
    names = [name for name in FIGURES if name in data.figures]
    names += [name for name in data.figures if name not in FIGURES and name != SCORES]
    return [
        Figure(
            name,
            *FIGURES.get(name, (OTHER_FIGURES, "")),
            data.figures[name],
        )
        for name in names
    ]
