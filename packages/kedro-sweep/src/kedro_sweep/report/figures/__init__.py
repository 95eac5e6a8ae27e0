"""The figures of a study and a model, all in one style (Matplotlib)."""

from kedro_sweep.report.figures._model import MODEL_FIGURES, plot_model
from kedro_sweep.report.figures._predictions import plot_predictions
from kedro_sweep.report.figures._scores import draw_scores
from kedro_sweep.report.figures._study import draw_study
from kedro_sweep.report.figures._style import to_svg

__all__ = [
    "MODEL_FIGURES",
    "draw_scores",
    "draw_study",
    "plot_model",
    "plot_predictions",
    "to_svg",
]
