"""What is kept for reuse stays within its budget."""

from dataclasses import dataclass

from kedro_sweep.search.cache import BoundedCache


@dataclass(eq=False)
class Entry:
    """Something of a size."""

    nbytes: int


def test_an_entry_is_made_once() -> None:
    cache: BoundedCache[Entry] = BoundedCache(max_bytes=10)
    first = cache.get("a", lambda: Entry(1))
    assert cache.get("a", lambda: Entry(2)) is first


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache: BoundedCache[Entry] = BoundedCache(max_bytes=10)
    a = cache.get("a", lambda: Entry(4))
    cache.get("b", lambda: Entry(4))
    cache.get("a", lambda: Entry(0))
    c = cache.get("c", lambda: Entry(4))
    cache.trim()
    assert list(cache) == [a, c]


def test_the_entry_in_use_stays_however_large() -> None:
    cache: BoundedCache[Entry] = BoundedCache(max_bytes=10)
    cache.get("small", lambda: Entry(1))
    large = cache.get("large", lambda: Entry(100))
    cache.trim()
    assert list(cache) == [large]
