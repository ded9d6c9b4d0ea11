"""Versions of what a subscriber keeps: the live one, which is shown, and one beside it that is built anew.

Whoever keeps versions writes all that are fed, in one transaction with the reading of the pointer (`change`):
so from the commit on that puts a version beside the live one, no event misses it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self, TypeVar

from google.cloud.datastore import Entity, Key

from models.store import Change, Store

FIRST = 1
"""The live version of who has never had another."""

GRACE = timedelta(minutes=10)
"""After a flip, before the old version may go: a process may show it for `store.RECENT_SECONDS` more."""

BATCH = 500
"""Rows that are compared or removed at a time."""

T = TypeVar("T")


class WrongVersion(Exception):
    """What is asked for cannot be done with that version; the text says why."""


@dataclass(frozen=True)
class Versions:
    """The pointer, one for each subscriber that keeps versions."""

    KIND = "Versions"

    subscriber: str
    live: int = FIRST
    beside: int | None = None
    is_whole: bool = False
    """The one beside has been told all that there is, so it may become the live one."""
    flipped_at: datetime | None = None
    dropped: tuple[int, ...] = ()
    """Fed no more; their rows are being removed."""
    builds: int = 0
    """That were begun: unlike the number of a version, this never comes again."""

    @classmethod
    def from_entity(cls, subscriber: str, entity: Entity | None) -> Self:
        """What was read under the subscriber's name; None before the first build."""
        if entity is None:
            return cls(subscriber)
        return cls(
            subscriber=subscriber,
            live=entity["live"],
            beside=entity["beside"],
            is_whole=entity["is_whole"],
            flipped_at=entity["flipped_at"],
            dropped=tuple(entity["dropped"]),
            builds=entity["builds"],
        )

    @classmethod
    def of(cls, store: Store, subscriber: str) -> Self:
        return cls.from_entity(subscriber, store.get(cls.KIND, subscriber))

    @classmethod
    def recent(cls, store: Store, subscriber: str) -> Self:
        """As they were some seconds ago, mostly without a round trip: for whoever shows the live one."""
        return cls.from_entity(subscriber, store.recent(cls.KIND, subscriber))

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "live": self.live,
            "beside": self.beside,
            "is_whole": self.is_whole,
            "flipped_at": self.flipped_at,
            "dropped": list(self.dropped),
            "builds": self.builds,
        }
        return store.entity(self.KIND, self.subscriber, properties)

    @property
    def fed(self) -> tuple[int, ...]:
        """That are written, the live one first."""
        return (self.live,) if self.beside is None else (self.live, self.beside)

    @property
    def all(self) -> tuple[int, ...]:
        """Of which there may be rows."""
        return (*self.fed, *self.dropped)

    def with_beside(self, version: int) -> Self:
        """Raises WrongVersion."""
        if version == self.beside:
            return self
        if version < FIRST or version in self.all:
            raise WrongVersion(f"{version} is not a new version: {self}")
        if self.beside is not None:
            raise WrongVersion(f"{self.beside} stands there already, and goes first: {self}")
        return replace(self, beside=version, is_whole=False, builds=self.builds + 1)

    def made_whole(self, version: int) -> Self:
        """Raises WrongVersion."""
        if version != self.beside:
            raise WrongVersion(f"{version} is not beside the live version any more: {self}")
        return replace(self, is_whole=True)

    def flipped_to(self, version: int, now: datetime) -> Self:
        """The old one stays beside it and is fed, so that it can be flipped back. Raises WrongVersion."""
        if version == self.live:
            return self
        if version != self.beside or not self.is_whole:
            raise WrongVersion(f"{version} is not whole: {self}")
        return replace(self, live=version, beside=self.live, flipped_at=now)

    def without(self, version: int, now: datetime) -> Self:
        """Raises WrongVersion."""
        if version == self.live:
            raise WrongVersion(f"{version} is shown: {self}")
        if version in self.dropped:
            return self
        dropped = replace(self, dropped=(*self.dropped, version))
        if version != self.beside:
            return dropped
        if self.flipped_at and now - self.flipped_at < GRACE:
            raise WrongVersion(f"{version} may go {GRACE.seconds // 60} minutes after the flip: {self}")
        return replace(dropped, beside=None, is_whole=False)

    def cleaned_of(self, version: int) -> Self:
        return replace(self, dropped=tuple(one for one in self.dropped if one != version))

    def __str__(self) -> str:
        parts = [f"{self.live} is live"]
        if self.beside is not None:
            parts.append(f"{self.beside} is beside it, {'whole' if self.is_whole else 'not whole yet'}")
        parts += [f"{version} is being removed" for version in self.dropped]
        return f"{self.subscriber}: {', '.join(parts)}"


