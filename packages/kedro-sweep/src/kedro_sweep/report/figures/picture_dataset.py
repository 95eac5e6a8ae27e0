"""A figure in two formats: for people, and for the pages that show it."""

import base64
from typing import TYPE_CHECKING

from kedro.io.core import get_filepath_str
from kedro_datasets._typing import ImagePreview
from kedro_datasets.text import TextDataset

from kedro_sweep.report.figures._panels import Picture, draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class PictureDataset(TextDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A picture as a PNG image, which Kedro-Viz shows, and as HTML, which pages load.

    Example `catalog.yml` entry::

        test_curves:
          type: kedro_sweep.report.figures.picture_dataset.PictureDataset
          filepath: data/08_reporting/test_curves.png
          versioned: true
    """

    def save(self, data: "Picture | Figure") -> None:
        """Write both files."""
        picture = data if isinstance(data, Picture) else draw(data)
        path = self._get_save_path()
        self._fs.makedirs(str(path.parent), exist_ok=True)
        self._fs.pipe_file(get_filepath_str(path, self._protocol), picture.image)
        path = get_filepath_str(path.with_suffix(".html"), self._protocol)
        self._fs.pipe_file(path, picture.html.encode())

    def load(self) -> str:
        """Read the HTML: title, `<svg>` elements and values."""
        path = get_filepath_str(self._get_load_path().with_suffix(".html"), self._protocol)
        return str(self._fs.cat_file(path), "utf-8")

    def preview(self) -> ImagePreview:
        """Return the image to Kedro-Viz."""
        image = self._fs.cat_file(get_filepath_str(self._get_load_path(), self._protocol))
        return ImagePreview(base64.b64encode(image).decode())
