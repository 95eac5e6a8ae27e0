"""A process that helps another process to grow trees.

It receives orders over a connection and sends each tree as soon as it has grown it, urgent ones first.
It ends with the process that it helps, even if that is killed, because the connection then closes.
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

# Identifies a growth of the other process, and one of its trees.
TreeKey = tuple[int, int]

# Called with each finished tree, or with None if it could not be grown.
Deliver = Callable[[TreeKey, GrownTree | None], None]


@dataclass
class Helper:
    """Grows the ordered trees, urgent ones first.

    Attributes:
        deliver: Called with each finished tree.
    """

    deliver: Deliver
    _plans: dict[int, Plan] = field(default_factory=dict)
    # Rows are kept as long as a plan uses them.
    _rows: "WeakValueDictionary[int, Rows]" = field(default_factory=WeakValueDictionary)
    _seeds: dict[TreeKey, int] = field(default_factory=dict)
    _queue: list[tuple[bool, int, TreeKey]] = field(default_factory=list)
    _arrivals: "count[int]" = field(default_factory=count)

    def learn(self, growth: int, rows: int, sent: Rows | None, arguments: dict[str, Any]) -> None:
        """Store the plan of a growth.

        Args:
            growth: Identifies the growth.
            rows: Identifies its rows.
            sent: The rows, unless another plan here already has them.
            arguments: The other attributes of the plan.
        """
        kept = self._rows[rows] if sent is None else sent
        self._rows[rows] = kept
        self._plans[growth] = Plan(kept, **arguments)

    def forget(self, growth: int) -> None:
        """Drop a growth that no longer exists in the other process.

        Args:
            growth: Identifies the growth.
        """
        self._plans.pop(growth, None)

    def order(self, growth: int, seeds: dict[int, int], ahead: bool) -> None:
        """Queue trees, or move them forward in the queue.

        Args:
            growth: Identifies the growth.
            seeds: The random states of the trees by their numbers.
            ahead: Whether these trees are less urgent than others.
        """
        for number, seed in seeds.items():
            key = (growth, number)
            self._seeds[key] = seed
            heapq.heappush(self._queue, (ahead, next(self._arrivals), key))

    def cancel(self, growth: int, number: int) -> None:
        """Drop an order.

        Args:
            growth: Identifies the growth.
            number: The tree.
        """
        self._seeds.pop((growth, number), None)

    @property
    def is_busy(self) -> bool:
        """Whether there are orders."""
        return bool(self._queue)

    def grow_next(self) -> None:
        """Grow the first tree in the queue, unless it is no longer wanted."""
        _, _, key = heapq.heappop(self._queue)
        seed, plan = self._seeds.pop(key, None), self._plans.get(key[0])
        if seed is None or plan is None:
            return
        try:
            tree = plan.grow(seed)
        except Exception:  # the other process will grow the tree itself and report the error
            self.deliver(key, None)
        else:
            self.deliver(key, tree)


def help_from(connection: Connection, leave: Callable[[], None]) -> None:
    """Take orders until the other process closes the connection.

    Args:
        connection: Each order is the name of a method of `Helper` with its arguments. The first message
            sent back, None, says that this process is ready. Every later one is a tree with its key.
        leave: Called at once, in a thread, when the connection closes.
    """
    orders: SimpleQueue[tuple[str, tuple[Any, ...]] | None] = SimpleQueue()
    results: SimpleQueue[tuple[TreeKey, GrownTree | None] | None] = SimpleQueue()

    # Two threads, so that neither process has to wait for the other to read.
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
            pass  # the other thread notices it as well

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
    """Help the process at the other end of the connection, whose descriptor is the first argument."""
    help_from(Connection(int(sys.argv[1])), leave=lambda: os._exit(0))
