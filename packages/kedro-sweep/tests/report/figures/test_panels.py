"""A figure becomes an image per panel, which a page can arrange and color, and a table of values."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from kedro_sweep import text
from kedro_sweep.report.figures._panels import tabulate, to_html
from kedro_sweep.report.figures._style import choose_points, make_figure, show_message, styled


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
