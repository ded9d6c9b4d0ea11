"""What differs between two versions of the same rows while both are fed: nothing, if both are right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice

from google.cloud.datastore import Entity, Key

from models.store import Store
from models.version import Rows

AT_ONCE = 200
"""Rows that are looked at again at a time."""


@dataclass(frozen=True)
class Difference:
    """The row of that name, without its version, in the one and in the other; None where there is none."""

    kind: str
    name: str
    one: object
    other: object

    def __str__(self) -> str:
        if self.other is None:
            return f"missing  {self.kind} {self.name}: {self.one}"
        if self.one is None:
            return f"extra    {self.kind} {self.name}: {self.other}"
        return f"other    {self.kind} {self.name}: {self.one} is {self.other}"


def differences(store: Store, keeps: Sequence[Rows], one: int, other: int) -> Iterator[Difference]:
    """Reads every row of both versions, some pages at a time.

    What seems to differ is looked at again, both at the same moment: it may have been written in between.
    """
    for rows in keeps:
        names = _seem_to_differ(store, rows, one, other)
        while some := list(islice(names, AT_ONCE)):
            yield from _differ(store, rows, one, other, some)


def _seem_to_differ(store: Store, rows: Rows, one: int, other: int) -> Iterator[str]:
    both = merge(_named(store, rows, one), _named(store, rows, other), key=lambda named: named[0])
    for name, group in groupby(both, key=lambda named: named[0]):
        found = [rows.read(entity) for _, entity in group]
        if len(found) != 2 or found[0] != found[1]:
            yield name


def _named(store: Store, rows: Rows, version: int) -> Iterator[tuple[str, Entity]]:
    for page in rows.of(store, version):
        yield from ((row.key.name.removeprefix(rows.begin(version)), row) for row in page)


def _differ(store: Store, rows: Rows, one: int, other: int, names: list[str]) -> Iterator[Difference]:
    def key(version: int, name: str) -> Key:
        return store.key(rows.kind, rows.begin(version) + name)

    with store.snapshot():
        found = store.get_many([key(version, name) for name in names for version in (one, other)])
    for name, *pair in zip(names, found[::2], found[1::2], strict=True):
        here, there = (rows.read(entity) if entity else None for entity in pair)
        if here != there:
            yield Difference(rows.kind, name, here, there)
