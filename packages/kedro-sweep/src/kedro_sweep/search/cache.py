"""What reuse keeps in memory, within a budget."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Memory, in bytes."""
        ...


T = TypeVar("T", bound=Sized)


class BoundedCache(Generic[T]):
    """Keep what was used last, and never more than the budget."""

    def __init__(self, max_bytes: int) -> None:
        """Start empty.

        Args:
            max_bytes: The budget.
        """
        self.max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], nbytes: int) -> T:
        """Find an entry, or make it, and make room for what it is about to become.

        Args:
            key: Names the entry.
            make: Makes the entry if there is none.
            nbytes: Memory that the entry may grow to before the next call, in bytes; at most
                `max_bytes`, or there is no room for it.

        Returns:
            The entry, which counts as the one used last.
        """
        entry = self._entries.pop(key, None)
        nbytes = max(nbytes, entry.nbytes if entry else 0)
        total = sum(other.nbytes for other in self._entries.values())
        while self._entries and total + nbytes > self.max_bytes:
            _, dropped = self._entries.popitem(last=False)
            total -= dropped.nbytes
        self._entries[key] = make() if entry is None else entry
        return self._entries[key]

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether there is an entry."""
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        """Go through the entries."""
        return iter(self._entries.values())
