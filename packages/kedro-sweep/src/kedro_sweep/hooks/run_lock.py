"""One run of a project at a time, because two would mix up their tables and newest versions."""

import fcntl
import os
import threading
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from weakref import WeakSet

from kedro.framework.hooks import hook_impl

from kedro_sweep.errors import InputError

LOCK = "data/.run.lock"

# A process that a node forks inherits the lock, and would keep it if only this process is killed.
_files: WeakSet[TextIO] = WeakSet()
os.register_at_fork(after_in_child=lambda: [file.close() for file in _files])


class RunLockHooks:
    """Refuse to start a run while another run in the same project folder is going.

    It is a kernel lock, so it ends with the process, even if that is killed.
    """

    def __init__(self) -> None:
        """Start without the lock."""
        # A thread runs one pipeline at a time, so what it still holds belongs to an interrupted run. The
        # lock of another thread, as in `kedro server`, may belong to a run that is going.
        self._held = threading.local()

    @hook_impl(tryfirst=True)  # a run that is refused must not leave a trace
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Take the lock.

        Args:
            run_params: Kedro's description of the run.

        Raises:
            InputError: If another process or thread has the lock.
        """
        self._release()
        path = Path(run_params["project_path"], LOCK)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise InputError(
                f"Another run of this project is in progress ({holder}), and two at once would mix up "
                "their tables and models: wait until it ends, or run in a copy of the project's folder."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}")
        file.flush()
        self._held.file = file
        _files.add(file)

    @hook_impl(specname="before_pipeline_run", wrapper=True)
    def give_back_if_refused(self) -> Generator[None, Any, Any]:
        """Release the lock if another hook refuses the run, which Kedro does not treat as an error.

        Yields:
            Nothing; the hooks run in between.

        Returns:
            What the hooks return.
        """
        try:
            return (yield)
        except BaseException:
            self._release()
            raise

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Release the lock."""
        self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Release the lock."""
        self._release()

    def _release(self) -> None:
        if "file" in vars(self._held):
            self._held.file.close()
            del self._held.file
