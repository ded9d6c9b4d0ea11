"""Conditions that must all be true of an entity, in encoded form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from local_cloud.datastore.ordering import LAST, complement


class Cut(NamedTuple):
    """A place between values: before all rows with this value, or after them."""

    value: bytes
    is_after: bool

    def ascending(self) -> bytes:
        return self.value + LAST if self.is_after else self.value

    def descending(self) -> bytes:
        flipped = complement(self.value)
        return flipped if self.is_after else flipped + LAST


class Range(NamedTuple):
    lower: Cut = Cut(b"", False)
    upper: Cut = Cut(b"", True)

    def within(self, other: Range) -> Range:
        lower = max(self.lower, other.lower, key=Cut.ascending)
        return Range(lower, min(self.upper, other.upper, key=Cut.ascending))

    def holds(self, value: bytes) -> bool:
        return self.lower.ascending() <= value < self.upper.ascending()


EVERYTHING = Range()


@dataclass
class Conjunction:
    """What must all be true of an entity. Its key is in a half-open range, into which `ancestor` went too."""

    key_lower: bytes
    key_upper: bytes
    ancestor: bytes | None = None
    equalities: list[tuple[str, bytes]] = field(default_factory=list)
    ranges: dict[str, Range] = field(default_factory=dict)

    @property
    def fixed(self) -> list[tuple[str, bytes]]:
        """The equalities of properties that have no inequality as well."""
        return [(name, value) for name, value in self.equalities if name not in self.ranges]

    @property
    def fixed_names(self) -> set[str]:
        return {name for name, _ in self.fixed}

    def narrow_keys(self, lower: bytes, upper: bytes) -> None:
        self.key_lower, self.key_upper = max(self.key_lower, lower), min(self.key_upper, upper)
