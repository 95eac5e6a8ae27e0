"""A run that the system asks to end does so as after Ctrl-C."""

import os
import signal
from collections.abc import Iterator

import pytest

from kedro_sweep.hooks import StopHooks


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_sigterm_interrupts_a_run() -> None:
    StopHooks().before_pipeline_run()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
