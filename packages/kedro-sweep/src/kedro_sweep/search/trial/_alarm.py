"""Stop a trial when its time is over, even in the middle of a fit."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isinf
from threading import current_thread, main_thread
from time import monotonic, time
from traceback import walk_stack
from types import FrameType

# Seconds until a trial that must go on is looked at again.
PAUSE = 0.5
# Callbacks of compiled code that print errors, go on, and fail later. XGBoost asks them for its rows.
DEAF = {"_next_wrapper"}
SHORT_PAUSE = 0.01
AT_ONCE = 1e-6  # a timer of 0 seconds would never ring


class OutOfTimeError(BaseException):
    """Passes through `except Exception`, which takes the error of a fit for a bad score or a failure."""


def can_stop(*, in_processes: bool = False) -> bool:
    """Check whether a fit can be stopped in this thread, or in the main thread of another process."""
    is_main = in_processes or current_thread() is main_thread()
    return is_main and hasattr(signal, "setitimer")  # not on Windows


@contextmanager
def stop_at(end: float, must_go_on: Callable[[], bool]) -> Iterator[None]:
    """Raise an OutOfTimeError in the block when the time is over, unless it must go on.

    Python handles a signal between two bytecode instructions. So a fit that is a single call of compiled
    code is not interrupted, nor is anything where nothing can be stopped.
    """
    if isinf(end) or not can_stop():
        yield
        return
    is_inside, has_rung, start = True, False, monotonic()

    def ring(_: int, frame: FrameType | None) -> None:
        nonlocal has_rung
        if is_inside and any(found.f_code.co_name in DEAF for found, _ in walk_stack(frame)):
            signal.setitimer(signal.ITIMER_REAL, SHORT_PAUSE)
        elif is_inside and must_go_on():
            signal.setitimer(signal.ITIMER_REAL, PAUSE)
        elif is_inside:
            has_rung = True
            signal.setitimer(signal.ITIMER_REAL, PAUSE)  # some callbacks of compiled code lose errors
            raise OutOfTimeError

    handler = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(end - time(), AT_ONCE))
        yield
    except KeyboardInterrupt:
        if not has_rung:
            raise
        raise OutOfTimeError from None  # CatBoost takes any signal for Ctrl-C
    finally:
        is_inside = False  # first, because an alarm could still ring in here
        left = left and max(left - (monotonic() - start), AT_ONCE)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, left, interval)
