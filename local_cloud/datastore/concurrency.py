"""How read-write transactions are kept apart: what each of the two ways to do it offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeAlias

from local_cloud.datastore.indexes import IndexRow
from local_cloud.datastore.plans import Plan

CONTENTION = "Too much contention on these datastore entities. Please try again."

# Compared by identity or value: a transaction's id, or any object for a write outside of one.
Owner: TypeAlias = object


class Target(NamedTuple):
    """An entity that a commit writes. `rows`: its index rows before and after, None if they are not known."""

    kind: str
    rows: frozenset[IndexRow] | None = None


# By key.
Targets: TypeAlias = Mapping[bytes, Target]


class Region(NamedTuple):
    """What a conjunction of a query has looked at: a range of an index, in a range of keys."""

    kind: str | None
    plan: Plan

    def covers(self, key: bytes, target: Target) -> bool:
        """Also if the answer is not known."""
        if not self.plan.key_lower <= key < self.plan.key_upper or self.kind not in (None, target.kind):
            return False
        if self.plan.index is None or target.rows is None:
            return True
        return any(True for _ in self.plan.positions(target.rows, key))


class Concurrency(Protocol):
    # Whether all reads of a transaction see the moment it began; else each sees what is there, and locks it.
    reads_the_past: bool

    def begin(self, owner: Owner) -> None: ...

    def has_regions(self) -> bool:
        """Whether it matters which rows a commit writes."""

    def read_keys(self, owner: Owner, keys: Collection[bytes]) -> None: ...

    def read_region(self, owner: Owner, region: Region) -> None: ...

    def writing(self, owner: Owner, targets: Targets) -> AbstractContextManager[Callable[[], None]]:
        """The block may write the targets, and calls what it is given once it has; ABORTED if it may not."""

    def release(self, owner: Owner) -> None: ...
