"""End a run cleanly if the system asks it to end."""

import signal
from contextlib import suppress

from kedro.framework.hooks import hook_impl


class StopHooks:
    """Treat SIGTERM like Ctrl-C, so that unfinished trials go back into the queue.

    Docker, Kubernetes and batch systems send it before they kill a process.
    """

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Set the handler for the rest of the process."""
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGTERM, signal.default_int_handler)
