"""One JSON file per run."""

from typing import Any

from kedro_datasets.json import JSONDataset as KedroJSONDataset


class JSONDataset(KedroJSONDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """Keep one dictionary per run, as a version.

    Kedro-Viz recognizes a tracked dataset by the names of this module and class, and by `versioned`.
    """

    versioned = True

    def preview(self) -> Any:
        """Return the latest version to Kedro-Viz, which shows it as a table."""
        return self.load()
