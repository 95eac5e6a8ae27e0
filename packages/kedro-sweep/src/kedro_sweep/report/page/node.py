"""The node that makes the report."""

import logging
from typing import Any

import pandas as pd
from kedro.framework import project
from optuna.storages import BaseStorage

from kedro_sweep.evaluation import load_study
from kedro_sweep.report.figures import draw_scores, draw_study, to_svg
from kedro_sweep.report.page.data import ReportData, find_run
from kedro_sweep.report.page.render import render_model_card, render_report
from kedro_sweep.tracking import rename_moved

logger = logging.getLogger(__name__)


def make_report(
    study_storage: BaseStorage,
    summary: dict[str, Any],
    model_figures: dict[str, str],
    tracked_runs: pd.DataFrame,
    features: dict[str, Any],
    parameters: dict[str, Any],
    **data: Any,
) -> tuple[str, str]:
    """Report the run on one page, and write the model card.

    Args:
        study_storage: The storage of the studies.
        summary: The summary of the search, which names its study.
        model_figures: Figures of the model, SVG texts by name.
        tracked_runs: All runs, newest first; one of them trained the model.
        features: What the model consists of. It is an input to have the run that trained it tracked by
            now.
        parameters: The parameters of the run, flattened.
        **data: Everything else that `ReportData` takes.

    Returns:
        The report in HTML, and the card in Markdown.
    """
    study = load_study(study_storage, summary)
    figures = {
        "scores": draw_scores(summary, data["test_details"]),
        **draw_study(study, summary["scoring"]),
    }
    report = ReportData(
        summary=summary,
        figures={**{name: to_svg(figure) for name, figure in figures.items()}, **model_figures},
        run=find_run(tracked_runs),
        project=project.PACKAGE_NAME or "",
        parameters=rename_moved(parameters),
        **data,
    )
    logger.info("`kedro sweep report` opens the report of this run, `kedro sweep compare` all runs.")
    return render_report(report), render_model_card(report)
