"""A process that helps another to grow trees.

It takes orders from a connection, and sends each tree as soon as it is grown. Urgent orders come first.
It ends with the process that it helps, whatever becomes of that one: the connection then ends.
"""

import heapq
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any
from weakref import WeakValueDictionary

from kedro_sweep.trees.growth import GrownTree, Plan, Rows

# Names a growth of the other process, and a tree of it.
TreeKey = tuple[int, int]

# Called with a tree that is grown; None of it if it could not be.
Deliver = Callable[[TreeKey, GrownTree | None], None]


@dataclass
class Helper:
    """Grows the trees that are ordered, urgent ones first.

    Attributes:
        deliver: Called with each tree.
    """

    deliver: Deliver
    _plans: dict[int, Plan] = field(default_factory=dict)
    # Kept as long as a plan needs them.
    _rows: "WeakValueDictionary[int, Rows]" = field(default_factory=WeakValueDictionary)
    _seeds: dict[TreeKey, int] = field(default_factory=dict)
    _queue: list[tuple[bool, int, TreeKey]] = field(default_factory=list)
    _arrivals: "count[int]" = field(default_factory=count)

    def learn(self, growth: int, rows: int, sent: Rows | None, arguments: dict[str, Any]) -> None:
        """Take the plan of a growth.

        Args:
            growth: Names the growth.
            rows: Names its rows.
            sent: The rows, if no other plan here has them.
            arguments: The other attributes of the plan.
        """
        kept = self._rows[rows] if sent is None else sent
        self._rows[rows] = kept
        self._plans[growth] = Plan(kept, **arguments)

    def forget(self, growth: int) -> None:
        """Drop a growth that the other process no longer has.

        Args:
            growth: Names the growth.
        """
        self._plans.pop(growth, None)

    def order(self, growth: int, seeds: dict[int, int], ahead: bool) -> None:
        """Put trees in the queue, or move them forward.

        Args:
            growth: Names the growth.
            seeds: The random states of the trees by their numbers.
            ahead: Whether they can wait.
        """
        for number, seed in seeds.items():
            key = (growth, number)
            self._seeds[key] = seed
            heapq.heappush(self._queue, (ahead, next(self._arrivals), key))

    def cancel(self, growth: int, number: int) -> None:
        """Drop an order.

        Args:
            growth: Names the growth.
            number: The tree.
        """
        self._seeds.pop((growth, number), None)

    @property
    def is_busy(self) -> bool:
        """Whether there are orders."""
        return bool(self._queue)

    def grow_next(self) -> None:
        """Grow the first tree of the queue, unless it is no longer wanted."""
        _, _, key = heapq.heappop(self._queue)
        seed, plan = self._seeds.pop(key, None), self._plans.get(key[0])
        if seed is None or plan is None:
            return
        try:
            tree = plan.grow(seed)
        except Exception:  # the other process will grow it, and fail with the reason
            self.deliver(key, None)
        else:
            self.deliver(key, tree)


def help_from(connection: Connection, leave: Callable[[], None]) -> None:
    """Take orders until the other process ends the connection.

    Args:
        connection: Orders come as the name of a method of `Helper` with its arguments. The first message
            that is sent, None, says that this process is ready; each other is a tree with its key.
        leave: Called at once, in a thread, when the connection ends.
    """
    orders: SimpleQueue[tuple[str, tuple[Any, ...]] | None] = SimpleQueue()
    results: SimpleQueue[tuple[TreeKey, GrownTree | None] | None] = SimpleQueue()

    # Each end writes without waiting for the other to read.
    def receive() -> None:
        try:
            while True:
                orders.put(connection.recv())
        except (EOFError, OSError):
            orders.put(None)
            leave()

    def send() -> None:
        try:
            connection.send(None)
            while (result := results.get()) is not None:
                connection.send(result)
        except OSError:
            pass  # the other thread sees it, too

    Thread(target=receive, daemon=True).start()
    Thread(target=send, daemon=True).start()
    helper = Helper(lambda key, tree: results.put((key, tree)))
    while True:
        while not (helper.is_busy and orders.empty()):
            order = orders.get()
            if order is None:
                results.put(None)
                return
            name, arguments = order
            getattr(helper, name)(*arguments)
        helper.grow_next()


def main() -> None:
    """Help the process whose end of the connection has the descriptor that is the first argument."""
    help_from(Connection(int(sys.argv[1])), leave=lambda: os._exit(0))
