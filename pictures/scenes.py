"""All pictures, in the order in which they are taken."""

from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Browser

from pictures.dashboard import take_dashboard
from pictures.experiments import take_experiments
from pictures.hero import take_hero
from pictures.kedro_viz import take_flowchart, take_unfolded_flowchart
from pictures.mlflow_page import take_mlflow
from pictures.pages import take_comparison, take_report
from pictures.terminal import take_terminal

SCENES: Mapping[str, Callable[[Browser, Path], None]] = {
    "hero": take_hero,
    "report": take_report,
    "runs_comparison": take_comparison,
    "terminal": take_terminal,
    "kedro_viz": take_flowchart,
    "kedro_viz_unfolded": take_unfolded_flowchart,
    "experiment_tracking": take_experiments,
    "mlflow": take_mlflow,
    "optuna_dashboard": take_dashboard,
}
