"""`sweep.cv` as a class: a splitter from scikit-learn or the user's own."""

import inspect
from typing import Any

from kedro_sweep.search.settings._model import Component
from kedro_sweep.validation import import_callable


class Splitter(Component):
    """A class that splits rows into folds, such as `sklearn.model_selection.RepeatedKFold`."""

    def _find(self) -> Any:
        found = import_callable(self.path)
        if not (inspect.isclass(found) and hasattr(found, "split") and hasattr(found, "get_n_splits")):
            raise ValueError(
                f"class: {self.path} is not a class with split and get_n_splits; choose one such as "
                "sklearn.model_selection.RepeatedKFold, or write a number of folds"
            )
        return found

    def build(self, seed: int) -> Any:
        """Make the splitter, with this seed if it shuffles."""
        arguments = inspect.signature(self._find()).parameters
        seeded = "random_state" in arguments and (
            # scikit-learn raises an error for a seed if shuffling is off.
            "shuffle" not in arguments or self.params.get("shuffle", arguments["shuffle"].default)
        )
        return self._make(**({"random_state": seed} if seeded else {}))
