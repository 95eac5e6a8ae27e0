import matplotlib
import numpy as np
import pytest

from kedro_sweep.report.figures._style import (
    PALETTE,
    cut,
    limit_values,
    make_figure,
    pick_classes,
    styled,
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


def test_a_long_range_is_cut_to_what_most_values_need() -> None:
    values = np.array([0.5, 0.52, 0.54, 0.56, 0.58, -100])
    low, high = limit_values(values, 1)
    assert 0.2 < low < 0.5
    assert 0.58 < high < 0.7
    assert limit_values(-values, -1) == (-high, -low)
    assert limit_values(np.array([1.0]), 1) == (0.99, 1.01)
    assert limit_values(np.array([1.0] * 9 + [2.0]), 1)[1] > 2
