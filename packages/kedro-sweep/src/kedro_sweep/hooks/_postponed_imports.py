"""Import SQLAlchemy and Plotly Express only for a catalog that names a dataset which needs them.

A package of kedro-datasets finds a class when it is named, and yet tries to import all of its modules
first. It goes on if one of them cannot be imported.
"""

import sys
from importlib.abc import MetaPathFinder
from typing import Any

POSTPONED = {"kedro_datasets.pandas.sql_dataset", "kedro_datasets.plotly.plotly_dataset"}


class _Finder(MetaPathFinder):
    """Refuses a postponed module while its package is being imported."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in POSTPONED:
            package = sys.modules[fullname.rpartition(".")[0]]
            if getattr(package.__spec__, "_initializing", False):
                raise ModuleNotFoundError(f"{fullname} is imported when its class is named.")


def postpone_imports() -> None:
    """Call this before the first dataset of a catalog is imported."""
    sys.meta_path.insert(0, _Finder())
