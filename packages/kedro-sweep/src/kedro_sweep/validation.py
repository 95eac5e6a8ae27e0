"""What all parameters share: a mistake is told in one line, with the key, its value and the remedy."""

import inspect
import sys
from collections.abc import Callable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ImportString, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails


class ClearErrors(BaseModel):
    """Says what is wrong in one line a mistake: the key, its value and what is allowed."""

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Read the parameters.

        Args:
            obj: What stands in the YAML file.
            **kwargs: Options of Pydantic.

        Returns:
            The model.

        Raises:
            ValueError: If something is not allowed.
        """
        try:
            return super().model_validate(obj, **kwargs)
        except ValidationError as error:
            raise ValueError("; ".join(map(_describe, error.errors()))) from None


# Pydantic puts the branch of a union that it tried among the keys that led to the error.
BRANCHES = {"int", "float", "categorical", "bool", "str", "none"}


def _describe(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"] if part not in BRANCHES)
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: {error['input']!r} is not allowed, there is no such key"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return f"{key}: {message}".removeprefix(": ")
    return f"{key}: {error['input']!r} is not allowed. {message}".removeprefix(": ")


class StrictModel(ClearErrors):
    """A model that refuses unknown keys and cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def import_callable(path: str) -> Callable[..., Any]:
    """Import a class or function by its path.

    Args:
        path: Such as `sklearn.svm.SVC`.

    Returns:
        The class or function.

    Raises:
        ValueError: If there is none at that path.
    """
    try:
        found: Callable[..., Any] = _CALLABLE.validate_python(path)
    except ValidationError as error:
        raise ValueError(f"'{path}' cannot be imported. {error.errors()[0]['msg']}") from None
    return found


def is_own_function(found: Any) -> bool:
    """Tell whether something is a function, and none of Python's own, which may do anything if called.

    Args:
        found: What a path names.

    Returns:
        Whether it is.
    """
    if not inspect.isfunction(found):
        return False
    package, *_ = found.__module__.split(".")
    return package not in sys.stdlib_module_names


_CALLABLE: TypeAdapter[Any] = TypeAdapter(ImportString[Callable[..., Any]])
