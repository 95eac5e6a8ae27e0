"""Parameters as trackers want them."""

from typing import Any

from pydantic import BaseModel


def to_plain(value: Any) -> Any:
    """Undo what Kedro does to the parameters of typed nodes.

    Args:
        value: A parameter, as the catalog gives it.

    Returns:
        What stands in the YAML file, with the defaults filled in.
    """
    return value.model_dump(by_alias=True) if isinstance(value, BaseModel) else value
