import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from kedro_sweep import text
from kedro_sweep.report.figures._style import (
    PALETTE,
    choose_points,
    cut,
    limit_values,
    make_figure,
    pick_classes,
    show_message,
    styled,
    tabulate,
    to_html,
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


def test_the_most_frequent_classes_keep_their_order() -> None:
    y = np.array(["c", "c", "a", "b", "b"])
    assert [*pick_classes(y, ["a", "b", "c"], 2)] == [1, 2]
    assert [*pick_classes(y, ["a", "b", "c"], 3, fewest=2)] == [1, 2]


def test_more_classes_than_colors_share_none_in_a_figure() -> None:
    picked = pick_classes(np.array([20, 25]), list(range(30)), 2)
    assert [look["color"] for look in picked.values()] == [*PALETTE[:2]]
    assert [*picked] == [20, 25]


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
    assert to_html(draw("points")) == to_html(draw("points"))


def test_ids_differ_between_figures_and_are_all_referred_to() -> None:
    first, second = to_html(draw("first")), to_html(draw("second"))
    assert not set(read_ids(first)) & set(read_ids(second))
    referred = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', first)
    assert {a or b for a, b in referred} == set(read_ids(first))


def test_it_is_well_formed_without_dates_and_rules() -> None:
    svg = to_html(draw("points"))
    assert ElementTree.fromstring(f"<figure>{svg}</figure>").find("div") is not None
    assert not re.search("<metadata|<style|<!--|<!DOCTYPE|<[?]xml", svg)


def test_the_title_can_be_read_aloud_and_text_stays_text() -> None:
    svg = to_html(show_message("Wines & <spirits>", "costs $5 or $6"))
    assert "<h4>Wines &amp; &lt;spirits&gt;</h4>" in svg
    assert 'aria-label="Wines &amp; &lt;spirits&gt;"' in svg
    assert "costs $5 or $6" in svg


@pytest.mark.parametrize("n_points", [500, 501, 100_000])
def test_many_points_stay_small(n_points: int) -> None:
    svg = to_html(draw("points", n_points))
    assert len(svg) < 150_000
    assert ("data:image/png" in svg) == (n_points > 500)


def test_each_panel_is_an_image_of_its_own_and_the_figure_stays_whole() -> None:
    with styled():
        figure, panels = make_figure("three", 3, columns=3)
    for number, axes in enumerate(panels):
        axes.set_title(f"panel {number}")
    html = to_html(figure)
    widths = [float(width) for width in re.findall(r'<svg[^>]* width="([\d.]+)pt"', html)]
    assert len(widths) == 3
    assert sum(widths) < 72 * 9.5 * 1.1
    assert [html.count(f">panel {number}<") for number in range(3)] == [1, 1, 1]
    assert all(artist.get_visible() for artist in (*figure.axes, *figure.texts))


def test_text_and_axes_take_the_colors_of_the_page() -> None:
    html = to_html(draw("points"))
    assert "var(--text, #333333)" in html
    assert "var(--blue, #0072B2)" in html
    assert not re.search("#ffffff|: #333333|: #767676|: #e3e6ea", html)


def test_values_are_a_table_with_every_name_whole_and_escaped() -> None:
    figure = draw("points")
    tabulate(figure, [("a <b> " + "long " * 20, 0.123456, None), ("c", -2, 1)], "Name", "Value", "Other")
    html = to_html(figure)
    table = html[html.index("<table") :]
    assert "a &lt;b&gt; " + "long " * 19 in table
    assert re.findall("<td>([^a]*?)</td>", table) == [
        "0.1235",
        text.MISSING,
        "c",
        f"{text.MINUS}2.000",
        "1.000",
    ]


def test_a_long_range_is_cut_to_what_most_values_need() -> None:
    values = np.array([0.5, 0.52, 0.54, 0.56, 0.58, -100])
    low, high = limit_values(values, 1)
    assert 0.2 < low < 0.5
    assert 0.58 < high < 0.7
    assert limit_values(-values, -1) == (-high, -low)
    assert limit_values(np.array([1.0]), 1) == (0.99, 1.01)
