"""A line in the log for every ten seconds of silence."""

import logging
from time import monotonic, sleep

import pytest

from kedro_sweep import progress
from kedro_sweep.progress import tell_progress


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 0.05)
    monkeypatch.setattr(progress, "PAUSE", 0.01)
    caplog.set_level(logging.INFO)


def wait_for(text: str, caplog: pytest.LogCaptureFixture) -> None:
    end = monotonic() + 10
    while text not in caplog.messages and monotonic() < end:
        sleep(0.01)
    assert text in caplog.messages


def test_the_innermost_phase_speaks_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    with tell_progress(lambda seconds: "whole"):
        wait_for("whole", caplog)
        with tell_progress(lambda seconds: "part"):
            wait_for("part", caplog)
            caplog.clear()
            wait_for("part", caplog)
            assert "whole" not in caplog.messages
        wait_for("whole", caplog)
    caplog.clear()
    sleep(0.1)
    assert not caplog.messages


def test_other_lines_are_progress_enough(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 5)
    with tell_progress(lambda seconds: "silence"):
        logging.getLogger("other").info("news")
    assert caplog.messages == ["news"]
