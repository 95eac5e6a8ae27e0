"""What the report and the comparison share: templates, and how they describe a search."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup, escape

from kedro_sweep import text

# Special characters in Markdown; an underscore inside a word is not special.
SPECIAL = re.compile(r"[\\`*{}\[\]<>|]|(?<!\w)_|_(?!\w)")
MAX_UNBROKEN = 14  # fits in a column on a phone


def load_template(name: str) -> Template:
    """Load a template of a page; it escapes text in HTML."""
    return _make_environment().get_template(name)


@cache
def _make_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kedro_sweep.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": text.number, "rows": text.count, "value": text.setting}
    environment.filters |= {"settings": text.settings, "score": text.name_score}
    environment.filters |= {"breakable": _let_break, "plain": _escape_markdown}
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters["estimate"] = lambda found: text.estimate(*found)
    return environment


def _let_break(name: str) -> Any:
    """Allow line breaks after the dots and underscores of a long name or path, but not in a number.

    What is in backticks becomes code.
    """
    html = re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(name)))
    if len(name) > MAX_UNBROKEN:
        html = re.sub(r"((?<=[^\W\d])[._/]+)(?=[^\W\d])", r"\1<wbr>", html)
    return Markup(html)


def _escape_markdown(value: Any) -> str:
    r"""Keep text unchanged and on one line, even in a table: `a|b` becomes `a\|b`."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(str(value).split()))


def share_weights(members: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sum the weights of the members of an ensemble that are trials of the same candidate."""
    shares: Counter[str] = Counter()
    for member in members:
        shares[member["candidate"]] += member["weight"]
    return dict(shares.most_common())


def describe_dimension(dimension: Mapping[str, Any]) -> str:
    """Describe what a search varies, such as `0.01 to 1 (log) if kernel is rbf`."""
    conditions = dimension.get("when", {}).items()
    when = "".join(f" if {name} is {_join(values)}" for name, values in conditions)
    if "choices" in dimension:
        return _join(dimension["choices"]) + when
    if not {"low", "high"} <= set(dimension):
        return text.MISSING
    low, high, step = (text.setting(dimension.get(key)) for key in ("low", "high", "step"))
    steps = "" if step in ("null", "1") else f" in steps of {step}"
    return f"{low} to {high}{steps}{' (log)' if dimension.get('log') else ''}{when}"


def _join(values: Any) -> str:
    return " or ".join(map(text.setting, values if isinstance(values, list) else [values]))
