"""Locks of pessimistic transactions: shared on what was read, exclusive while a commit is written.

A write that waits keeps new readers out, except those it waits for itself.
A circle of waiters is broken at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from local_cloud.datastore.concurrency import CONTENTION, Owner, Region, Target, Targets
from local_cloud.faults import aborted

LOCK_WAIT_SECONDS = 1.0
LOCK_TIMEOUT = "Transaction lock timeout."


class Locks:
    reads_the_past = False

    def __init__(self, wait_seconds: float = LOCK_WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._readers: dict[bytes, set[Owner]] = {}
        self._keys: dict[Owner, set[bytes]] = {}
        self._regions: dict[Owner, list[Region]] = {}
        self._writers: dict[Owner, Targets] = {}
        self._waiting: dict[Owner, set[Owner]] = {}

    def begin(self, owner: Owner) -> None:
        """A transaction that has read nothing holds nothing."""

    def has_regions(self) -> bool:
        return bool(self._regions)

    def read_keys(self, owner: Owner, keys: Collection[bytes]) -> None:
        """Nobody else writes these keys until release(owner)."""
        with self._changed:
            new = set(keys) - self._keys.get(owner, set())
            self._wait(owner, lambda: self._writers_in_the_way(owner, lambda key, _: key in new))
            for key in new:
                self._readers.setdefault(key, set()).add(owner)
            self._keys.setdefault(owner, set()).update(new)

    def read_region(self, owner: Owner, region: Region) -> None:
        """Nobody else writes, creates or deletes anything in the region until release(owner)."""
        with self._changed:
            self._wait(owner, lambda: self._writers_in_the_way(owner, region.covers))
            self._regions.setdefault(owner, []).append(region)

    @contextmanager
    def writing(self, owner: Owner, targets: Targets) -> Iterator[Callable[[], None]]:
        """Inside the block no other transaction has read the targets, and none starts to."""
        with self._changed:
            self._writers[owner] = targets
            try:
                self._wait(owner, lambda: self._readers_in_the_way(owner, targets))
            except BaseException:
                self._end_writing(owner)
                raise
        try:
            yield lambda: None
        finally:
            with self._changed:
                self._end_writing(owner)

    def release(self, owner: Owner) -> None:
        """Drop everything that the owner has read."""
        with self._changed:
            self._regions.pop(owner, None)
            for key in self._keys.pop(owner, set()):
                self._readers[key].discard(owner)
                if not self._readers[key]:
                    del self._readers[key]
            self._changed.notify_all()

    def _end_writing(self, owner: Owner) -> None:
        del self._writers[owner]
        self._changed.notify_all()

    def _writers_in_the_way(self, owner: Owner, wants: Callable[[bytes, Target], bool]) -> set[Owner]:
        return {
            writer
            for writer, targets in self._writers.items()
            if writer != owner
            and owner not in self._waiting.get(writer, ())
            and any(wants(key, target) for key, target in targets.items())
        }

    def _readers_in_the_way(self, owner: Owner, targets: Targets) -> set[Owner]:
        blockers: set[Owner] = set()
        for key, target in targets.items():
            blockers |= self._readers.get(key, set())
            for reader, regions in self._regions.items():
                if any(region.covers(key, target) for region in regions):
                    blockers.add(reader)
        blockers.discard(owner)
        return blockers

    def _wait(self, owner: Owner, find_blockers: Callable[[], set[Owner]]) -> None:
        deadline = time.monotonic() + self._wait_seconds
        try:
            while blockers := find_blockers():
                self._waiting[owner] = blockers
                if self._waits_for_itself(owner):
                    raise aborted(CONTENTION)
                if not self._changed.wait(deadline - time.monotonic()):
                    raise aborted(LOCK_TIMEOUT)
        finally:
            self._waiting.pop(owner, None)

    def _waits_for_itself(self, owner: Owner) -> bool:
        seen: set[Owner] = set()
        ahead = set(self._waiting[owner])
        while ahead:
            other = ahead.pop()
            if other == owner:
                return True
            seen.add(other)
            ahead |= self._waiting.get(other, set()) - seen
        return False
