"""Names of columns and classes that a reader could not see or tell apart."""

from typing import Any


def show_name(name: Any) -> str:
    """Show the name of a column, a class or a category.

    Args:
        name: The name.

    Returns:
        The name, in quotes if it is blank, if it begins or ends with a space, or if it contains double
        spaces, line breaks or other characters that cannot be seen.
    """
    text = str(name)
    is_plain = text and text.isprintable() and text == " ".join(text.split())
    return text if is_plain else repr(text)
