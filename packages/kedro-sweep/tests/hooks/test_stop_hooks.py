"""A run that the system asks to end does so as after Ctrl-C."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event

import pytest
from kedro.io import DataCatalog, SharedMemoryDataCatalog

from kedro_sweep.hooks import _stop_hooks as stop_hooks
from kedro_sweep.hooks._stop_hooks import StopHooks

RUN = {"run_id": "2026-01-01T00.00.00.000Z"}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def _start_and_wait(has_started: Event) -> None:
    has_started.set()
    time.sleep(60)


def test_sigterm_interrupts_a_run() -> None:
    StopHooks().before_pipeline_run(RUN, DataCatalog())
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_handler_of_the_program_stays() -> None:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    StopHooks().before_pipeline_run(RUN, DataCatalog())
    os.kill(os.getpid(), signal.SIGTERM)
    assert received == [signal.SIGTERM]


def test_sigterm_ends_a_forked_child_at_once() -> None:
    StopHooks().before_pipeline_run(RUN, DataCatalog())
    context = multiprocessing.get_context("fork")
    has_started = context.Event()
    child = context.Process(target=_start_and_wait, args=(has_started,))
    child.start()
    assert has_started.wait(10)
    child.terminate()
    child.join(10)
    assert child.exitcode == -signal.SIGTERM


def test_only_the_processes_of_parallel_runner_end_with_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parents: list[int] = []
    monkeypatch.setattr(stop_hooks, "end_with", parents.append)
    hooks = StopHooks()
    hooks.before_pipeline_run({"run_id": "sequential"}, DataCatalog())
    stop_hooks._end_with_run()
    assert parents == []
    for end in (hooks.after_pipeline_run, hooks.on_pipeline_error):
        hooks.before_pipeline_run(RUN, SharedMemoryDataCatalog())
        stop_hooks._end_with_run()
        end(RUN)
    stop_hooks._end_with_run()
    assert parents == [os.getppid()] * 2
