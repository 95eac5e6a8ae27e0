"""A second run of a project is refused, and a run ends with all its processes, as after Ctrl-C."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.events import EventManager, available_events
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, SharedMemoryDataCatalog
from kedro.pipeline.node import Node
from kedro.runner import ParallelRunner

from kedro_sweep import progress
from kedro_sweep.errors import InputError
from kedro_sweep.hooks import _run_hooks as run_hooks
from kedro_sweep.hooks._run_hooks import ProgressHooks, RunLockHooks, StopHooks

needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no fork and few signals")

HOLD = """
import os, sys, time
from kedro_sweep.hooks._run_hooks import RunLockHooks
hooks = RunLockHooks()
hooks.before_pipeline_run({"project_path": sys.argv[1]})
if os.fork():
    sys.stdin.read()
else:
    print(os.getpid(), flush=True)  # only here has the child closed what it inherited
    time.sleep(60)
"""


@pytest.fixture
def run_params(tmp_path: Path) -> dict[str, Any]:
    return {"project_path": str(tmp_path)}


@needs_signals
def test_a_run_is_refused_while_another_process_runs_and_allowed_after_its_kill(
    # A kernel lock belongs to a process, so only another process can be refused. Only a process that a
    # node forks inherits what is open, and only a kill leaves it behind.
    run_params: dict[str, Any],
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, run_params["project_path"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        child = int(other.stdout.readline())
        with pytest.raises(InputError, match=rf"in progress \(process {other.pid}, since .*copy of the"):
            RunLockHooks().before_pipeline_run(run_params)
        other.kill()
    hooks = RunLockHooks()
    try:
        hooks.before_pipeline_run(run_params)
    finally:
        os.kill(child, signal.SIGKILL)  # it is still there
    hooks.after_pipeline_run()


def test_a_run_in_another_thread_is_refused_and_does_not_unlock_the_first(
    run_params: dict[str, Any],
) -> None:
    hooks = RunLockHooks()
    hooks.before_pipeline_run(run_params)
    with ThreadPoolExecutor(1) as pool:  # `kedro server` runs each request in a thread
        refused = pool.submit(hooks.before_pipeline_run, run_params)
        assert isinstance(refused.exception(), InputError)
        pool.submit(hooks.on_pipeline_error).result()
        with pytest.raises(InputError, match=f"in progress \\(process {os.getpid()}, since"):
            RunLockHooks().before_pipeline_run(run_params)
        hooks.after_pipeline_run()
        pool.submit(hooks.before_pipeline_run, run_params).result()


def test_a_thread_that_ended_in_a_run_does_not_lock_out_the_next(run_params: dict[str, Any]) -> None:
    hooks = RunLockHooks()
    thread = Thread(target=hooks.before_pipeline_run, args=(run_params,))
    thread.start()
    thread.join()
    hooks.before_pipeline_run(run_params)


@pytest.mark.parametrize("end", ["after_pipeline_run", "on_pipeline_error"])
def test_the_end_of_a_run_gives_the_lock_back(end: str, run_params: dict[str, Any]) -> None:
    hooks = RunLockHooks()
    hooks.before_pipeline_run(run_params)
    with pytest.raises(InputError, match="Another run of this project is in progress"):
        RunLockHooks().before_pipeline_run(run_params)
    getattr(hooks, end)()
    RunLockHooks().before_pipeline_run(run_params)


def test_a_run_that_was_interrupted_does_not_lock_out_the_next_of_its_process(
    run_params: dict[str, Any],
) -> None:
    hooks = RunLockHooks()
    hooks.before_pipeline_run(run_params)  # and Ctrl-C in a notebook: no hook is called
    hooks.before_pipeline_run(run_params)
    hooks.after_pipeline_run()


def test_a_run_that_was_interrupted_in_a_notebook_ends_with_its_cell(
    run_params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    manager: Any = EventManager  # not typed
    shell = SimpleNamespace(events=manager(None, available_events))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    lock, lines = RunLockHooks(), ProgressHooks()
    lock.before_pipeline_run(run_params)
    lines.before_pipeline_run()  # and Ctrl-C
    shell.events.trigger("post_run_cell", None)
    assert shell.events.callbacks["post_run_cell"] == []
    assert progress._phases == []
    RunLockHooks().before_pipeline_run(run_params)


def test_a_run_that_another_hook_refuses_gives_the_lock_back(run_params: dict[str, Any]) -> None:
    class Refuses:
        @hook_impl
        def before_pipeline_run(self) -> None:
            raise InputError("these parameters do not fit")

    manager = _create_hook_manager()
    for hooks in (RunLockHooks(), Refuses()):
        manager.register(hooks)
    with pytest.raises(InputError, match="do not fit"):
        manager.hook.before_pipeline_run(run_params=run_params, pipeline=None, catalog=None)
    RunLockHooks().before_pipeline_run(run_params)


def test_a_run_in_another_folder_gives_up_the_lock_of_an_interrupted_one(
    run_params: dict[str, Any], tmp_path: Path
) -> None:
    hooks = RunLockHooks()
    hooks.before_pipeline_run(run_params)  # and Ctrl-C
    other = {"project_path": str(tmp_path / "other")}
    hooks.before_pipeline_run(other)
    RunLockHooks().before_pipeline_run(run_params)
    with pytest.raises(InputError, match="Another run"):
        RunLockHooks().before_pipeline_run(other)


RUN = {"run_id": "2026-01-01T00.00.00.000Z"}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def _start_and_wait(has_started: Event) -> None:
    has_started.set()
    time.sleep(60)


@needs_signals
def test_sigterm_interrupts_a_run() -> None:
    StopHooks().before_pipeline_run(RUN, DataCatalog())
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


@needs_signals
def test_a_handler_of_the_program_stays() -> None:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    StopHooks().before_pipeline_run(RUN, DataCatalog())
    os.kill(os.getpid(), signal.SIGTERM)
    assert received == [signal.SIGTERM]


@needs_signals
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
    monkeypatch.setattr(run_hooks, "end_with", parents.append)
    hooks = StopHooks()
    hooks.before_pipeline_run({"run_id": "sequential"}, DataCatalog())
    run_hooks._end_with_run()
    assert parents == []
    for end in (hooks.after_pipeline_run, hooks.on_pipeline_error):
        hooks.before_pipeline_run(RUN, SharedMemoryDataCatalog())
        run_hooks._end_with_run()
        end(RUN)
    run_hooks._end_with_run()
    assert parents == [os.getppid()] * 2


@pytest.fixture
def _not_forking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python 3.14 starts processes from a separate server process."""
    monkeypatch.setenv("KEDRO_MP_CONTEXT", "")  # restores it in the end
    monkeypatch.delenv("KEDRO_MP_CONTEXT")
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("forkserver", force=True)
    yield
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.usefixtures("_not_forking")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
@pytest.mark.parametrize("chosen", [None, "spawn"])
def test_parallel_runner_forks_unless_the_user_chooses(
    chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if chosen:
        monkeypatch.setenv("KEDRO_MP_CONTEXT", chosen)
    hooks = StopHooks()
    hooks.before_pipeline_run(RUN, SharedMemoryDataCatalog())
    hooks.after_pipeline_run(RUN)
    executor: Any = ParallelRunner()._get_executor(1)
    with executor:
        assert executor._mp_context.get_start_method() == (chosen or "fork")


def test_a_long_node_is_named_until_the_run_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 0.05)
    monkeypatch.setattr(progress, "PAUSE", 0.01)
    caplog.set_level("INFO")
    hooks = ProgressHooks()
    hooks.before_pipeline_run()
    hooks.before_node_run(Node(lambda: 1, None, "one", name="slow"))
    end = time.monotonic() + 10
    while "slow has started" not in caplog.messages and time.monotonic() < end:
        time.sleep(0.01)
    hooks.after_pipeline_run()
    assert "slow has started" in caplog.messages
    assert not progress._phases
