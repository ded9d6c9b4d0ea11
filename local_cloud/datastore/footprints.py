"""Optimistic transactions: nobody waits; a commit is refused if others have written what it has read."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from local_cloud.datastore.concurrency import CONTENTION, Owner, Region, Targets
from local_cloud.faults import aborted


@dataclass
class _Footprint:
    """What a transaction has read since that many commits had been made."""

    since: int
    keys: set[bytes] = field(default_factory=set)
    regions: list[Region] = field(default_factory=list)

    def is_touched_by(self, targets: Targets) -> bool:
        return any(
            key in self.keys or any(region.covers(key, target) for region in self.regions)
            for key, target in targets.items()
        )


class Footprints:
    reads_the_past = True

    def __init__(self) -> None:
        self._committing = threading.RLock()
        self._footprints: dict[Owner, _Footprint] = {}
        self._commits: deque[Targets] = deque()
        self._forgotten = 0

    def begin(self, owner: Owner) -> None:
        with self._committing:
            self._footprints[owner] = _Footprint(self._forgotten + len(self._commits))

    def has_regions(self) -> bool:
        # Not only now: what is committed now is compared with what others read later.
        return bool(self._footprints)

    def read_keys(self, owner: Owner, keys: Collection[bytes]) -> None:
        self._footprints[owner].keys.update(keys)

    def read_region(self, owner: Owner, region: Region) -> None:
        self._footprints[owner].regions.append(region)

    @contextmanager
    def writing(self, owner: Owner, targets: Targets) -> Iterator[Callable[[], None]]:
        with self._committing:
            footprint = self._footprints.get(owner)
            if footprint is not None:
                later = islice(self._commits, footprint.since - self._forgotten, None)
                if any(footprint.is_touched_by(commit) for commit in later):
                    raise aborted(CONTENTION)
            yield lambda: self._commits.append(targets)
            self._forget()

    def release(self, owner: Owner) -> None:
        with self._committing:
            self._footprints.pop(owner, None)
            self._forget()

    def _forget(self) -> None:
        """The commits that no open transaction needs to know."""
        last = self._forgotten + len(self._commits)
        needed = min((footprint.since for footprint in self._footprints.values()), default=last)
        while self._forgotten < needed:
            self._commits.popleft()
            self._forgotten += 1
