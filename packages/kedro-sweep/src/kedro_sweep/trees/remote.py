"""The side of this process in the connection to a helper."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from kedro_sweep.trees.growth import Growth

logger = logging.getLogger(__name__)

# scikit-learn works without pandas, which takes a quarter of its import time.
CODE = "import sys; sys.modules['pandas'] = None; from kedro_sweep.trees.helper import main; main()"


class RemoteHelper:
    """Sends orders to a helper, and receives its trees.

    Attributes:
        connection: The connection to the helper.
        is_ready: Whether the helper has started and has not ended.
    """

    def __init__(self, connection: Connection, end: Callable[[], None]) -> None:
        """Wait for the helper's first message.

        Args:
            connection: The connection to the helper.
            end: Called to end the helper.
        """
        self.connection = connection
        self.is_ready = False
        self._end = end
        self._orders: dict[int, set[int]] = {}
        self._rows: dict[int, int] = {}

    def get_orders(self, growth: Growth) -> set[int]:
        """List the trees that the helper is going to send.

        Args:
            growth: The forest.

        Returns:
            Their numbers.
        """
        return self._orders.get(growth.name, set())

    def order(self, growth: Growth, numbers: list[int], *, ahead: bool) -> None:
        """Order trees, or repeat an order more urgently.

        Args:
            growth: The forest.
            numbers: Its trees.
            ahead: Whether these trees are less urgent than others.
        """
        if growth.name not in self._orders:
            plan, rows = growth.plan, id(growth.plan.rows)
            sent = None if rows in self._rows.values() else plan.rows
            arguments = {"template": plan.template, "bootstrap": plan.bootstrap, "lean": plan.lean}
            self._send("learn", growth.name, rows, sent, arguments)
            self._orders[growth.name], self._rows[growth.name] = set(), rows
        seeds = {number: growth.seeds[number] for number in numbers}
        self._send("order", growth.name, seeds, ahead)
        self.get_orders(growth).update(numbers)

    def cancel(self, growth: Growth, number: int) -> None:
        """Cancel an order.

        Args:
            growth: The forest.
            number: The tree; it still arrives if it is already growing.
        """
        self.get_orders(growth).discard(number)
        self._send("cancel", growth.name, number)

    def forget(self, name: int) -> None:
        """Cancel all orders of a forest that no longer exists.

        Args:
            name: Its name.
        """
        if self._orders.pop(name, None) is not None:
            del self._rows[name]
            self._send("forget", name)

    def receive(self, growths: Mapping[int, Growth]) -> bool:
        """Receive what the helper has sent.

        Args:
            growths: The forests that the trees may belong to, by name.

        Returns:
            Whether it has become ready.
        """
        was_ready = self.is_ready
        with self._unless_it_ends():
            while not self.connection.closed and self.connection.poll():
                if (message := self.connection.recv()) is None:
                    self.is_ready = True
                    continue
                (name, number), tree = message
                self._orders.get(name, set()).discard(number)
                if tree is not None and name in growths:
                    growths[name].trees[number] = tree
        return self.is_ready and not was_ready

    def _send(self, name: str, *arguments: Any) -> None:
        if self.connection.closed:
            return
        with self._unless_it_ends():
            self.connection.send((name, arguments))

    @contextmanager
    def _unless_it_ends(self) -> Iterator[None]:
        """Continue without a helper that has ended; its orders become free again."""
        try:
            yield
        except (EOFError, OSError):
            logger.warning("A helper process that grows trees ended. The search continues without it.")
            self.close()
        except BaseException:  # part of a message may have been sent
            self.close()
            raise

    def close(self) -> None:
        """Stop the helper."""
        self.is_ready = False
        self._orders.clear()
        self._rows.clear()
        self.connection.close()
        self._end()


def start_process() -> tuple[Connection, Callable[[], None]]:
    """Start a helper as a process that imports only what it needs.

    It is not forked, because this process may have threads. And unlike the processes of
    `multiprocessing`, it does not import the main module again.

    Returns:
        A connection to it, and a function that ends it.
    """
    here, there = Pipe()
    command = (sys.executable, "-P", "-W", "ignore", "-c", CODE)
    with there:
        process = subprocess.Popen(
            [*command, str(there.fileno())],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            process_group=0,  # Ctrl-C should only reach the process that it helps
        )

    return here, partial(_end, process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
