"""A run that the system asks to end does so as after Ctrl-C."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event

import pytest

from kedro_sweep.hooks import StopHooks


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def _start_and_wait(has_started: Event) -> None:
    has_started.set()
    time.sleep(60)


def test_sigterm_interrupts_a_run() -> None:
    StopHooks().before_pipeline_run()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_handler_of_the_program_stays() -> None:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    StopHooks().before_pipeline_run()
    os.kill(os.getpid(), signal.SIGTERM)
    assert received == [signal.SIGTERM]


def test_sigterm_ends_a_forked_child_at_once() -> None:
    StopHooks().before_pipeline_run()
    context = multiprocessing.get_context("fork")
    has_started = context.Event()
    child = context.Process(target=_start_and_wait, args=(has_started,))
    child.start()
    assert has_started.wait(10)
    child.terminate()
    child.join(10)
    assert child.exitcode == -signal.SIGTERM
