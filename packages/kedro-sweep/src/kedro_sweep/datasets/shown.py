"""Datasets that Kedro-Viz shows, by the type that their previews are annotated with."""

from kedro_datasets._typing import HTMLPreview, TablePreview
from kedro_datasets.pandas import CSVDataset as KedroCSVDataset
from kedro_datasets.text import TextDataset

from kedro_sweep.tracking.json_dataset import round_numbers


class CSVDataset(KedroCSVDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A `pandas.CSVDataset` whose preview has rounded numbers; the file keeps all digits."""

    def preview(self, nrows: int = 20, digits: int = 4) -> TablePreview:
        """Return the first rows to Kedro-Viz."""
        return TablePreview(round_numbers(super().preview(nrows), digits))


class MarkdownDataset(TextDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A `text.TextDataset` in Markdown, which Kedro-Viz reads in previews of HTML."""

    def preview(self) -> HTMLPreview:
        """Return the text to Kedro-Viz, to which two underscores in a line are italics."""
        return HTMLPreview(self.load().replace("_", "\N{MODIFIER LETTER LOW MACRON}"))
