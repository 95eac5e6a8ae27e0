"""Checks shared by all parameters. An error names the key, its value and the remedy in one line."""

import inspect
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, get_type_hints

from pydantic import BaseModel, ConfigDict, ImportString, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from sklearn.base import BaseEstimator

INSTALLED = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]


class ClearErrors(BaseModel):
    """Reports each mistake in one line: the key, its value and what is allowed."""

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Read the parameters."""
        try:
            return super().model_validate(obj, **kwargs)
        except ValidationError as error:
            raise ValueError("; ".join(_describe(one, obj) for one in error.errors())) from None


def _list_keys(error: ErrorDetails, given: Any) -> Iterator[str]:
    """Yield the keys that lead to an error, without the branches of unions that Pydantic adds."""
    for part in error["loc"]:
        is_item = isinstance(given, list) and isinstance(part, int)
        if is_item or (isinstance(given, Mapping) and part in given):
            yield str(part)
            given = given[part]
    if error["type"] == "missing":
        yield str(error["loc"][-1])


def _describe(error: ErrorDetails, given: Any) -> str:
    key = ".".join(_list_keys(error, given))
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: {error['input']!r} is not allowed, there is no such key"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return f"{key}: {message}".removeprefix(": ")
    return f"{key}: {error['input']!r} is not allowed. {message}".removeprefix(": ")


class StrictModel(ClearErrors):
    """A model that does not accept unknown keys and cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def import_callable(path: str) -> Callable[..., Any]:
    """Import a class or function by its path."""
    try:
        return TypeAdapter(ImportString[Callable[..., Any]]).validate_python(path)
    except ValidationError as error:
        raise ValueError(f"'{path}' cannot be imported. {error.errors()[0]['msg']}") from None


def to_plain(value: Any) -> Any:
    """Turn a validated parameter back into the plain value in the YAML file, with the defaults."""
    return value.model_dump(by_alias=True) if isinstance(value, BaseModel) else value


def is_estimator(found: Any) -> bool:
    """Check whether something is an estimator, or its class, that scikit-learn can clone and fit.

    Most are `BaseEstimator`s; those of CatBoost are not.
    """
    methods = ("fit", "get_params", "set_params")
    return all(callable(getattr(found, method, None)) for method in methods)


def list_arguments(estimator: Any) -> set[str]:
    """List all arguments of an estimator and its steps."""
    params = estimator.get_params()
    parts = {"": estimator} | {f"{name}__": part for name, part in params.items()}
    return {*params} | {
        prefix + name
        for prefix, part in parts.items()
        if is_estimator(part) and not isinstance(part, BaseEstimator | type)
        for name, argument in inspect.signature(type(part)).parameters.items()
        if argument.kind is not inspect.Parameter.VAR_KEYWORD
    }


def is_own_function(found: Any) -> bool:
    """Check whether something is a function that the user wrote to be called.

    Functions of installed packages may do anything, such as empty a folder or end the process. They
    count only if their annotation says that they return what is needed.
    """
    if not inspect.isfunction(found):
        return False
    try:
        returned = get_type_hints(found).get("return")
    except Exception:  # a name that only type checkers know
        returned = None
    return not is_installed(inspect.getfile(inspect.unwrap(found))) or (
        inspect.isclass(returned) and issubclass(returned, BaseEstimator | float)
    )


def is_installed(file: str) -> bool:
    """Check whether a file belongs to Python or to an installed package, not to the user."""
    return any(Path(file).is_relative_to(folder) for folder in INSTALLED)


def check_params(estimator: Any) -> None:
    """Let an estimator and its steps check their arguments, as they would in `fit`."""
    for part in (estimator, *estimator.get_params().values()):
        if isinstance(part, BaseEstimator) and hasattr(part, "_parameter_constraints"):
            part._validate_params()
