"""A cache for what reuse keeps in memory, with a size limit."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from kedro_sweep.search.reuse._proof import Proofs

# Anything that reports in `nbytes` how much memory it takes.
T = TypeVar("T", bound=Any)


class BoundedCache(Generic[T]):
    """Keep the most recently used entries without exceeding the size limit."""

    def __init__(self, max_bytes: int) -> None:
        """Start empty, and with nothing proven to be safe to reuse."""
        self.max_bytes = max_bytes
        self.proofs = Proofs()
        self._entries: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], nbytes: int) -> T:
        """Return an entry, made if there is none, after making room for how large it may become."""
        entry = self._entries.pop(key, None)
        nbytes = max(nbytes, entry.nbytes if entry else 0)
        total = sum(other.nbytes for other in self._entries.values())
        while self._entries and total + nbytes > self.max_bytes:
            _, dropped = self._entries.popitem(last=False)
            total -= dropped.nbytes
        self._entries[key] = make() if entry is None else entry
        return self._entries[key]

    def __iter__(self) -> Iterator[T]:
        """Iterate over the entries."""
        return iter(self._entries.values())
