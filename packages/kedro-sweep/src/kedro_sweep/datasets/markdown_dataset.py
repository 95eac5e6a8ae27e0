"""A page in Markdown."""

from kedro_datasets._typing import HTMLPreview
from kedro_datasets.text import TextDataset


class MarkdownDataset(TextDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A `text.TextDataset` that Kedro-Viz shows: its previews of HTML are of Markdown as well."""

    def preview(self) -> HTMLPreview:
        """Return the text to Kedro-Viz."""
        return HTMLPreview(self.load())
