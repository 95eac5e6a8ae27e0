"""The figures of a study and a model, all in one style (Matplotlib)."""

from kedro_sweep.report.figures.model import MODEL_FIGURES, plot_model
from kedro_sweep.report.figures.predictions import plot_predictions

__all__ = ["MODEL_FIGURES", "plot_model", "plot_predictions"]
