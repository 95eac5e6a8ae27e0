"""One JSON file per run."""

import json
from collections.abc import Sequence
from typing import Any

from kedro_datasets._typing import JSONPreview
from kedro_datasets.json import JSONDataset as KedroJSONDataset


class JSONDataset(KedroJSONDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """Keep one dictionary per run, as a version.

    Kedro-Viz recognizes a tracked dataset by the names of this module and class, and by `versioned`, and
    a preview by the type that is annotated.
    """

    versioned = True

    def preview(self, first: Sequence[str] = ()) -> JSONPreview:
        """Return the latest version to Kedro-Viz, with rounded numbers, and with some keys first."""
        values = self.load()
        ordered = {name: values[name] for name in first if name in values} | values
        return JSONPreview(json.dumps(round_numbers(ordered)))


def round_numbers(values: Any, digits: int = 4) -> Any:
    """Round all numbers in lists and dictionaries to so many significant digits."""
    if isinstance(values, dict):
        return {name: round_numbers(value, digits) for name, value in values.items()}
    if isinstance(values, list):
        return [round_numbers(value, digits) for value in values]
    return float(f"{values:.{digits}g}") if isinstance(values, float) else values
