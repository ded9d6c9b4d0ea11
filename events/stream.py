"""The stream: the events that are kept, in the order of time and id, read from a position up to a moment.

They lie in 16 ranges of keys (kind Event), which reading merges. The trap is the newest end: see SETTLED.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from google.cloud.datastore import Entity, Key

from events.envelope import Message, wrap
from events.schemas import Unreadable, newest
from models.event import Event
from models.position import Position
from models.store import Store

PAGE = 100
"""Events of a range in memory at a time, so 1,600 in all."""

SETTLED = timedelta(minutes=5)
"""Nothing appears so late: who reads up to now - SETTLED, and goes on from there, misses nothing.

An event's time is taken before its commit. A commit is tried for less than half a minute, and one that was
given up may still land while its transaction lives, 270 seconds at most.

Except what a subscriber tells (BestBeaten, BadgeEarned): it has the time of its cause and may be written
years later. Whoever needs all of these hears them by a subscription.
"""


@dataclass(frozen=True)
class Poison:
    """What stands in the stream and cannot be read: to be set aside as a dead letter, with the reason.

    `type` is empty where not even that can be read.
    """

    id: str
    time: datetime
    type: str
    message: Message
    reason: str


def read(store: Store, after: Position, until: datetime, page: int = PAGE) -> Iterator[Event | Poison]:
    """What stands after `after` and happened at `until` or before, each event in its newest version.

    16 queries at least, and one more for each `page` events of a range. Raises StoreUnavailable; go on from
    the last position then.
    """
    for entity in _in_order(store, after, until, page):
        yield _event(entity)


def keys(store: Store, after: Position, until: datetime, page: int = PAGE) -> Iterator[Key]:
    """Those of what `read` reads, at a fraction of the price; `Position.from_key_name` says where each is."""
    for entity in _in_order(store, after, until, page, keys_only=True):
        yield entity.key


def fetch(store: Store, keys: Sequence[Key]) -> list[Event | Poison]:
    """What stands there, as `read` gives it, without what is gone. One lookup for 500."""
    return [_event(entity) for entity in store.get_many(keys) if entity]


def _in_order(
    store: Store, after: Position, until: datetime, page: int, keys_only: bool = False
) -> Iterator[Entity]:
    ranges = [_range(store, digit, after, until, page, keys_only) for digit in Event.RANGES]
    return merge(*ranges, key=lambda entity: str(Position.from_key_name(entity.key.name)))


def _range(
    store: Store, digit: str, after: Position, until: datetime, page: int, keys_only: bool
) -> Iterator[Entity]:
    end = Position.before(until + timedelta(microseconds=1))
    for rows in store.pages_between(Event.KIND, f"{digit}-{after}", f"{digit}-{end}", page, keys_only):
        yield from rows


def _event(entity: Entity) -> Event | Poison:
    position = Position.from_key_name(entity.key.name)
    try:
        event = Event.from_entity(entity)
        if not isinstance(event.type, str) or not isinstance(event.version, int):
            raise Unreadable("its type is no text, or its version no number")
        if event.key_name != entity.key.name:
            raise Unreadable("its time or id is not that of its key")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, Unreadable) as error:
        type_name = entity.get("type")
        known = type_name if isinstance(type_name, str) else ""
        return Poison(position.id, position.time, known, _raw(position, entity), f"not an event: {error!r}")
    try:
        return newest(event)
    except Unreadable as error:
        return Poison(event.id, event.time, event.type, wrap(event), str(error))


def _raw(position: Position, entity: Entity) -> Message:
    """As it is kept, for people to read."""
    properties = {name: str(value) for name, value in entity.items() if name != "data"}
    return Message(str(entity.get("data")).encode(), properties | {"id": position.id})
