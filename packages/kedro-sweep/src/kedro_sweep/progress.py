"""Log a line at least every ten seconds, so that nobody wonders whether a run still runs."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

logger = logging.getLogger(__name__)

LONGEST_SILENCE = 9.0
PAUSE = 0.5


class _Ear(logging.Handler):
    """Remembers when anything was logged last."""

    last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        self.last = monotonic()


_ear = _Ear(logging.INFO)
# What may be said, the innermost last. It gets the seconds since it began.
_phases: list[tuple[Callable[[float], str], float]] = []


@contextmanager
def tell_progress(say: Callable[[float], str]) -> Iterator[None]:
    """Log what `say` returns for the seconds since now whenever nothing else was logged for a while."""
    phase, is_first, over = (say, monotonic()), not _phases, Event()
    _phases.append(phase)
    if is_first and logging.getLogger().handlers:  # a first handler would silence Python's own
        _ear.last = monotonic()
        logging.getLogger().addHandler(_ear)
        Thread(target=_speak, args=(over,), name="progress", daemon=True).start()
    try:
        yield
    finally:
        _phases.remove(phase)
        if is_first:
            over.set()
            logging.getLogger().removeHandler(_ear)


def _speak(over: Event) -> None:
    while not over.wait(PAUSE):
        if monotonic() - _ear.last >= LONGEST_SILENCE and _phases:
            say, start = _phases[-1]
            _ear.last = monotonic()  # also if there is nothing to say
            if text := say(monotonic() - start):
                logger.info(text)
