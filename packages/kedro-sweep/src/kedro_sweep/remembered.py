"""Results of earlier runs, which a run takes over if nothing that they depend on has changed."""

import logging
import pickle
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import joblib

from kedro_sweep.platforms import replacing

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Where the run that is going keeps results; there is none in a notebook.
_place: tuple[Path, str] | None = None


def use_folder(folder: Path | None) -> None:
    """Keep results in a folder from now on; None to keep none."""
    global _place  # noqa: PLW0603
    _place = None if folder is None else (folder, joblib.hash(sorted(_date_code())))


def _take_all(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


def remember(of: Callable[..., Any] = _take_all) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function return its last result again, if it is called with equal arguments.

    It must be a function of its arguments, the code and the installed packages, and its result may only
    hold what `pickle` can write. Changed code of any imported module counts, and any installation.

    Args:
        of: Takes the same arguments and returns what the result depends on; by default, all of them.

    Returns:
        A decorator.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__qualname__}"

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _place is None:
                return function(*args, **kwargs)
            folder, code = _place
            file = folder / f"{name}.pkl"
            key = _hash((code, of(*args, **kwargs)))
            known: tuple[Any, R] | None = _load(file)
            if key and known and known[0] == key:
                return known[1]
            found = function(*args, **kwargs)
            _keep(file, (key, found))
            return found

        return call

    return decorate


def _hash(values: Any) -> str | None:
    try:
        return str(joblib.hash(values))
    except Exception as error:  # a model or a scorer may raise anything when it is pickled
        logger.debug("Nothing is taken over: %s", error)
        return None


def _load(file: Path) -> Any:
    try:
        return pickle.loads(file.read_bytes())
    except Exception:  # there is none, or it was written by another version or cut off
        return None


def _keep(file: Path, result: Any) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as part:
            part.write_bytes(pickle.dumps(result))
    except Exception as error:  # a full disk, a folder to read only, a result that pickle cannot write
        logger.debug("Nothing is kept in %s: %s", file, error)


def _date_code() -> Iterable[tuple[str, int]]:
    """Find when the code and the installed packages last changed."""
    installed = Path(joblib.__file__).parents[1]
    yield sys.version, installed.stat().st_mtime_ns
    files = {getattr(module, "__file__", None) for module in [*sys.modules.values()]}
    files -= {
        None,
        getattr(sys.modules["__main__"], "__file__", None),
    }  # it only starts the run
    installation = (sys.prefix, sys.base_prefix)
    own = {Path(file) for file in files if file and not file.startswith(installation)}
    for file in own.union(Path(__file__).parent.rglob("*.py")):
        if file.is_file():
            yield str(file), file.stat().st_mtime_ns
