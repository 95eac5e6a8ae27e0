"""A table that can be read in Kedro-Viz."""

from kedro_datasets._typing import TablePreview
from kedro_datasets.pandas import CSVDataset as KedroCSVDataset

from kedro_sweep.tracking.json_dataset import round_numbers


class CSVDataset(KedroCSVDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A `pandas.CSVDataset` whose preview has rounded numbers; the file keeps all digits."""

    def preview(self, nrows: int = 20, digits: int = 4) -> TablePreview:
        """Return the first rows to Kedro-Viz."""
        return TablePreview(round_numbers(super().preview(nrows), digits))
