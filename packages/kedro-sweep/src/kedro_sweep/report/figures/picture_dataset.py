"""A figure in two formats: for people, and for the pages that show it."""

from threading import Lock
from typing import Any

from kedro.io.core import get_filepath_str
from kedro_datasets.matplotlib import MatplotlibDataset

from kedro_sweep.report.figures._panels import to_html

_LOCK = Lock()  # Matplotlib's settings belong to the process, and a run may save in several threads


class PictureDataset(MatplotlibDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A Matplotlib figure as a PNG image, which Kedro-Viz shows, and as HTML, which pages load.

    It takes the arguments of `matplotlib.MatplotlibDataset`.

    Example `catalog.yml` entry::

        test_curves:
          type: kedro_sweep.report.figures.picture_dataset.PictureDataset
          filepath: data/08_reporting/test_curves.png
          versioned: true
    """

    def save(self, data: Any) -> None:
        """Write both files."""
        path = self._get_save_path().with_suffix(".html")
        with _LOCK:
            html = to_html(data)  # first, because it fixes the layout
            super().save(data)
        self._fs.pipe_file(get_filepath_str(path, self._protocol), html.encode())

    def load(self) -> str:
        """Read the HTML: title, `<svg>` elements and values."""
        path = get_filepath_str(self._get_load_path().with_suffix(".html"), self._protocol)
        return str(self._fs.cat_file(path), "utf-8")
