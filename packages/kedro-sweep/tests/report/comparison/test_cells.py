"""Long text is cut."""

from kedro_sweep.report.comparison.cells import Cell


def test_many_lines_and_long_lines_are_cut() -> None:
    assert Cell(["x: 1 → 2"] * 3).is_long
    assert Cell(["x" * 100]).is_long
    assert not Cell(["x: 1 → 2"] * 2).is_long
