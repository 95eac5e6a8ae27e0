"""Results of earlier runs, which a run takes over if nothing that they depend on has changed."""

import hashlib
import logging
import os
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from kedro_sweep.platforms import replacing

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Where the run that is going keeps results, and what they depend on besides arguments.
_place: tuple[Path, str] | None = None


def use_folder(folder: Path | None, *sources: Path) -> None:
    """Keep results in a folder from now on; None to keep none.

    Changed code in the sources counts although the run may not have imported it yet. A notebook keeps
    none, because nothing tells when its own functions have changed.
    """
    global _place  # noqa: PLW0603
    is_program = hasattr(sys.modules["__main__"], "__file__")
    _place = None
    if folder and is_program:
        _place = folder, hashlib.sha256(str(sorted(_date_code(sources))).encode()).hexdigest()


def _take_all(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


def remember(
    of: Callable[..., Any] = _take_all, *, kept: int = 1
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function return one of its last results again, if it is called with equal arguments.

    It must be a function of its arguments, the code and the installed packages, and its result may only
    hold what `pickle` can write. Changed code of any imported module counts, and any installation.

    Args:
        of: Takes the same arguments and returns what the result depends on; by default, all of them.
        kept: The number of results to keep, if a run calls the function several times.

    Returns:
        A decorator.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__qualname__}"

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _place is None:
                return function(*args, **kwargs)
            import joblib  # noqa: PLC0415  # hooks import this module for every command

            folder, code = _place
            try:
                key = joblib.hash((code, of(*args, **kwargs)))
            except Exception as error:  # a model or a scorer may raise anything when it is pickled
                logger.debug("Nothing is taken over: %s", error)
                return function(*args, **kwargs)
            file = folder / f"{name}.{key}.pkl"
            with suppress(Exception):  # there is none, or it was cut off
                results: list[R] = pickle.loads(file.read_bytes())
                return results[0]
            result = function(*args, **kwargs)
            try:
                content = pickle.dumps([result])
                # As later runs get it, so that it is the same to the last byte when it is saved.
                results = pickle.loads(content)
            except Exception as error:  # a result that pickle cannot write
                logger.debug("Nothing is kept: %s", error)
                return result
            _keep(file, content, name, kept)
            return results[0]

        return call

    return decorate


def _keep(file: Path, content: bytes, name: str, kept: int) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as part:
            part.write_bytes(content)
        others = sorted(file.parent.glob(f"{name}.*.pkl"), key=lambda other: other.stat().st_mtime_ns)
        for other in others[:-kept]:
            other.unlink(missing_ok=True)
    except OSError as error:  # a full disk, or a folder to read only
        logger.debug("Nothing is kept in %s: %s", file, error)


def _date_code(sources: Iterable[Path]) -> Iterable[tuple[str, int]]:
    """Find when the code and the installed packages last changed."""
    yield sys.version, Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    paths = map(sysconfig.get_path, ("stdlib", "purelib", "platlib"))
    installed = tuple(f"{path}{os.sep}" for path in paths)
    files = {getattr(module, "__file__", None) for module in [*sys.modules.values()]}
    files -= {sys.modules["__main__"].__file__}  # it starts the run
    own = {Path(file) for file in files if file and not file.startswith(installed)}
    for file in own.union(*(folder.rglob("*.py") for folder in (Path(__file__).parent, *sources))):
        if file.is_file():
            yield str(file), file.stat().st_mtime_ns
