"""A figure where there is nothing to draw."""

from typing import Any


def show_message(title: str, message: str) -> Any:
    """Draw a sentence.

    Args:
        title: Title of the figure that would stand here.
        message: Why it does not; lines are separated by `<br>`.

    Returns:
        The Plotly figure.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415

    return Figure(
        layout={
            "title": title,
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "annotations": [{"text": message, "showarrow": False, "font": {"size": 16}}],
        }
    )
