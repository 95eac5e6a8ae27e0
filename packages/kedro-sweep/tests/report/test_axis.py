import pytest

from kedro_sweep.report._axis import Axis
from kedro_sweep.text import MINUS


def test_the_axis_holds_all_values_with_a_margin() -> None:
    axis = Axis.around([0.6, None, 0.4, float("inf"), 0.8])
    assert [axis.place(value) for value in (0.4, 0.6, 0.8)] == [4.0, 50.0, 96.0]


@pytest.mark.parametrize("value", [0.0, -3.0, 0.7])
def test_a_single_number_is_in_the_middle(value: float) -> None:
    assert Axis.around([value, value]).place(value) == 50.0


def test_other_values_widen_the_axis_only_if_they_are_near() -> None:
    axis = Axis.around([0.6, 0.8], [0.5, -1e6, None, float("-inf"), float("nan")])
    assert (axis.low, axis.high) == (0.5, 0.8)
    assert [axis.place(value) for value in (-1e6, float("-inf"), 0.5)] == [4.0] * 3
    assert axis.place(float("inf")) == axis.place(0.8) == 96.0


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.47, 0.72, [0.5, 0.55, 0.6, 0.65, 0.7]),
        (-1.3, 0.2, [-1, -0.5, 0]),
        (11_000, 13_400, [11_000, 11_500, 12_000, 12_500, 13_000]),
        (0, 0.00002, [0, 0.000005, 0.00001, 0.000015, 0.00002]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert [float(label.replace(MINUS, "-")) for _, label in Axis(low, high).ticks] == pytest.approx(
        ticks
    )
