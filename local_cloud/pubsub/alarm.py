"""The one thread that waits for time to pass: it rings when the earliest moment asked for has come."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Alarm:
    def __init__(self, clock: Callable[[], float], ring: Callable[[], None]) -> None:
        """`ring` runs on the alarm's thread, holds none of its locks, and asks for the next moments."""
        self._clock = clock
        self._ring = ring
        self._changed = threading.Condition()
        self._next = math.inf
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="pubsub-alarm", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def at(self, moment: float) -> None:
        """Ring no later than then."""
        with self._changed:
            if moment < self._next:
                self._next = moment
                self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._wait():
            try:
                self._ring()
            except Exception:
                _log.exception("The alarm's call failed")

    def _wait(self) -> bool:
        """False when it is time to stop."""
        with self._changed:
            while not self._is_stopped:
                rest = self._next - self._clock()
                if rest <= 0:
                    self._next = math.inf
                    return True
                self._changed.wait(min(rest, threading.TIMEOUT_MAX))
            return False
