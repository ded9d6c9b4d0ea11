"""How read-write transactions are kept apart: what each of the two ways to do it offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeAlias

CONTENTION = "Too much contention on these datastore entities. Please try again."

# Compared by identity or value: a transaction's id, or any object for a write outside of one.
Owner: TypeAlias = object
# The keys that a commit writes, and their kinds.
Targets: TypeAlias = Mapping[bytes, str]


class Region(NamedTuple):
    """Everything that a query has looked at: the keys in a half-open range, of one kind or (None) of all."""

    lower: bytes
    upper: bytes
    kind: str | None

    def covers(self, key: bytes, kind: str) -> bool:
        return self.lower <= key < self.upper and self.kind in (None, kind)


class Concurrency(Protocol):
    # Whether all reads of a transaction see the moment it began; else each sees what is there, and locks it.
    reads_the_past: bool

    def begin(self, owner: Owner) -> None: ...

    def read_keys(self, owner: Owner, keys: Collection[bytes]) -> None: ...

    def read_region(self, owner: Owner, region: Region) -> None: ...

    def writing(self, owner: Owner, targets: Targets) -> AbstractContextManager[None]:
        """The block writes the targets; ABORTED if it may not."""

    def release(self, owner: Owner) -> None: ...
