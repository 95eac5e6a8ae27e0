"""The cache keeps the most recently used entries, and stays within its limit."""

from dataclasses import dataclass

from kedro_sweep.search.reuse._cache import BoundedCache


@dataclass
class Entry:
    """An object with a size."""

    nbytes: int = 0


def test_an_entry_is_made_once() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    first = cache.get("a", Entry, 10)
    assert cache.get("a", Entry, 10) is first


def test_the_entry_used_longest_ago_makes_room() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    for name in ("a", "b"):
        cache.get(name, Entry, 40).nbytes = 40
    kept = cache.get("a", Entry, 40)
    added = cache.get("c", Entry, 50)
    assert list(cache) == [kept, added]


def test_growing_entries_never_exceed_the_budget() -> None:
    cache: BoundedCache[Entry] = BoundedCache(100)
    for size in range(10, 100, 10):
        for name in ("a", "b", "c"):
            cache.get(name, Entry, size).nbytes = size
            assert sum(entry.nbytes for entry in cache) <= 100
