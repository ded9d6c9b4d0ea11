"""What the stream of events adds up to: named vectors of integers, to which is only ever added.

So neither the order of events matters nor how they were grouped, and two ways to count can be compared.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from operator import add
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from google.cloud.datastore import Entity, Key

from models.store import Store

VERSION = 1
"""Of the rules by which is counted. Raised, everything is counted anew, beside what the old rules gave."""

PAGE = 500
"""Aggregates read at a time, where all are."""

_log = logging.getLogger(__name__)

Numbers = Sequence[int]
Sums = Mapping[str, Numbers]
"""By what is counted: a score, an hour, a question."""

Tally = Mapping[str, Sums]
"""By aggregate."""


class UnknownZone(Exception):
    """No time zone has that name, or this machine does not know it."""


@dataclass(frozen=True)
class Build:
    """One way to count all there is: by which rules, and in whose hours (an IANA name: Europe/Rome)."""

    zone_name: str = "UTC"
    version: int = VERSION

    @property
    def zone(self) -> tzinfo:
        """Raises UnknownZone."""
        if self.zone_name == "UTC":
            return UTC
        try:
            return ZoneInfo(self.zone_name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UnknownZone(f"{self.zone_name!r} is no time zone that is known here") from None

    @property
    def name(self) -> str:
        return f"{self.version}-{self.zone_name.replace('/', '.')}"


@cache
def build_for(zone_name: str) -> Build:
    """In the hours of that zone; of one that nobody knows this is logged, and the hours are UTC's."""
    try:
        build = Build(zone_name)
        assert build.zone
        return build
    except UnknownZone as error:
        _log.error("%s; hours are those of UTC", error)
        return Build()


@dataclass(frozen=True)
class Aggregate:
    """A part of what a build has counted, of a size that an entity holds."""

    KIND = "Aggregate"

    build: Build
    name: str
    sums: Sums

    @classmethod
    def from_entity(cls, build: Build, name: str, entity: Entity | None) -> Self:
        """Nothing is counted yet where there is none."""
        return cls(build, name, json.loads(entity["sums"]) if entity else {})

    @classmethod
    def load_many(cls, store: Store, build: Build, names: Sequence[str]) -> list[Self]:
        """One lookup."""
        found = store.get_many([cls.key(store, build, name) for name in names])
        return [cls.from_entity(build, name, entity) for name, entity in zip(names, found, strict=True)]

    @classmethod
    def all(cls, store: Store, build: Build) -> Tally:
        return {
            (name := entity.key.name.partition(":")[2]): cls.from_entity(build, name, entity).sums
            for page in store.pages_between(cls.KIND, f"{build.name}:", f"{build.name};", PAGE)
            for entity in page
        }

    @classmethod
    def key(cls, store: Store, build: Build, name: str) -> Key:
        return store.key(cls.KIND, f"{build.name}:{name}")

    def to_entity(self, store: Store) -> Entity:
        text = json.dumps(self.sums, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return store.entity(self.KIND, f"{self.build.name}:{self.name}", {"sums": text})


def together(tallies: Iterable[Tally]) -> Tally:
    total: dict[str, dict[str, Numbers]] = {}
    for tally in tallies:
        for name, sums in tally.items():
            into = total.setdefault(name, {})
            for what, numbers in sums.items():
                into[what] = list(map(add, into[what], numbers)) if what in into else numbers
    return total
