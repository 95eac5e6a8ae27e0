"""Warnings of fits: the first line of each text once, with a count, instead of many lines each time."""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)


@contextmanager
def count_warnings() -> Iterator[Counter[str]]:
    """Count the warnings of a block instead of printing them.

    Yields:
        How often each was given, by the first line of its text; empty until the block has ended.
    """
    counts: Counter[str] = Counter()
    with warnings.catch_warnings(record=True) as caught:
        # Otherwise Python would pass over a text that the same line has given before.
        warnings.simplefilter("always", append=True)
        try:
            yield counts
        finally:
            texts = (f"{type(item.message).__name__}: {item.message}" for item in caught)
            counts.update(text.strip().splitlines()[0].rstrip(":") for text in texts)


@contextmanager
def log_warnings() -> Iterator[None]:
    """Log the warnings of a block, each once.

    Yields:
        Nothing.
    """
    with count_warnings() as counts:
        yield
    for text, count in counts.items():
        times = f" ({count} times)" if count > 1 else ""
        logger.warning("%s%s", text, times, extra={"markup": False})
