from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

from lintseq_datasets.linters.limits import TimeUp, deadline
from tests.conftest import wait_until

HAS_ALARM = hasattr(signal, "setitimer")
needs_alarm = pytest.mark.skipif(not HAS_ALARM, reason="this system has no interval timers")


def spin(seconds: float = 300.0) -> None:
    """Use the processor, in Python code that nothing but an exception ends."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(100))


def in_thread(function: Callable[[], object]) -> list[object]:
    """What a function returns or raises in another thread."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(function())
        except TimeUp as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(600)
    assert not thread.is_alive()
    return found


def spin_until(seconds: float) -> float:
    """Processor seconds until it is ended."""
    started = time.thread_time()
    with pytest.raises(TimeUp), deadline(seconds):
        spin()
    return time.thread_time() - started


class TestMainThread:
    def test_code_that_runs_away_is_interrupted(self) -> None:
        assert 0.15 < spin_until(0.2) < 60

    def test_again_and_again(self) -> None:
        for _ in range(3):
            spin_until(0.05)

    def test_what_is_in_time_is_left_alone(self) -> None:
        with deadline(60):
            value = sum(range(1000))
        time.sleep(0.01)
        assert value == 499500

    def test_other_errors_pass(self) -> None:
        with pytest.raises(KeyError), deadline(5):
            raise KeyError("x")

    def test_no_linter_catches_it(self) -> None:
        assert not issubclass(TimeUp, Exception)

        def catches_all() -> None:
            try:
                spin()
            except Exception:  # noqa: BLE001  # as linters do
                raise AssertionError from None

        with pytest.raises(TimeUp), deadline(0.1):
            catches_all()

    @needs_alarm
    def test_one_that_is_swallowed_comes_again(self) -> None:
        swallowed = 0

        def swallow() -> None:
            nonlocal swallowed
            try:
                spin()
            except TimeUp:
                swallowed += 1
            spin()

        with pytest.raises(TimeUp), deadline(0.1):
            swallow()
        assert swallowed == 1

    @needs_alarm
    def test_sleeping_does_not_use_up_processor_time(self) -> None:
        with deadline(0.1):
            time.sleep(0.4)

    @needs_alarm
    def test_what_other_threads_use_is_not_counted(self) -> None:
        other = threading.Thread(target=spin, args=(0.5,))
        with deadline(0.3):
            other.start()
            other.join()

    @needs_alarm
    def test_an_alarm_that_is_late_sets_no_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        set_timer = signal.setitimer

        def set_timer_late(which: int, seconds: float, *interval: float) -> tuple[float, float]:
            before = set_timer(which, seconds, *interval)
            if not seconds:
                signal.raise_signal(signal.SIGALRM)
            return before

        with monkeypatch.context() as patch:
            patch.setattr(signal, "setitimer", set_timer_late)
            with deadline(20):
                pass
        left = signal.getitimer(signal.ITIMER_REAL)
        set_timer(signal.ITIMER_REAL, 0)
        assert left == (0, 0)

    def test_the_inner_one_of_two(self) -> None:
        with deadline(20):
            spin_until(0.1)
            value = 1
        assert value == 1

    def test_the_outer_one_of_two(self) -> None:
        def nested() -> None:
            with deadline(0.02):
                pass
            spin()

        with pytest.raises(TimeUp), deadline(0.2):
            nested()

    @needs_alarm
    def test_the_handler_of_others_is_put_back(self) -> None:
        rung: list[int] = []
        previous = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
        try:
            spin_until(0.05)
            signal.raise_signal(signal.SIGALRM)
            assert rung == [1]
        finally:
            signal.signal(signal.SIGALRM, previous)

    @needs_alarm
    @pytest.mark.parametrize("inside", [0.0, 1.5], ids=["rings after", "would have rung inside"])
    def test_the_alarm_of_others_still_rings(self, inside: float) -> None:
        rung: list[float] = []
        previous = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
        try:
            started = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            with deadline(300):
                time.sleep(inside)
                assert not rung
            wait_until(lambda: rung)
            assert rung[0] - started >= 0.99
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    @needs_alarm
    def test_no_timer_is_left(self) -> None:
        spin_until(0.05)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class TestOtherThreads:
    def test_code_that_runs_away_is_interrupted(self) -> None:
        (found,) = in_thread(lambda: spin_until(0.2))
        assert isinstance(found, float)
        assert found < 60

    def test_what_is_in_time_is_left_alone(self) -> None:
        def quick() -> int:
            with deadline(5):
                value = sum(range(1000))
            time.sleep(0.01)
            return value

        assert in_thread(quick) == [499500]

    def test_no_watcher_is_left(self) -> None:
        in_thread(lambda: spin_until(0.05))
        assert not [t for t in threading.enumerate() if t.name == "lintseq-deadline"]

    def test_the_signals_of_the_main_thread_are_left_alone(self) -> None:
        if HAS_ALARM:
            before = signal.getsignal(signal.SIGALRM)
            in_thread(lambda: spin_until(0.05))
            assert signal.getsignal(signal.SIGALRM) is before
