"""End a run cleanly if the system asks it to end."""

import os
import signal
from contextlib import suppress

from kedro.framework.hooks import hook_impl


class StopHooks:
    """Treat SIGTERM like Ctrl-C, so that unfinished trials go back into the queue.

    Docker, Kubernetes and batch systems send it before they kill a process.
    """

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Set the handler for the rest of the process, unless the program has its own."""
        if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
            return
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            os.register_at_fork(after_in_child=_end_at_once)


def _end_at_once() -> None:
    """Let SIGTERM end a child process, as a pool of processes expects."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
