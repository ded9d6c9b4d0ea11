"""Publishes events that are committed, and strikes them off the outbox.

Whatever goes wrong here, the event is safe: its row stays in the outbox until Pub/Sub has taken it, and each
finished game takes old rows along. A player waits PUBLISH_SECONDS at most, once: then the breaker is open.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from events.envelope import Message, wrap
from models.event import Event
from models.store import Store

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient

TOPIC = "quizboard-events"

PUBLISH_SECONDS = 0.3
BREAK_SECONDS = 30.0
"""How long nothing is tried after a failure."""

DRAIN_LENGTH = 20
"""Old outbox rows that each finish takes along, at most."""

RELAY_LENGTH = 100
RELAY_SECONDS = 10.0

COUNTED = 1_000

OLD_AFTER = timedelta(seconds=10)
"""Younger rows are left alone: whoever committed them is publishing them right now."""

_log = logging.getLogger(__name__)


class Sender(Protocol):
    """Raises whatever it likes when a message may not have been taken."""

    def __call__(self, messages: Sequence[Message], seconds: float) -> None: ...

    def warm_up(self) -> None: ...


class Publisher:
    """A sender behind a circuit breaker."""

    def __init__(self, send: Sender, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._closed_from = 0.0

    def warm_up(self) -> None:
        """Makes the client, so that the first publish takes no longer than the others."""
        self._send.warm_up()

    @property
    def is_broken(self) -> bool:
        return self._clock() < self._closed_from

    def publish(self, events: Sequence[Event], seconds: float) -> bool:
        """Whether Pub/Sub has taken all of them; if not, it may have taken some. Never raises."""
        try:
            self._send([wrap(event) for event in events], seconds)
        except Exception as error:
            _log.warning("%d events stay in the outbox: %r", len(events), error)
            self._closed_from = self._clock() + BREAK_SECONDS
            return False
        self._closed_from = 0.0
        return True


def publish(store: Store, publisher: Publisher, events: Sequence[Event], now: datetime) -> None:
    """Publishes new events, and some that were left behind. Never raises: what was committed stands."""
    if not events or publisher.is_broken:
        return
    try:
        together = [*events, *_company(store, events, now)]
        if publisher.publish(together, PUBLISH_SECONDS):
            _strike_off(store, together)
    except Exception:
        _log.exception("events stay in the outbox")


def _company(store: Store, events: Sequence[Event], now: datetime) -> list[Event]:
    """Old events to take along; none where they cannot be read, for what is new must not wait for them."""
    try:
        old, _ = _left_behind(store, now, DRAIN_LENGTH)
    except Exception:
        _log.exception("old events stay in the outbox")
        return []
    return [event for event in old if event not in events]


def relay(store: Store, publisher: Publisher, now: datetime) -> int:
    """Publishes all that was left behind; how many there were. Stops at the first failure."""
    count, after = 0, None
    while True:
        # From page to page, because a page may hold nothing but rows that are too young.
        old, after = _left_behind(store, now, RELAY_LENGTH, after)
        if old and not publisher.publish(old, RELAY_SECONDS):
            return count
        _strike_off(store, old)
        count += len(old)
        if after is None:
            return count


def outbox_length(store: Store) -> int:
    """Events that are not published yet, COUNTED at most."""
    return store.count(Event.OUTBOX, [], up_to=COUNTED)


def _left_behind(
    store: Store, now: datetime, limit: int, after: str | None = None
) -> tuple[list[Event], str | None]:
    """Some old events, and where to go on; None after the last."""
    page = store.query(Event.OUTBOX, limit=limit, after=after, keys_only=True)
    rows = page.entities
    names = [row.key.name for row in rows if now - Event.time_of(row.key.name) > OLD_AFTER]
    found = store.get_many([store.key(Event.KIND, name) for name in names]) if names else []
    events = [Event.from_entity(entity) for entity in found if entity is not None]
    return events, page.cursor if len(rows) == limit else None


def _strike_off(store: Store, events: Sequence[Event]) -> None:
    store.delete_many([store.key(Event.OUTBOX, event.key_name) for event in events])


class PubSub:
    """Google's client as a sender, made at first use: its channel must not be open when gunicorn forks."""

    def __init__(self, project: str, topic: str = TOPIC) -> None:
        self._topic = f"projects/{project}/topics/{topic}"

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        from google.pubsub_v1 import PublisherClient

        request = {
            "topic": self._topic,
            "messages": [{"data": one.data, "attributes": dict(one.attributes)} for one in messages],
        }
        # The call beneath the client's batching: one request, one deadline, no thread that goes on trying.
        PublisherClient.publish(self._client, request=request, retry=None, timeout=seconds)

    def warm_up(self) -> None:
        _ = self._client

    @cached_property
    def _client(self) -> "PublisherClient":
        from google.cloud.pubsub_v1 import PublisherClient

        return PublisherClient()
