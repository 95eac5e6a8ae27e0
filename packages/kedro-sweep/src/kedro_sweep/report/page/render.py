"""The report of a run as one HTML page, and the model card in Markdown."""

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from kedro.framework import project
from optuna.storages import BaseStorage

from kedro_sweep import text
from kedro_sweep.evaluation import load_study
from kedro_sweep.report.figures import draw_scores, draw_study, to_svg
from kedro_sweep.report.page import headline, tables
from kedro_sweep.report.page.data import ReportData, find_run
from kedro_sweep.report.words import name_score
from kedro_sweep.tracking import rename_moved

if TYPE_CHECKING:
    from jinja2 import Template

logger = logging.getLogger(__name__)

# Special characters in Markdown; an underscore inside a word is not special.
SPECIAL = re.compile(r"[\\`*{}\[\]<>|]|(?<!\w)_|_(?!\w)")
MAX_UNBROKEN = 14  # fits in a column on a phone
SCORES = "scores"  # shown next to the headline numbers
PREDICTIONS, USES, SEARCH, OTHER = "Predictions", "What the model uses", "The search", "Other figures"
# In reading order: the section of each figure, and what to see in it.
FIGURES = {
    "test_confusion_matrix": (
        PREDICTIONS,
        "A perfect model would have every row on the diagonal. The other cells show which values get "
        "confused.",
    ),
    "train_confusion_matrix": (
        PREDICTIONS,
        "The model was trained on these rows, so it does better here than on new ones. A large "
        "difference from the test rows means that it overfits.",
    ),
    "test_curves": (
        PREDICTIONS,
        "How much to trust the predictions, on rows that neither the search nor the training has seen.",
    ),
    "permutation_importance": (
        USES,
        "Features at or below 0 did not help on these rows. Features that hold the same information "
        "share their importance, so each of them may look less important than it is.",
    ),
    "partial_dependence": (
        USES,
        "The mean prediction if all rows had this value of the feature. This describes the model; it "
        "does not say what causes what.",
    ),
    "trials": (
        SEARCH,
        "If the best value still improves near the end, more trials may help. Parameters of little "
        "importance need no wider range.",
    ),
    "parameters": (
        SEARCH,
        "If good trials crowd at the edge of a range, a wider range may help. The diamond is the best "
        "trial.",
    ),
}
# The same figure shows points instead of classes.
REGRESSION_CAPTIONS = {
    "test_confusion_matrix": "A perfect model would have every point on the line. The points farthest "
    "from it are the rows that the model predicts worst.",
}


class Figure(NamedTuple):
    """A figure with its caption."""

    name: str
    group: str
    caption: str
    svg: str


def make_report(
    results: ReportData,
    trials: pd.DataFrame,
    model_figures: dict[str, str],
    study_storage: BaseStorage,
    tracked_runs: pd.DataFrame,
) -> tuple[str, str]:
    """Report the run on one page, and write the model card.

    Args:
        results: What the run recorded, without figures.
        trials: The table of all trials.
        model_figures: Figures of the model, SVG texts by name.
        study_storage: The storage of the studies.
        tracked_runs: All runs, newest first; one of them trained the model.

    Returns:
        The report in HTML, and the card in Markdown.
    """
    study = load_study(study_storage, results.summary)
    figures = {
        SCORES: draw_scores(results.summary, results.test_details),
        **draw_study(study, results.summary["scoring"]),
    }
    report = replace(
        results,
        trials=trials,
        figures={**{name: to_svg(figure) for name, figure in figures.items()}, **model_figures},
        run=find_run(tracked_runs),
        project=project.PACKAGE_NAME or "",
        parameters=rename_moved(results.parameters),
    )
    logger.info("`kedro sweep report` opens the report of this run, `kedro sweep compare` all runs.")
    return render_report(report), render_model_card(report)


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


def list_figures(data: ReportData) -> list[Figure]:
    """List the figures in reading order; those without a caption come last."""
    names = [*FIGURES, *(name for name in data.figures if name not in FIGURES and name != SCORES)]
    captions = REGRESSION_CAPTIONS if data.task == "regression" else {}
    figures = []
    for name in filter(data.figures.__contains__, names):
        group, caption = FIGURES.get(name, (OTHER, ""))
        figures.append(Figure(name, group, captions.get(name, caption), data.figures[name]))
    return figures


def load_template(name: str) -> "Template":
    """Load a template of a page; it escapes text in HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("kedro_sweep.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": text.number,
        "rows": text.count,
        "value": text.setting,
        "score": name_score,
        "breakable": _let_break,
        "plain": _escape_markdown,
    }
    return environment.get_template(name)


def _render(template: str, data: ReportData) -> str:
    return load_template(template).render(
        data=data,
        lead=headline.describe_model(data),
        search_facts=tables.list_search_facts(data),
        data_facts=tables.list_data_facts(data),
        numbers=headline.list_headline_numbers(data),
        metrics=tables.list_metrics(data),
        classes=tables.list_classes(data),
        space=tables.list_search_space(data),
        candidates=tables.list_candidates(data),
        members=tables.list_members(data),
        trials=tables.list_best_trials(data),
        features=tables.list_features(data),
        versions=data.model_card.get("versions", {}),
        figures=list_figures(data),
    )


def _let_break(name: str) -> Any:
    """Allow line breaks after the dots and underscores of a long name or import path."""
    if len(name) <= MAX_UNBROKEN:
        return name
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"([._/]+)(?=\w)", r"\1<wbr>", str(escape(name))))


def _escape_markdown(value: Any) -> str:
    r"""Keep text unchanged and on one line, even in a table: `a|b` becomes `a\|b`."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(str(value).split()))
