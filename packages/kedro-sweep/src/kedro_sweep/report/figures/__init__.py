"""The figures of a study and a model, all in one style (Matplotlib)."""

from kedro_sweep.report.figures.curves import plot_curves
from kedro_sweep.report.figures.dependence import plot_partial_dependence
from kedro_sweep.report.figures.importance import plot_importance
from kedro_sweep.report.figures.model import MODEL_FIGURES, plot_model
from kedro_sweep.report.figures.predictions import plot_predictions
from kedro_sweep.report.figures.scores import draw_scores
from kedro_sweep.report.figures.study import draw_study
from kedro_sweep.report.figures.svg import to_svg

__all__ = [
    "MODEL_FIGURES",
    "draw_scores",
    "draw_study",
    "plot_curves",
    "plot_importance",
    "plot_model",
    "plot_partial_dependence",
    "plot_predictions",
    "to_svg",
]
