"""A block is stopped when its time is over, wherever it is."""

import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from kedro_sweep.search.trial import OutOfTimeError
from kedro_sweep.search.trial import _alarm as module
from kedro_sweep.search.trial._alarm import can_stop, stop_at

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")

SOON = 0.02
LONG = 60.0


@pytest.fixture(autouse=True)
def rings() -> Iterator[list[int]]:
    """The signals that a handler from before the block receives."""
    received: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: received.append(number))
    yield received
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def is_stopped(end: float, seconds: float, must_go_on: Sequence[bool] = ()) -> bool:
    answers = iter(must_go_on)
    try:
        with stop_at(end, lambda: next(answers, False)):
            try:
                time.sleep(seconds)
            except Exception:  # as in scikit-learn's searches
                return False
    except OutOfTimeError:
        return True
    return False


def test_a_block_is_stopped_although_it_handles_exceptions() -> None:
    assert is_stopped(time.time() + SOON, LONG)
    assert is_stopped(time.time() - 1, LONG)


def test_a_block_that_ends_in_time_is_not_stopped_later(rings: list[int]) -> None:
    assert not is_stopped(time.time() + SOON, 0)
    time.sleep(2 * SOON)
    assert not rings


def test_a_block_that_must_go_on_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", SOON)
    start = time.time()
    assert is_stopped(start + SOON, LONG, [True, True])
    assert time.time() - start >= 3 * SOON


def test_a_callback_that_loses_errors_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORT_PAUSE", SOON)
    waited: list[float] = []

    def _next_wrapper() -> None:  # as XGBoost's is called
        start = time.time()
        time.sleep(3 * SOON)
        waited.append(time.time() - start)

    def run() -> None:
        with stop_at(time.time() + SOON, lambda: False):
            _next_wrapper()
            time.sleep(LONG)

    with pytest.raises(OutOfTimeError):
        run()
    assert waited[0] >= 3 * SOON


def test_without_an_end_nothing_is_stopped() -> None:
    assert not is_stopped(float("inf"), 0)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_the_alarm_of_the_caller_rings_as_before(rings: list[int]) -> None:
    signal.setitimer(signal.ITIMER_REAL, 5 * SOON)
    assert is_stopped(time.time() + SOON, LONG)
    assert not rings
    time.sleep(10 * SOON)
    assert rings == [signal.SIGALRM]


def test_outside_the_main_thread_nothing_is_stopped() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(can_stop).result()
        assert not pool.submit(is_stopped, time.time() - 1, SOON).result()
        assert pool.submit(lambda: can_stop(in_processes=True)).result()


def test_on_windows_nothing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        for name in ("SIGALRM", "setitimer", "getitimer", "ITIMER_REAL"):
            windows.delattr(signal, name)
        assert not can_stop()
        assert not can_stop(in_processes=True)
        assert not is_stopped(time.time() - 1, SOON)
