"""Entities as they are now, in memory: those that were written or looked up lately, for who asks next.

Nobody sees here what is not committed yet, nor what was there before a commit that is answered.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from local_cloud.datastore.reader import Reader, Stored

# In all; what came first goes first.
MAX_BYTES = 2_000_000
# What Python takes for each beside its key and its bytes.
EACH_BYTES = 250
# Of one of them: a few large ones are not worth all the others.
MAX_ENTITY_BYTES = 50_000


class Glimpse(NamedTuple):
    """Entities at one moment, as a Reader tells of them."""

    version: int
    entities: Mapping[bytes, Stored]

    def get(self, key: bytes) -> Stored | None:
        return self.entities.get(key)

    def last_version(self) -> int:
        return self.version


class Noting:
    """A reader, and what it found."""

    def __init__(self, reader: Reader) -> None:
        self.found: dict[bytes, Stored] = {}
        self._reader = reader

    def get(self, key: bytes) -> Stored | None:
        stored = self._reader.get(key)
        if stored is not None:
            self.found[key] = stored
        return stored

    def last_version(self) -> int:
        return self._reader.last_version()


class Recent:
    def __init__(self) -> None:
        # Of the newest commit.
        self.version = 0
        self._is_committing = False
        self._entities: OrderedDict[bytes, Stored] = OrderedDict()
        self._bytes = 0
        self._changing = threading.Lock()

    def begin(self, version: int) -> None:
        """With what is in the file; also after a commit that failed."""
        with self._changing:
            self.version = version
            self._is_committing = False

    def get(self, key: bytes) -> Stored | None:
        """For the one who writes: nobody else commits meanwhile."""
        return self._entities.get(key)

    def glimpse(self, keys: Iterable[bytes]) -> Glimpse | None:
        """None if not all of them are here."""
        with self._changing:
            if self._is_committing:
                return None
            found = {}
            for key in keys:
                stored = self._entities.get(key)
                if stored is None:
                    return None
                found[key] = stored
            return Glimpse(self.version, found)

    def keep(self, entities: Mapping[bytes, Stored], version: int) -> None:
        """What was read when that was the version, unless something was committed meanwhile."""
        with self._changing:
            if version == self.version and not self._is_committing:
                self._add(entities)

    @contextmanager
    def committing(self, written: Mapping[bytes, Stored | None], version: int) -> Iterator[None]:
        """Around the commit, of this version, of what was written; None: it is gone. If it fails, begin()."""
        with self._changing:
            self._is_committing = True
            for key in written:
                self._drop(key)
        yield
        with self._changing:
            self._add({key: stored for key, stored in written.items() if stored})
            self.version = version
            self._is_committing = False

    def _add(self, entities: Mapping[bytes, Stored]) -> None:
        for key, stored in entities.items():
            self._drop(key)
            if len(stored.entity) <= MAX_ENTITY_BYTES:
                self._entities[key] = stored
                self._bytes += _size(key, stored)
        while self._bytes > MAX_BYTES:
            self._drop(next(iter(self._entities)))

    def _drop(self, key: bytes) -> None:
        stored = self._entities.pop(key, None)
        if stored is not None:
            self._bytes -= _size(key, stored)


def _size(key: bytes, stored: Stored) -> int:
    return len(key) + len(stored.entity) + EACH_BYTES
