"""Tells subscribers of events that are committed, and strikes them off the outbox.

Whatever goes wrong here, the event is safe: its row stays in the outbox until every subscriber has handled
it, and each finished game takes old rows along.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from events.subscribers import SUBSCRIBERS
from models.event import Event
from models.store import Store

DRAIN_LENGTH = 20
"""Old outbox rows that each finish takes along, at most."""

OLD_AFTER = timedelta(seconds=10)
"""Younger rows are left alone: whoever committed them is telling them right now."""

_log = logging.getLogger(__name__)


def publish(store: Store, events: Sequence[Event], now: datetime) -> None:
    """Never raises: the player's move is committed and stands."""
    if not events:
        return
    try:
        for event in events:
            _tell(store, event)
        drain(store, now)
    except Exception:
        _log.exception("the outbox could not be drained")


def drain(store: Store, now: datetime, limit: int = DRAIN_LENGTH) -> int:
    """Tells up to `limit` events that were left in the outbox; how many there were."""
    rows = store.query(Event.OUTBOX, limit=limit, keys_only=True).entities
    names = [row.key.name for row in rows if now - Event.time_of(row.key.name) > OLD_AFTER]
    found = store.get_many([store.key(Event.KIND, name) for name in names]) if names else []
    for entity in found:
        if entity is not None:
            _tell(store, Event.from_entity(entity))
    return len(names)


def _tell(store: Store, event: Event) -> None:
    """All of its subscribers, then off the outbox; one event that cannot be handled stops no other."""
    try:
        for subscriber in SUBSCRIBERS:
            if event.type in subscriber.hears:
                subscriber.handle(event, store)
        store.delete_many([store.key(Event.OUTBOX, event.key_name)])
    except Exception:
        _log.exception("event %s stays in the outbox", event.id)