@dataclass(frozen=True)
class Rows:
    """Those of a kind whose key names begin with `prefix` and the version; `read` gives what is compared."""

    kind: str
    prefix: str
    read: Callable[[Entity], object]

    def of(self, store: Store, version: int, keys_only: bool = False) -> Iterator[list[Entity]]:
        """In the order of their key names, BATCH at a time."""
        begin, end = self.begin(version), f"{self.prefix}{version}."
        return store.pages_between(self.kind, begin, end, BATCH, keys_only)

    def begin(self, version: int) -> str:
        """Of the key names: one of another version never begins like this, nor lies between two that do."""
        return f"{self.prefix}{version}-"


def change(
    store: Store,
    subscriber: str,
    keys: Callable[[Versions], Sequence[Key]],
    verb: Callable[[Versions, list[Entity | None]], Change[T]],
) -> T:
    """`store.change`, isolated, for whoever writes all versions that are fed: one lookup and one commit.

    Which rows to read depends on the versions, so these are guessed; the guess is judged in the transaction.
    """
    versions, pointer = Versions.recent(store, subscriber), store.key(Versions.KIND, subscriber)
    while True:
        guess = versions

        def verb_if_so(found: list[Entity | None], guess: Versions = guess) -> Change[T]:
            actual = Versions.from_entity(subscriber, found[0])
            if actual.fed != guess.fed:
                raise _OtherVersions(actual)
            return verb(actual, found[1:])

        try:
            return store.change([pointer, *keys(guess)], verb_if_so, isolated=True)
        except _OtherVersions as other:
            versions = other.versions


def begin(store: Store, subscriber: str, version: int) -> Versions:
    """Puts a new version beside the live one: from here on it is fed. Raises WrongVersion."""
    return _move(store, subscriber, lambda versions: versions.with_beside(version))


def make_whole(store: Store, subscriber: str, version: int) -> Versions:
    """Raises WrongVersion."""
    return _move(store, subscriber, lambda versions: versions.made_whole(version))


def flip(store: Store, subscriber: str, version: int, now: datetime) -> Versions:
    """Makes the version the live one, in one commit. Raises WrongVersion."""
    return _move(store, subscriber, lambda versions: versions.flipped_to(version, now))


def remove(
    store: Store, subscriber: str, keeps: Sequence[Rows], version: int, now: datetime
) -> Iterator[int]:
    """Removes the version, how many rows at a time; interrupted, it is done again. Raises WrongVersion."""
    _move(store, subscriber, lambda versions: versions.without(version, now))
    for rows in keeps:
        for page in rows.of(store, version, keys_only=True):
            store.delete_many([row.key for row in page])
            yield len(page)
    _move(store, subscriber, lambda versions: versions.cleaned_of(version))


def _move(store: Store, subscriber: str, to: Callable[[Versions], Versions]) -> Versions:
    def move(found: list[Entity | None]) -> Change[Versions]:
        before = Versions.from_entity(subscriber, found[0])
        after = to(before)
        return Change(after, puts=[after.to_entity(store)] if after != before else [])

    return store.change([store.key(Versions.KIND, subscriber)], move)


class _OtherVersions(Exception):
    def __init__(self, versions: Versions) -> None:
        self.versions = versions
