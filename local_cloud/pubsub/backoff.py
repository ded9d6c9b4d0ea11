"""How long to wait after a failure, and how much to push at once: pure rules, time is an argument."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 60.0
# A nack this long after the last pause says nothing about the endpoint as a whole.
CALM_SECONDS = 1.0
# Google's starts in single digits as well; its bound is far higher, but one machine needs no more.
FIRST_WINDOW = 4
LARGEST_WINDOW = 16


def retry_delay(failures: int, shortest: float, longest: float) -> float:
    """Seconds until a message that failed so many times (from 1) comes again."""
    # 600 s are reached by doubling long before 2 ** 64.
    return min(shortest * 2.0 ** min(failures - 1, 64), longest)


@dataclass
class PushFlow:
    """A push subscription as a whole: pauses while nacks are many, and a slow start."""

    window: int = FIRST_WINDOW
    pause: float = 0.0
    paused_until: float = 0.0

    def acked(self) -> None:
        self.pause = self.paused_until = 0.0
        self.window = min(self.window + 1, LARGEST_WINDOW)

    def nacked(self, now: float) -> None:
        self.window = FIRST_WINDOW
        if now < self.paused_until:
            # The rest of the burst that led to this pause.
            return
        is_calm = now > self.paused_until + max(self.pause, CALM_SECONDS)
        self.pause = SHORTEST_PAUSE_SECONDS if is_calm else min(2 * self.pause, LONGEST_PAUSE_SECONDS)
        self.paused_until = now + self.pause
