"""Let a process end with the process that it works for, even if that is killed."""

import os
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Thread
from time import sleep

from kedro_sweep import platforms

# Seconds between two checks.
PAUSE = 1.0


@cache
def end_with(parent: int) -> None:
    """End this process at once if its parent has ended, now or later; the parent itself goes on.

    Without it, a worker would finish its trial and wait minutes for the next one, with the journal open.
    Linux could signal the end, but of the thread that started the worker, not of the process.
    """
    if parent != os.getpid():  # joblib may run a task in a thread, or at once
        Thread(target=_watch, args=(parent,), name="end_with", daemon=True).start()


def _watch(parent: int) -> None:
    if platforms.IS_WINDOWS:  # where `getppid` names the parent even after its end
        windows = import_module("_winapi")
        with suppress(OSError):  # it has ended
            handle = windows.OpenProcess(windows.SYNCHRONIZE, False, parent)
            windows.WaitForSingleObject(handle, windows.INFINITE)
    else:
        while os.getppid() == parent:
            sleep(PAUSE)
    os._exit(1)
