"""All known scores are on one axis."""

from typing import Any

import pytest

from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures._scores import draw_scores

SUMMARY = {
    "scoring": "accuracy",
    "direction": "maximize",
    "dummy_value": 0.42,
    "default_value": 0.6,
    "best_value": 0.6174,
    "corrected_value": 0.598,
    "corrected_low": 0.55,
    "corrected_high": 0.64,
}
TEST = {"score": {"name": "accuracy", "value": 0.54, "low": 0.46, "high": 0.62}}


def draw(summary: dict[str, Any], test_details: dict[str, Any]) -> Any:
    return draw_scores(SweepSummary.model_validate(summary), test_details)


def read_lines(figure: Any) -> list[str]:
    [axes] = figure.axes
    return [text.get_text() for text in axes.texts]


def test_each_score_has_its_number_and_interval() -> None:
    figure = draw(SUMMARY, TEST)
    assert read_lines(figure) == [
        "0.4200",
        "0.6000",
        "0.6174",
        "0.598 (0.550 to 0.640)",
        "0.54 (0.46 to 0.62)",
    ]
    assert figure.get_suptitle() == "Report accuracy 0.598 (0.550 to 0.640), the corrected score"


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_is_left_out(missing: float | None) -> None:
    unknown = dict.fromkeys(("dummy_value", "corrected_value"), missing)
    figure = draw({**SUMMARY, **unknown}, {"score": None})
    assert read_lines(figure) == ["0.6000", "0.6174"]
    assert "Report" not in figure.get_suptitle()


@pytest.mark.parametrize(
    ("direction", "label"), [("maximize", "higher is better →"), ("minimize", "← lower is better")]
)
def test_the_axis_says_which_way_is_better(direction: str, label: str) -> None:
    figure = draw({**SUMMARY, "direction": direction}, {})
    assert figure.axes[0].get_xlabel() == f"accuracy: {label}"


def test_large_numbers_have_no_decimals() -> None:
    assert read_lines(draw({**SUMMARY, "dummy_value": 12345.6}, {}))[0] == "12,346"
