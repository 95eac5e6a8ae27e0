"""Hide passwords in what is logged or recorded."""

import re
from pathlib import PurePath
from typing import Any

HIDDEN = "***"
NAMES = r"(?<![^\W_])(?:password|passwd|pwd|secret|token|api_?key|access_?key)"
NAME = re.compile(rf"(?i){NAMES}$")
PATTERNS = (
    # What is before the @ of a URL, except in the example in messages. A password may contain a slash.
    # The limit keeps the search linear in texts without spaces.
    (re.compile(r"(?<=://)(?!user:password@)(?:[^\s/:@]{,2000}:\S{,2000}|[^\s/]{,2000})@"), "***@"),
    # The same without a scheme, which Kedro removes from the path of a file on a web server.
    (re.compile(r"(?<![\w./:@%+-])[\w.%+-]+:[^\s/@:]+@(?=[\w-]+[./:])"), "***@"),
    # The query of a URL may be a signature or a token, under any name. Without a path, as in `^a?b=c$`,
    # it is no URL.
    (re.compile(r"(/[^\s?/]*)\?[\w.%-]+=[^\s'\")>\]]*"), r"\1?***"),
    # A value after its name, as in a command or in an error.
    (re.compile(rf"(?i)({NAMES}[\"']?[ \t]*[=:][ \t]*[\"']?)[^\s\"',;&)\]}}]+"), r"\1***"),
)


def redact(value: Any) -> Any:
    """Hide passwords: in URLs, and after a name such as `password` or `api_key`."""
    if isinstance(value, str):
        for pattern, hidden in PATTERNS:
            value = pattern.sub(hidden, value)
        return value
    if isinstance(value, PurePath):
        hidden = redact(str(value))
        return hidden if hidden != str(value) else value
    if isinstance(value, dict):
        return {name: _redact_named(str(name), inner) for name, inner in value.items()}
    if type(value) in (list, tuple):  # not a named tuple, which takes its values one by one
        return type(value)(map(redact, value))
    return value


def _redact_named(name: str, value: Any) -> Any:
    is_secret = isinstance(value, str | int | float) and not isinstance(value, bool)
    return HIDDEN if is_secret and NAME.search(name) else redact(value)
