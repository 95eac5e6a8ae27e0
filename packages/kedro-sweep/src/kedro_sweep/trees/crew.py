"""This process and the helpers that grow trees with it."""

from collections.abc import Iterable
from multiprocessing.connection import wait
from weakref import WeakValueDictionary, finalize

from kedro_sweep.trees.growth import Growth
from kedro_sweep.trees.remote import RemoteHelper, start_process


class Crew:
    """Grow trees in this process and in helpers, as soon as these have started.

    A tree is the same wherever it grows, so it does not matter which process is faster. Helpers start
    with the first tree that is needed and this process starts with the last one, until they meet.
    """

    def __init__(self) -> None:
        """Start without helpers."""
        self._helpers: list[RemoteHelper] = []
        self._growths: WeakValueDictionary[int, Growth] = WeakValueDictionary()
        self._gone: list[int] = []
        finalize(self, _close, self._helpers)

    def __reduce__(self) -> tuple[type["Crew"], tuple[()]]:
        """Leave the helpers out of a copy, which goes to another process."""
        return Crew, ()

    def hire(self, n_helpers: int) -> None:
        """Start helpers, unless there are some.

        Args:
            n_helpers: How many.
        """
        if not self._helpers:
            self._helpers += [RemoteHelper(*start_process()) for _ in range(n_helpers)]

    def close(self) -> None:
        """Stop the helpers."""
        _close(self._helpers)

    @property
    def is_helped(self) -> bool:
        """Whether a helper is ready."""
        return bool(self._find_ready())

    def _find_ready(self) -> list[RemoteHelper]:
        return [helper for helper in self._helpers if helper.is_ready]

    def order(self, growth: Growth, numbers: Iterable[int], *, ahead: bool = False) -> None:
        """Order trees from the helpers that are ready, without waiting for them.

        Args:
            growth: The forest.
            numbers: Its trees that have not been grown.
            ahead: Whether these trees are less urgent than others.
        """
        if not (helpers := self._find_ready()):
            return
        while self._gone:
            name = self._gone.pop()
            for helper in helpers:
                helper.forget(name)
        if growth.name not in self._growths:
            self._growths[growth.name] = growth
            # Only a note: a growth may be deleted while a message is being sent.
            finalize(growth, self._gone.append, growth.name).atexit = False
        shares: dict[RemoteHelper, list[int]] = {helper: [] for helper in helpers}
        for turn, number in enumerate(numbers):
            owners = (helper for helper in helpers if number in helper.get_orders(growth))
            shares[next(owners, helpers[turn % len(helpers)])].append(number)
        for helper, share in shares.items():
            if share:
                helper.order(growth, share, ahead=ahead)

    def finish(self, growth: Growth, numbers: Iterable[int]) -> None:
        """Grow trees, and wait until all of them are done.

        Args:
            growth: The forest.
            numbers: Its trees that are needed.
        """
        self.receive()
        missing = [number for number in numbers if number not in growth.trees]
        self.order(growth, missing)
        while missing:
            self._take_next(growth, missing)
            has_more_help = self.receive()
            missing = [number for number in missing if number not in growth.trees]
            if has_more_help:
                self.order(growth, missing)

    def _take_next(self, growth: Growth, missing: list[int]) -> None:
        """Grow the tree that the helpers would reach last, or wait if they are about to grow it."""
        ordered = {
            helper: [number for number in missing if number in helper.get_orders(growth)]
            for helper in self._find_ready()
        }
        if free := set(missing).difference(*ordered.values()):
            growth.grow(max(free))
            return
        helper, numbers = max(ordered.items(), key=lambda item: len(item[1]))
        if len(numbers) > 1:
            helper.cancel(growth, numbers[-1])
            growth.grow(numbers[-1])
        else:
            wait([helper.connection for helper in ordered])

    def receive(self) -> bool:
        """Receive the trees that the helpers have sent.

        Returns:
            Whether a helper has become ready.
        """
        has_more_help = False
        for helper in self._helpers:
            has_more_help |= helper.receive(self._growths)
        return has_more_help


def _close(helpers: list[RemoteHelper]) -> None:
    while helpers:
        helpers.pop().close()
