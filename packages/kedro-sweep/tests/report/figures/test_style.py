"""One style: short labels, and the same color for a class everywhere."""

import matplotlib
import numpy as np
import pytest

from kedro_sweep.report.figures._style import PALETTE, cut, make_figure, pick_classes, styled


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
