"""A picture is kept for people and for pages."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kedro.io import Version
from kedro_datasets.matplotlib import MatplotlibDataset

from kedro_sweep.report.figures import to_html
from kedro_sweep.report.figures._panels import draw
from kedro_sweep.report.figures._style import show_message
from kedro_sweep.report.figures.picture_dataset import PictureDataset


def make_dataset(folder: Path, name: str, version: str = "1") -> PictureDataset:
    return PictureDataset(filepath=str(folder / f"{name}.png"), version=Version(None, version))


def test_a_figure_is_saved_as_an_image_and_loaded_as_html(tmp_path: Path) -> None:
    figure = show_message("Wines", "None to show")
    for version in ("1", "2"):
        make_dataset(tmp_path, "wines", version).save(figure)
    assert (tmp_path / "wines.png/2/wines.png").read_bytes().startswith(b"\x89PNG")
    assert make_dataset(tmp_path, "wines").load() == to_html(figure)


def test_a_drawn_picture_is_saved_as_it_is_and_shown_by_kedro_viz(tmp_path: Path) -> None:
    picture = draw(show_message("Wines", "None to show"))
    dataset = make_dataset(tmp_path, "wines")
    dataset.save(picture)
    assert base64.b64decode(dataset.preview()) == picture.image
    assert dataset.load() == picture.html
    # As in the catalogs of earlier releases, for MLflow.
    matplotlib = MatplotlibDataset(filepath=str(tmp_path / "other.png"))
    matplotlib.save(picture)
    assert (tmp_path / "other.png").read_bytes() == picture.image


def test_figures_saved_in_several_threads_are_those_saved_one_by_one(tmp_path: Path) -> None:
    figures = {f"figure {number}": show_message(f"Figure {number}", "None") for number in range(8)}
    with ThreadPoolExecutor(4) as pool:
        for name, figure in figures.items():
            pool.submit(make_dataset(tmp_path, name).save, figure)
    for name, figure in figures.items():
        assert make_dataset(tmp_path, name).load() == to_html(figure)
