"""End a run with all its processes, cleanly if the system asks it to end."""

import os
import signal
from contextlib import suppress
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, SharedMemoryDataCatalog

from kedro_sweep.orphans import end_with

# Windows has no fork.
_register_at_fork = getattr(os, "register_at_fork", lambda **_: None)

# The runs of this process whose nodes run in other processes.
_parallel_runs: set[str] = set()


class StopHooks:
    """Treat SIGTERM like Ctrl-C, so that unfinished trials go back into the queue.

    Docker, Kubernetes and batch systems send it before they kill a process.
    """

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Set the handler for the rest of the process, unless the program has its own."""
        if isinstance(catalog, SharedMemoryDataCatalog):  # of ParallelRunner
            _parallel_runs.add(run_params["run_id"])
        if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
            return
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            _register_at_fork(after_in_child=_end_at_once)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Forget the run."""
        _parallel_runs.discard(run_params["run_id"])

    @hook_impl
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """Forget the run."""
        _parallel_runs.discard(run_params["run_id"])


def _end_at_once() -> None:
    """Let SIGTERM end a child process, as a pool of processes expects."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_run() -> None:
    """Let a process that ParallelRunner forks end with the run, instead of finishing its node alone."""
    if _parallel_runs:
        end_with(os.getppid())


_register_at_fork(after_in_child=_end_with_run)
