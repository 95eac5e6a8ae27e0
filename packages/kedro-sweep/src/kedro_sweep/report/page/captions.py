"""The figures of the report, each with a caption that says what to see in it."""

from typing import NamedTuple

from kedro_sweep.report.page.data import ReportData

SCORES = "scores"  # shown next to the headline numbers
OTHER_FIGURES = "Other figures"
# In reading order: the section of each figure, and what to see in it.
FIGURES = {
    "test_confusion_matrix": (
        "Predictions",
        "A perfect model would have every row on the diagonal. The other cells show which values get "
        "confused.",
    ),
    "train_confusion_matrix": (
        "Predictions",
        "The model was trained on these rows, so it does better here than on new ones. A large "
        "difference from the test rows means that it overfits.",
    ),
    "test_curves": (
        "Predictions",
        "How much to trust the predictions, on rows that neither the search nor the training has seen.",
    ),
    "permutation_importance": (
        "What the model uses",
        "Features at or below 0 did not help on these rows. Features that hold the same information "
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


# The same figure shows points instead of classes.
CAPTIONS_OF_REGRESSION = {
    "test_confusion_matrix": "A perfect model would have every point on the line. The points farthest "
    "from it are the rows that the model predicts worst.",
}


class Figure(NamedTuple):
    """A figure with its caption."""

    name: str
    group: str
    caption: str
    svg: str


def list_figures(data: ReportData) -> list[Figure]:
    """List the figures in reading order; those without a caption come last."""
    names = [name for name in FIGURES if name in data.figures]
    names += [name for name in data.figures if name not in FIGURES and name != SCORES]
    captions = CAPTIONS_OF_REGRESSION if data.task == "regression" else {}
    figures = []
    for name in names:
        group, caption = FIGURES.get(name, (OTHER_FIGURES, ""))
        figures.append(Figure(name, group, captions.get(name, caption), data.figures[name]))
    return figures
