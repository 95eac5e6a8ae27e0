"""The report of a run as one HTML page, and the model card in Markdown."""

import logging
from dataclasses import replace
from typing import Any

import pandas as pd
from optuna.storages import BaseStorage

from kedro_sweep.evaluation import list_results, load_study
from kedro_sweep.evaluation.estimates import explain_missing
from kedro_sweep.evaluation.findings import split_message
from kedro_sweep.parameters import rename_moved
from kedro_sweep.remembered import remember
from kedro_sweep.report._html import load_template
from kedro_sweep.report._runs import Run, read_runs
from kedro_sweep.report.figures import MODEL_FIGURES, draw_speed, draw_study, draw_time, to_html
from kedro_sweep.report.page import _data as tables
from kedro_sweep.report.page import _facts as facts
from kedro_sweep.report.page import _headline as headline
from kedro_sweep.report.page._contest import list_candidates
from kedro_sweep.report.page._decisions import list_decision_facts
from kedro_sweep.report.page._facts import ReportData
from kedro_sweep.tables import Data

logger = logging.getLogger(__name__)

# From the folder of a version of the report.
COMPARISON = "../../runs_comparison.html"


def make_report(
    results: ReportData,
    study_storage: BaseStorage,
    tracked_runs: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    tested: pd.DataFrame,
    data: Data,
    importances: dict[str, Any],
    *pictures: str,
) -> tuple[str, str]:
    """Report the run on one page in HTML, and write the model card in Markdown.

    One of the tracked runs (newest first) trained the model; its pictures are HTML, in the order of
    `MODEL_FIGURES`. `out_of_fold` and `tested` are its predictions.
    """
    trained = (run for run in read_runs(tracked_runs) if "features" in run.tracked)
    report = replace(
        results,
        importances=importances,
        figures=_draw_search(study_storage, results)
        | _draw_over_time(results, (train, test, out_of_fold, tested), data)
        | dict(zip(MODEL_FIGURES, pictures, strict=True)),
        run=next(trained, Run()),
        parameters=rename_moved(results.parameters),
    )
    logger.info("`kedro sweep report` opens the report, `kedro sweep compare` all runs.")
    return render_report(report), render_model_card(report)


def _list_inputs(study_storage: BaseStorage, results: ReportData) -> tuple[Any, ...]:
    return list_results(study_storage, results.summary), results.search, results.trials


@remember(of=_list_inputs)
def _draw_search(study_storage: BaseStorage, results: ReportData) -> dict[str, str]:
    study = load_study(study_storage, results.summary)
    figures = draw_study(study, results.search) | {"speed": draw_speed(results.trials, results.search)}
    return {name: to_html(figure) for name, figure in figures.items() if figure}


def _draw_over_time(
    results: ReportData,
    rows: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame],
    data: Data,
) -> dict[str, str]:
    if data.split.kind != "time":
        return {}
    score = results.test_details.get("score")
    rule = results.model_card.get("decision", {}).get("rule")  # of an earlier release
    is_decided = bool(results.test_details.get("is_decided", rule))
    figure = draw_time(*rows, data, results.search, score, is_decided=is_decided)
    return {"time": to_html(figure)}


def render_report(data: ReportData) -> str:
    """Write the report as one self-contained page.

    Args:
        data: The results of the run.

    Returns:
        The HTML.
    """
    return _render("report.html", data)


def render_model_card(data: ReportData) -> str:
    """Write the model card, after Mitchell et al., "Model Cards for Model Reporting" (2019).

    Args:
        data: The results of the run.

    Returns:
        The Markdown.
    """
    return _render("model_card.md", data)


def _render(template: str, data: ReportData) -> str:
    return load_template(template).render(
        data=data,
        lead=headline.describe_model(data),
        search_facts=facts.list_search_facts(data),
        data_facts=tables.list_data_facts(data),
        evidence=headline.collect_evidence(data),
        split=split_message,
        references=[name.capitalize() for name in data.test_references if data.test_references[name]],
        comparison=COMPARISON,
        decisions=list_decision_facts(data.model_card.get("decision", {}), data.test_details),
        metrics=facts.list_metrics(data),
        missing=explain_missing(data.test_details.get("reasons", {})),
        classes=facts.list_classes(data),
        space=facts.list_search_space(data),
        candidates=list_candidates(data),
        trials=facts.list_best_trials(data),
        target=tables.describe_target(data),
        features=tables.describe_features(data),
        importance_axis=tables.find_importance_axis(data),
        versions=data.model_card.get("versions", {}),
    )
