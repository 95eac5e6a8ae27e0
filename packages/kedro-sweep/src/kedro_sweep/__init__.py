"""Resumable hyperparameter search, with exact scores and a record of every run."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"
__all__ = ["SweepSearchCV", "tune"]

if TYPE_CHECKING:
    from kedro_sweep.notebook import SweepSearchCV, tune


def __getattr__(name: str) -> Any:
    """Import what is for notebooks on first use, because the commands do not need it."""
    if name not in __all__:
        raise AttributeError(f"module 'kedro_sweep' has no attribute {name!r}")
    return getattr(import_module("kedro_sweep.notebook"), name)
