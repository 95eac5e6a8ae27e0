"""The table of studies can be read, and its names copied, in a terminal of 80 columns."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from kedro_sweep.report.terminal import describe_configuration, show_studies
from kedro_sweep.search.storage._studies import StudySummary
from kedro_sweep.text import number

NAME = "HistGradientBoostingClassifier-0123456789ab"
CONFIGURATION: dict[str, Any] = {
    "model": "sklearn.ensemble.HistGradientBoostingClassifier",
    "fixed_params": {"max_iter": 50},
    "search_space": {
        "learning_rate": {"type": "float", "low": 0.01, "high": 1.0, "log": True},
        "max_leaf_nodes": {"type": "int", "low": 2, "high": 32, "step": 2},
        "class_weight": {"type": "categorical", "choices": ["balanced", None]},
    },
    "rows": 971,
    "features": ["alcohol", "pH"],
    "target": "quality",
    "cv": 5,
    "scoring": "accuracy",
    "random_seed": 42,
}


def make_study(name: str = NAME, **changes: Any) -> StudySummary:
    known = {"best_value": 0.66534, "configuration": CONFIGURATION}
    return StudySummary(**{"name": name, "states": {"complete": 100, "fail": 3}, **known, **changes})


def draw(*studies: StudySummary, current: Sequence[str] = ()) -> list[str]:
    """Draw the table as a terminal of 80 columns would show it."""
    console = Console(file=StringIO(), width=80)
    with console.capture() as capture:
        console.print(show_studies(studies, current))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_study_has_its_numbers_beside_its_whole_name() -> None:
    lines = draw(make_study())
    assert lines[0].split() == ["study", "trials", "best"]
    assert lines[2].split() == [NAME, "100", "complete", "0.6653"]
    assert lines[3].endswith("3 failed")


def test_what_is_unknown_is_a_dash() -> None:
    lines = draw(make_study(best_value=None, states={}))
    assert lines[2].split() == [NAME, "none", "–"]  # noqa: RUF001


def test_the_study_of_the_newest_run_is_marked() -> None:
    text = "\n".join(draw(make_study(), make_study("another"), current=[NAME]))
    assert f"▸ {NAME}" in text
    assert "▸ another" not in text
    assert text.endswith("▸ study of the newest run")
    assert "▸" not in "\n".join(draw(make_study("another"), current=[NAME]))


def test_a_configuration_is_described_in_two_lines() -> None:
    assert describe_configuration(CONFIGURATION).splitlines() == [
        "learning_rate 0.01 to 1 (log), max_leaf_nodes 2 to 32 in steps of 2, "
        "class_weight balanced or null, max_iter=50",
        "5-fold accuracy, 971 rows, 2 features, target quality, seed 42",
    ]


@pytest.mark.parametrize(
    ("change", "folds"),
    [
        ({"groups": "0123456789ab"}, "grouped 5-fold accuracy"),
        ({"ordered": True}, "time-ordered 5-fold accuracy"),
        (
            {"cv": {"class": "sklearn.model_selection.RepeatedKFold", "params": {"n_splits": 5}}},
            "RepeatedKFold(n_splits=5) accuracy",
        ),
    ],
)
def test_the_folds_are_described(change: dict[str, Any], folds: str) -> None:
    assert (
        describe_configuration(CONFIGURATION | change).splitlines()[1].startswith(f"{folds}, 971 rows")
    )


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_the_terminal(width: int) -> None:
    console = Console(file=StringIO(), width=width)
    study = make_study(states={"complete": 10_000}, best_value=-12345.6789)
    with console.capture() as capture:
        console.print(show_studies([study], [NAME]))
    assert f"{number(-12345.6789)}\n" in capture.get().replace(" ", "")


def test_a_study_without_a_configuration_says_so() -> None:
    assert "not recorded" in describe_configuration({})
