"""A finding goes to the tracked files."""

import json

import pytest

from kedro_sweep.evaluation.findings._evidence import Finding, to_plain

DOUBT = Finding("copies", "3 rows are copies.", "Drop [them].", {"rows": 3})
ADVICE = Finding("edge", "The best is at the edge.", "Raise high.", doubt=False)


def test_findings_are_tracked_by_name_in_their_order() -> None:
    plain = to_plain([ADVICE, DOUBT, ADVICE])
    assert list(plain) == ["edge", "copies", "edge_2"]
    assert plain["copies"] == {
        "message": "3 rows are copies.",
        "remedy": "Drop [them].",
        "figures": {"rows": 3},
        "doubt": True,
    }
    assert json.loads(json.dumps(plain)) == plain


def test_the_title_is_the_first_sentence() -> None:
    assert Finding("edge", "It is at 0.5 of x. It ends there.", "").title == "It is at 0.5 of x."
    assert DOUBT.title == DOUBT.message


@pytest.mark.parametrize("feature", ["Avg. Area Income", "No. of rooms", "max. speed", "St. Louis"])
def test_a_period_in_a_name_ends_no_sentence(feature: str) -> None:
    first = f"{feature} alone predicts price without error."
    assert Finding("leak", f"{first} Drop it. Soon.", "").title == first
