"""The report of a run as one HTML page, and the card of its model in Markdown."""

import re
from typing import TYPE_CHECKING, Any

from kedro_sweep.report import contents
from kedro_sweep.report.contents import ReportData

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_UNBROKEN = 24  # fits into a column on a phone


def render_report(data: ReportData) -> str:
    """Write the report as one page, which needs no other file and no network.

    Args:
        data: What the run left.

    Returns:
        The HTML.
    """
    return _render("report.html", data)


def render_model_card(data: ReportData) -> str:
    """Write the card of the model, after Mitchell et al., "Model Cards for Model Reporting" (2019).

    Args:
        data: What the run left.

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
            target=contents.find_target(data),
            lead=contents.describe_model(data),
            search_facts=contents.list_search_facts(data),
            data_facts=contents.list_data_facts(data),
            numbers=contents.list_headline_numbers(data),
            metrics=contents.list_metrics(data),
            classes=contents.list_classes(data),
            space=contents.list_search_space(data),
            trials=contents.list_best_trials(data),
            features=contents.list_features(data),
            versions=data.model_card.get("versions", {}),
            figures=contents.list_figures(data),
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
        "number": contents.show_number,
        "rows": contents.show_count,
        "value": contents.show_value,
        "score": contents.name_score,
        "breakable": _let_break,
        "cell": _escape_cell,
    }
    return environment


def _let_break(text: str) -> Any:
    """Let a long name or import path break behind its dots and underscores."""
    if len(text) <= MAX_UNBROKEN:
        return text
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"([._/]+)(?=\w)", r"\1<wbr>", str(escape(text))))  # noqa: S704


def _escape_cell(text: Any) -> str:
    r"""Keep text in one cell of a Markdown table, and as it is: `a|b` becomes `a\|b`."""
    return re.sub(r"([\\`*_{}\[\]<>|])", r"\\\1", " ".join(str(text).split()))
