"""Names of columns and classes that a reader could not see or tell apart."""

from typing import Any


def show_name(name: Any) -> str:
    """Show the name of a column, a class or a category."""
    text = str(name)
    is_plain = text and text.isprintable() and text == " ".join(text.split())
    return text if is_plain else repr(text)
