"""One run of a project at a time: two would mix the tables and the newest versions that they load."""

import fcntl
import os
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from kedro.framework.hooks import hook_impl

from kedro_sweep.errors import InputError

LOCK = "data/.run.lock"


class RunLockHooks:
    """Refuse a run while another one of the same project folder is under way.

    The kernel holds the lock for the process, so that it ends with the process however that ends.
    """

    def __init__(self) -> None:
        """Hold nothing."""
        self._file: TextIO | None = None

    @hook_impl(tryfirst=True)  # a run that is refused must leave no trace
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Take the lock.

        Args:
            run_params: Kedro's description of the run.

        Raises:
            InputError: If another process holds it.
        """
        self._release()  # a run of this process that was interrupted may still hold it
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
                f"Another run of this project is under way ({holder}), and two at once would mix their "
                "tables and models: wait until it has ended, or run in a copy of the project's folder."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}")
        file.flush()
        self._file = file

    @hook_impl(specname="before_pipeline_run", wrapper=True)
    def give_back_if_refused(self) -> Generator[None, Any, Any]:
        """Give the lock back if another hook refuses the run, which Kedro does not count as an error.

        Yields:
            Nothing; the hooks are called in between.

        Returns:
            What they return.
        """
        try:
            return (yield)
        except BaseException:
            self._release()
            raise

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Give the lock back."""
        self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Give the lock back."""
        self._release()

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
