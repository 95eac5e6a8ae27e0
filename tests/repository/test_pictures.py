"""The pictures of the documentation: each is shown, and each that a page shows exists."""

import re
from pathlib import Path

import pytest
from pictures.hero import compare_settings
from pictures.project import CHANGE, SETTINGS, change_settings
from pictures.scenes import SCENES
from pictures.terminal import draw_colors

from tests.conftest import ROOT

IMAGES = ROOT / "docs/images"
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
MADE_BY_BENCHMARKS = {"benchmark.png", "strength_10s.png"}
DRAWN = {"how_it_works.svg"}


def find_shown(page: Path) -> list[Path]:
    """The files of the pictures that a page shows."""
    addresses = re.findall(r"!\[[^\]]*\]\(([^)\s]+\.(?:png|svg))\)", page.read_text())
    return [(page.parent / address).resolve() for address in addresses]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_picture_that_a_page_shows_exists(page: Path) -> None:
    assert [picture for picture in find_shown(page) if not picture.exists()] == []


def test_every_picture_is_shown_by_a_page() -> None:
    shown = {picture for page in PAGES for picture in find_shown(page)}
    assert {picture for picture in IMAGES.iterdir() if picture not in shown} == set()


def test_every_picture_that_is_not_drawn_is_made_by_a_command() -> None:
    assert {picture.name for picture in IMAGES.iterdir()} == MADE_BY_BENCHMARKS | DRAWN | {
        f"{name}.png" for name in SCENES
    }


def test_the_first_picture_shows_the_settings_that_change(tmp_path: Path) -> None:
    before = (ROOT / "conf/base" / SETTINGS).read_text()
    file = tmp_path / SETTINGS
    file.write_text(before)
    change_settings(file)
    lines = compare_settings(before, file.read_text())
    assert [line[0] for line in lines] == list(" -+ --++-+")
    assert all(any(new in line for line in lines if line[0] == "+") for new in CHANGE.values())


def test_settings_that_are_not_found_are_named(tmp_path: Path) -> None:
    file = tmp_path / SETTINGS
    file.write_text("model: {}")
    with pytest.raises(ValueError, match=r"RandomForestClassifier.*adapt CHANGE"):
        change_settings(file)


def test_a_progress_bar_is_drawn_as_it_was_last() -> None:
    drawn = draw_colors(
        "start\n\x1b[?25l\x1b[2KTrials 1\r\x1b[2KTrials 2\n\x1b[?25h\x1b[31mend\x1b[0m\n"
    )
    assert re.sub("<[^>]*>", "", drawn).split("\n") == ["start", "Trials 2", "end", ""]
    assert "color" in drawn
