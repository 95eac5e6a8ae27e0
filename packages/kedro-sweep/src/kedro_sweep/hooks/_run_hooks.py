"""One run of a project at a time, which says that it goes on, and ends with all its processes."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, SharedMemoryDataCatalog
from kedro.pipeline.node import Node

from kedro_sweep import remembered
from kedro_sweep.errors import InputError
from kedro_sweep.orphans import end_with
from kedro_sweep.progress import tell_progress

LOCK, REMEMBERED = "data/.run.lock", "data/.remembered"

# Windows has no fork.
_register_at_fork = getattr(os, "register_at_fork", lambda **_: None)

# The runs of this process whose nodes run in other processes.
_parallel_runs: set[str] = set()


class RunLockHooks:
    """Refuse to start a run while another one is going, because they would mix up their newest versions.

    The system holds the lock, so it ends with the process, even if that is killed, and processes that a
    node starts do not keep it.
    """

    def __init__(self) -> None:
        # A thread runs one pipeline at a time, so what it still holds belongs to an interrupted run. The
        # lock of another thread, as in `kedro server`, may belong to a run that is going.
        self._held = threading.local()

    @hook_impl(tryfirst=True)  # a run that is refused must not leave a trace
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        self._release()
        path = Path(run_params["project_path"], LOCK)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()  # if that is not allowed, the error names this path, and not the target of a link
        lock = FileLock(path, blocking=False, thread_local=False, on_acquired=_sign)
        try:
            lock.acquire()
        except Timeout as error:
            with path.open("rb", buffering=0) as file:
                file.seek(1)
                holder = file.read().decode()
            raise InputError(
                f"Another run of this project is in progress ({holder}), and two at once "
                "would mix up their tables and models: wait until it ends, or run in a copy of the "
                "project's folder."
            ) from error
        self._held.lock = lock
        _call_after_cell(self._release)
        project = Path(run_params["project_path"])
        remembered.use_folder(project / REMEMBERED, project / "src")

    @hook_impl(specname="before_pipeline_run", wrapper=True)
    def give_back_if_refused(self) -> Generator[None, Any, Any]:
        """Release the lock if another hook refuses the run, which Kedro does not treat as an error."""
        try:
            return (yield)
        except BaseException:
            self._release()
            raise

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        self._release()

    on_pipeline_error = after_pipeline_run

    def _release(self) -> None:
        if "lock" in vars(self._held):
            remembered.use_folder(None)
            self._held.lock.release()
            del self._held.lock


def _sign(descriptor: int) -> None:
    """Write who has the lock, after a first byte that Windows lets nobody else read."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"\nprocess {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}".encode())


class ProgressHooks:
    """Say which node is running, or saving its results, if nothing else is logged for a while."""

    def __init__(self) -> None:
        self._run, self._node = ExitStack(), ExitStack()

    @hook_impl
    def before_pipeline_run(self) -> None:
        self.after_pipeline_run()  # of an interrupted run
        say = "The first node has been loading its data for {:.0f} s".format
        self._run.enter_context(tell_progress(say))
        _call_after_cell(self.after_pipeline_run)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        self._node.close()
        self._node.enter_context(tell_progress(partial(_describe, node.name)))

    @hook_impl
    def after_pipeline_run(self) -> None:
        self._node.close()
        self._run.close()

    on_pipeline_error = after_pipeline_run


def _call_after_cell(end: Callable[[], None]) -> None:
    """End what a run holds together with the cell of a notebook: after Ctrl-C, Kedro calls no hook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or threading.current_thread() is not threading.main_thread():
        return  # a run in another thread may outlive the cell

    def call(*_: Any) -> None:
        shell.events.unregister("post_run_cell", call)
        end()

    shell.events.register("post_run_cell", call)


def _describe(node: str, seconds: float) -> str:
    return f"{node} has been running for {seconds:.0f} s" if seconds >= 1 else f"{node} has started"


class StopHooks:
    """Treat SIGTERM like Ctrl-C, so that unfinished trials go back into the queue.

    Docker, Kubernetes and batch systems send it before they kill a process.
    """

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], catalog: CatalogProtocol[Any, Any]
    ) -> None:
        if isinstance(catalog, SharedMemoryDataCatalog):  # of ParallelRunner
            _parallel_runs.add(run_params["run_id"])
            if sys.platform == "linux":
                # Python 3.14 forks no more by itself, and others have no settings of the project.
                os.environ.setdefault("KEDRO_MP_CONTEXT", "fork")
        if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
            return  # the program handles the signal itself
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            # It ends a child process, as a pool of processes expects.
            default = partial(signal.signal, signal.SIGTERM, signal.SIG_DFL)
            _register_at_fork(after_in_child=default)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        _parallel_runs.discard(run_params["run_id"])

    on_pipeline_error = after_pipeline_run


def _end_with_run() -> None:
    """Let a process that ParallelRunner forks end with the run, instead of finishing its node alone."""
    if _parallel_runs:
        end_with(os.getppid())


_register_at_fork(after_in_child=_end_with_run)
