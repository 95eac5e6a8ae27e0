"""What reuse keeps in memory, up to a budget."""

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
    """Keep what was used last, as far as it fits into the budget."""

    def __init__(self, max_bytes: int) -> None:
        """Start empty.

        Args:
            max_bytes: The budget; the entry in use is kept even if it alone is larger.
        """
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Find an entry, or make it, and mark it as used.

        Args:
            key: Names the entry.
            make: Makes the entry if there is none.

        Returns:
            The entry.
        """
        if key not in self._entries:
            self._entries[key] = make()
        self._entries.move_to_end(key)
        return self._entries[key]

    def trim(self) -> None:
        """Drop what was not used for longest until the rest fits; call it when entries have grown."""
        total = sum(entry.nbytes for entry in self._entries.values())
        while total > self._max_bytes and len(self._entries) > 1:
            _, dropped = self._entries.popitem(last=False)
            total -= dropped.nbytes

    def __iter__(self) -> Iterator[T]:
        """Go through the entries."""
        return iter(self._entries.values())
