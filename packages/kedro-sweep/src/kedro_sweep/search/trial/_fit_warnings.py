"""Warnings of fits, each shown once with a count instead of many times."""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)


@contextmanager
def count_warnings() -> Iterator[Counter[str]]:
    """Count the warnings in a block instead of printing them."""
    counts: Counter[str] = Counter()
    with warnings.catch_warnings(record=True) as caught:
        # By default, Python shows a warning from the same line only once and would not count the others.
        warnings.simplefilter("always", append=True)
        try:
            yield counts
        finally:
            texts = (f"{type(item.message).__name__}: {item.message}" for item in caught)
            counts.update(text.strip().splitlines()[0].rstrip(":") for text in texts)


@contextmanager
def log_warnings() -> Iterator[None]:
    """Log the warnings in a block, each once with a count.

    Yields:
        Nothing.
    """
    with count_warnings() as counts:
        yield
    for text, count in counts.items():
        times = f" ({count} times)" if count > 1 else ""
        logger.warning("%s%s", text, times)
