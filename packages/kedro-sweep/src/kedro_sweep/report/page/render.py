"""The report of a run as one HTML page, and the model card in Markdown."""

import re
from typing import TYPE_CHECKING, Any

from kedro_sweep.report.page import captions, headline, search_tables, tables, words
from kedro_sweep.report.page.data import ReportData

if TYPE_CHECKING:
    from jinja2 import Environment

# Special characters in Markdown; an underscore inside a word is not special.
SPECIAL = re.compile(r"[\\`*{}\[\]<>|]|(?<!\w)_|_(?!\w)")
MAX_UNBROKEN = 14  # fits in a column on a phone


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
    return (
        _make_environment()
        .get_template(template)
        .render(
            data=data,
            lead=headline.describe_model(data),
            search_facts=search_tables.list_search_facts(data),
            data_facts=tables.list_data_facts(data),
            numbers=headline.list_headline_numbers(data),
            metrics=tables.list_metrics(data),
            classes=tables.list_classes(data),
            space=search_tables.list_search_space(data),
            candidates=search_tables.list_candidates(data),
            members=search_tables.list_members(data),
            trials=search_tables.list_best_trials(data),
            features=tables.list_features(data),
            versions=data.model_card.get("versions", {}),
            figures=captions.list_figures(data),
        )
    )


def _make_environment() -> "Environment":
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
        "number": words.show_number,
        "rows": words.show_count,
        "value": words.show_value,
        "score": words.name_score,
        "breakable": _let_break,
        "plain": _escape_markdown,
    }
    return environment


def _let_break(text: str) -> Any:
    """Allow line breaks after the dots and underscores of a long name or import path."""
    if len(text) <= MAX_UNBROKEN:
        return text
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"([._/]+)(?=\w)", r"\1<wbr>", str(escape(text))))


def _escape_markdown(text: Any) -> str:
    r"""Keep text unchanged and on one line, even in a table: `a|b` becomes `a\|b`."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(str(text).split()))
