"""Shows how far a replay is: one line that changes on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import Self, TextIO

from events.replay import Progress

PLAIN_SECONDS = 10.0
"""Between two lines where there is no terminal."""

CLEAR = "\r\x1b[K"
"""Back to the beginning of the line, which is empty then."""


class Display:
    """Shows what it is given; when it is left, the last of it stays as a line."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stdout
        self._clock = clock
        self._begun_at = self._shown_at = clock()
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        self._last = progress
        if self._out.isatty():
            self._write(CLEAR + self._line(progress))
        elif self._clock() - self._shown_at >= PLAIN_SECONDS:
            self._shown_at = self._clock()
            self._write(self._line(progress) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last:
            start = CLEAR if self._out.isatty() else ""
            self._write(start + self._line(self._last) + "\n")

    def _line(self, progress: Progress) -> str:
        told = progress.told
        rate = told.handled / max(self._clock() - self._begun_at, 1e-3)
        return (
            f"{progress.share:4.0%}  up to {progress.position.time:%Y-%m-%d %H:%M:%S} UTC"
            f"  {told.handled:,} handled, {told.set_aside:,} set aside  {rate:,.0f} a second"
        )

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
