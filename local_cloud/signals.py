"""Requests to stop: signals, and the end of the parent process.

They are recorded and never raised: an exception in the middle of stopping would leave processes behind.
"""

import os
import signal
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequests:
    """From its making on, a stop signal no longer ends this process by itself."""

    def __init__(self) -> None:
        self.received: list[int] = []
        # The Makefile's shell can ask sooner: by now the real parent may already be gone.
        self._parent = int(os.environ.pop("LAUNCHED_BY", os.getppid()))
        for number in STOP_SIGNALS:
            if not _set_by_nohup(number):
                signal.signal(number, self._record)

    @property
    def orphaned(self) -> bool:
        return os.getppid() != self._parent

    @property
    def pending(self) -> bool:
        return bool(self.received) or self.orphaned

    def _record(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)


def _set_by_nohup(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN
