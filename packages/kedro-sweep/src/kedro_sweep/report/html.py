"""The templates of the pages."""

import re
from typing import TYPE_CHECKING, Any

from kedro_sweep import text
from kedro_sweep.report.words import name_score

if TYPE_CHECKING:
    from jinja2 import Template

# Special characters in Markdown; an underscore inside a word is not special.
SPECIAL = re.compile(r"[\\`*{}\[\]<>|]|(?<!\w)_|_(?!\w)")
MAX_UNBROKEN = 14  # fits in a column on a phone


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
        "settings": text.settings,
        "breakable": _let_break,
        "plain": _escape_markdown,
    }
    return environment.get_template(name)


def _let_break(name: str) -> Any:
    """Allow line breaks after the dots and underscores of a long name or import path."""
    if len(name) <= MAX_UNBROKEN:
        return name
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"([._/]+)(?=\w)", r"\1<wbr>", str(escape(name))))


def _escape_markdown(value: Any) -> str:
    r"""Keep text unchanged and on one line, even in a table: `a|b` becomes `a\|b`."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(str(value).split()))
