"""Tells one subscriber again all that the stream holds. What it has handled it absorbs, so this fills gaps.

Nothing is lost between the two ways to hear of an event: the subscription, or the version that is built, is
there before the reading begins, so what was committed earlier is read and what is committed later is told.
Therefore the newest end needs no waiting here, unlike for who goes on from a position (`stream.SETTLED`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from events.delivery import reason_of, set_aside
from events.envelope import Message, wrap
from events.publishing import Publisher, publish
from events.stream import Poison, keys, read
from events.subscribers import Subscriber
from models import version
from models.bookmark import Bookmark
from models.event import Event
from models.patience import StoreUnavailable
from models.position import Position
from models.store import Store

BATCH = 200
"""Events that are told before it is noted that they were."""

WORKERS = 16
"""Threads of a command, so players whose events are told at the same time."""

CLOCKS_DIFFER = timedelta(hours=1)
"""So far beyond our now the newest event may be, at most."""

MOST_SET_ASIDE = 100
"""When so many events fail, it is not for the events."""

Theirs = Sequence[Event | Poison]
"""What a batch has of one player, in order."""


class TooManyFail(Exception):
    """MOST_SET_ASIDE events were set aside, and the rest would be too."""


@dataclass(frozen=True)
class Told:
    """How many events were handled, and how many set aside."""

    handled: int = 0
    set_aside: int = 0

    def __add__(self, other: "Told") -> "Told":
        return Told(self.handled + other.handled, self.set_aside + other.set_aside)


class Spread(Protocol):
    """`map`, or that of a pool of threads."""

    def __call__(self, tell: Callable[[Theirs], Told], all: Iterable[Theirs], /) -> Iterable[Told]: ...


@dataclass(frozen=True)
class Progress:
    """All up to `position` is told; the stream begins at `first`, and what is to be told ends at `until`."""

    first: datetime
    position: Position
    until: datetime
    told: Told

    @property
    def share(self) -> float:
        """Of the time, from 0 to 1."""
        whole = max(self.until - self.first, timedelta(microseconds=1))
        return min(1.0, max(timedelta(0), self.position.time - self.first) / whole)


@dataclass(frozen=True)
class Replay:
    """Its verbs tell a batch at each step; left wherever that is, they go on when they are called again.

    They raise StoreUnavailable, and TooManyFail.
    """

    store: Store
    publisher: Publisher
    subscriber: Subscriber
    now: Callable[[], datetime]
    spread: Spread = map

    def gaps(self, since: datetime | None = None) -> Iterator[Progress]:
        """Tells all, or all since then."""
        name = self.subscriber.name
        yield from self._tell_all(name, Position.before(since) if since else self._bookmark(name))

    def into(self, number: int) -> Iterator[Progress]:
        """Puts that version beside the live one and tells all; then it is whole. Raises WrongVersion."""
        name = self.subscriber.name
        versions = version.begin(self.store, name, number)
        if versions.is_whole:
            return
        build = f"{name}-{versions.builds}"
        yield from self._tell_all(build, self._bookmark(build))
        version.make_whole(self.store, name, number)

    def _bookmark(self, replay: str) -> Position:
        bookmark = Bookmark.of_or_none(self.store, replay)
        return bookmark.position if bookmark else Position.START

    def _tell_all(self, replay: str, after: Position) -> Iterator[Progress]:
        """All that comes after."""
        until, told = self.now(), Told()
        there = keys(self.store, Position.START, until, page=1)
        first = next((Position.from_key_name(key.name).time for key in there), until)
        events = read(self.store, after, until + CLOCKS_DIFFER)
        while batch := list(islice(events, BATCH)):
            told = sum(self.spread(self._tell, _by_player(batch)), start=told)
            if told.set_aside >= MOST_SET_ASIDE:
                raise TooManyFail(f"{told.set_aside} events were set aside; see `dead-letters list`")
            position = Position.of(batch[-1])
            Bookmark(replay, position, self.now()).keep(self.store)
            yield Progress(first, position, until, told)
        Bookmark.discard(self.store, replay)
        yield Progress(first, Position.before(until), until, told)

    def _tell(self, theirs: Theirs) -> Told:
        return sum(map(self._tell_one, theirs), start=Told())

    def _tell_one(self, event: Event | Poison) -> Told:
        if event.type and not self.subscriber.hears_of(event.type):
            return Told()
        if isinstance(event, Poison):
            return self._set_aside(event.message, event.reason)
        try:
            told = self.subscriber.handle(self.store, event)
        except StoreUnavailable:
            raise
        except Exception as error:
            return self._set_aside(wrap(event), reason_of(error))
        publish(self.store, self.publisher, told, self.now())
        return Told(handled=1)

    def _set_aside(self, message: Message, reason: str) -> Told:
        set_aside(self.store, self.subscriber.name, message, reason, 1, self.now())
        return Told(set_aside=1)


def _by_player(batch: Theirs) -> Iterable[Theirs]:
    """So that a player's events are told in order, and those of different players may be at the same time."""
    by_player = defaultdict(list)
    for event in batch:
        by_player[event.id if isinstance(event, Poison) else event.data["player"]].append(event)
    return by_player.values()
