"""What everybody asks for is made once in a moment, and kept in the memory of this process for so long."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

KEPT_FOR = timedelta(seconds=2)
MOST = 50
"""Boards and pages: a few dozen kilobytes each."""

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Safe to share between threads; two that ask at once may both make it."""

    def __init__(self, kept_for: timedelta = KEPT_FOR, most: int = MOST) -> None:
        self._kept_for = kept_for
        self._most = most
        self._values: OrderedDict[K, tuple[datetime, V]] = OrderedDict()

    def get(self, wanted: K, now: datetime, make: Callable[[], V]) -> V:
        kept = self._values.get(wanted)
        if kept is None or now - kept[0] >= self._kept_for:
            kept = self._values[wanted] = now, make()
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return kept[1]
