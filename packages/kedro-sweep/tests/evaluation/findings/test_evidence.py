"""A finding goes to the log and to the tracked files."""

import json
import logging

import pytest

from kedro_sweep.evaluation.findings._evidence import Finding, log_findings, to_plain

DOUBT = Finding("copies", "3 rows are copies.", "Drop [them].", {"rows": 3})
ADVICE = Finding("edge", "The best is at the edge.", "Raise high.", doubt=False)


def test_findings_are_tracked_by_name_in_their_order() -> None:
    plain = to_plain([ADVICE, DOUBT, ADVICE])
    assert list(plain) == ["edge", "copies", "edge_2"]
    assert plain["copies"] == {
        "message": "3 rows are copies.",
        "remedy": "Drop [them].",
        "figures": {"rows": 3},
    }
    assert json.loads(json.dumps(plain)) == plain


def test_each_finding_is_a_line_and_a_doubt_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_findings([DOUBT, ADVICE])
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "3 rows are copies. Drop [them]."),
        ("INFO", "The best is at the edge. Raise high."),
    ]
