import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from kedro_sweep.report.figures._style import (
    PALETTE,
    choose_points,
    cut,
    make_figure,
    pick_classes,
    show_message,
    styled,
    to_svg,
)


def test_the_style_ends_with_the_figure() -> None:
    before = matplotlib.rcParams["axes.spines.top"]
    with styled():
        assert matplotlib.rcParams["axes.spines.top"] is False
    assert matplotlib.rcParams["axes.spines.top"] == before


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("short", "short"),
        (5, "5"),
        ("a\nb", "'a\\nb'"),
        ("_a", "'_a'"),
        (" ", "' '"),
        ("abcdefghijkl", "abcd…jkl"),
    ],
)
def test_a_long_name_keeps_its_ends_and_a_blank_one_is_quoted(label: object, shown: str) -> None:
    assert cut(label, 8) == shown


def test_the_most_frequent_classes_keep_their_order_and_color() -> None:
    y = np.array(["c", "c", "a", "b", "b"])
    assert pick_classes(y, ["a", "b", "c"], 2) == {1: PALETTE[1], 2: PALETTE[2]}


def test_more_classes_than_colors_share_none_in_a_figure() -> None:
    picked = pick_classes(np.array([20, 25]), list(range(30)), 2)
    assert picked == {20: PALETTE[0], 25: PALETTE[1]}


def test_a_dollar_is_no_formula_and_a_long_title_is_broken() -> None:
    with styled():
        figure, [axes] = make_figure("a $ and $$ and $x^$ " * 10, 3)
    axes.set_xlabel("1 $")
    figure.draw_without_rendering()
    assert "\n" in figure.get_suptitle()


@styled()
def draw(title: str, n_points: int = 50) -> Figure:
    figure, [axes] = make_figure(title, 3)
    shown, how = choose_points(n_points)
    axes.scatter(*np.random.default_rng(0).normal(size=(2, n_points))[:, shown], **how)
    return figure


def read_ids(svg: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', svg)


def test_a_figure_gives_the_same_text_every_time() -> None:
    assert to_svg(draw("points")) == to_svg(draw("points"))


def test_ids_differ_between_figures_and_are_all_referred_to() -> None:
    first, second = to_svg(draw("first")), to_svg(draw("second"))
    assert not set(read_ids(first)) & set(read_ids(second))
    referred = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', first)
    assert {a or b for a, b in referred} == set(read_ids(first))


def test_it_is_one_element_without_dates_and_rules() -> None:
    svg = to_svg(draw("points"))
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert not re.search("<metadata|<style|<!--|<!DOCTYPE|<[?]xml", svg)


def test_the_title_can_be_read_aloud_and_text_stays_text() -> None:
    svg = to_svg(show_message("Wines & <spirits>", "costs $5 or $6"))
    assert 'aria-label="Wines &amp; &lt;spirits&gt;"' in svg
    assert "costs $5 or $6" in svg


@pytest.mark.parametrize("n_points", [500, 501, 100_000])
def test_many_points_stay_small(n_points: int) -> None:
    svg = to_svg(draw("points", n_points))
    assert len(svg) < 150_000
    assert ("data:image/png" in svg) == (n_points > 500)
