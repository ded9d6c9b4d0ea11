"""Publishes events that are committed, and strikes them off the outbox.

Whatever goes wrong here, the event is safe: its row stays in the outbox until Pub/Sub has taken it, and each
finished game takes old rows along. A player waits PUBLISH_SECONDS at most for all of it; after a failure, the
breaker is open and nobody waits.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from events.envelope import Message, wrap
from models.event import Event
from models.patience import StoreUnavailable
from models.position import Position
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


class Spent(Exception):
    """A player has waited long enough."""


class Budget:
    """Seconds that several calls share."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._begun_at = clock()

    def left(self) -> float:
        """Raises Spent."""
        left = self._seconds - (self._clock() - self._begun_at)
        if left <= 0:
            raise Spent(f"{self._seconds} seconds are over")
        return left


class Publisher:
    """A sender behind a circuit breaker."""

    def __init__(self, send: Sender, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._send = send
        self._lock = threading.Lock()
        self._open_until: float | None = None

    def warm_up(self) -> None:
        """Makes the client, so that the first publish takes no longer than the others."""
        self._send.warm_up()

    @property
    def is_broken(self) -> bool:
        until = self._open_until
        return until is not None and self.clock() < until

    def may_try(self) -> bool:
        """Whether the caller is to publish. After the break it is one caller, until that has worked."""
        with self._lock:
            if self.is_broken:
                return False
            if self._open_until is not None:
                self._open_until = self.clock() + BREAK_SECONDS
            return True

    def publish(self, events: Sequence[Event], seconds: float, in_a_hurry: bool = False) -> bool:
        """Whether Pub/Sub has taken all of them; if not, it may have taken some. Never raises.

        A failure in a hurry leaves the breaker closed: it says little about Pub/Sub.
        """
        try:
            self._send([wrap(event) for event in events], seconds)
        except Exception as error:
            _log.warning("%d events stay in the outbox: %r", len(events), error)
            if not in_a_hurry:
                self._open_until = self.clock() + BREAK_SECONDS
            return False
        self._open_until = None
        for event in events:
            context = {"event_id": event.id, "causation_id": event.causation_id}
            _log.info("%s is published", event.type, extra=context)
        return True


def publish(store: Store, publisher: Publisher, events: Sequence[Event], now: datetime) -> None:
    """Publishes new events, and with the time that is left some that were left behind.

    Never raises: what was committed stands.
    """
    if not events or not publisher.may_try():
        return
    budget = Budget(PUBLISH_SECONDS, publisher.clock)
    try:
        if publisher.publish(events, budget.left()):
            _strike_off(store, [event.key_name for event in events], budget.left())
            _drain(store, publisher, now, budget)
    except (Spent, StoreUnavailable) as error:
        _log.warning("events stay in the outbox: %r", error)
    except Exception:
        _log.exception("events stay in the outbox")


def _drain(store: Store, publisher: Publisher, now: datetime, budget: Budget) -> None:
    names, _ = _left_behind(store, now, DRAIN_LENGTH, seconds=budget.left())
    if names:
        events = _events(store, names, budget.left())
        if not events or publisher.publish(events, budget.left(), in_a_hurry=True):
            _strike_off(store, names, budget.left())


def relay(store: Store, publisher: Publisher, now: datetime) -> int:
    """Publishes all that was left behind; how many there were. Stops at the first failure."""
    count, after = 0, None
    while True:
        # From page to page, because a page may hold nothing but rows that are too young.
        names, after = _left_behind(store, now, RELAY_LENGTH, after)
        events = _events(store, names)
        if events and not publisher.publish(events, RELAY_SECONDS):
            return count
        _strike_off(store, names)
        count += len(events)
        if after is None:
            return count


def outbox_length(store: Store) -> int:
    """Events that are not published yet, COUNTED at most."""
    return store.count(Event.OUTBOX, [], up_to=COUNTED)


def _left_behind(
    store: Store, now: datetime, limit: int, after: str | None = None, seconds: float | None = None
) -> tuple[list[str], str | None]:
    """The names of some old rows, and where to go on; None after the last."""
    page = store.query(Event.OUTBOX, limit=limit, after=after, keys_only=True, seconds=seconds)
    names = [row.key.name for row in page.entities]
    old = [name for name in names if now - Position.from_key_name(name).time > OLD_AFTER]
    return old, page.cursor if len(names) == limit else None


def _events(store: Store, names: Sequence[str], seconds: float | None = None) -> list[Event]:
    """Fewer than names where an event has expired: its row is then struck off with the others."""
    found = store.get_many([store.key(Event.KIND, name) for name in names], seconds)
    return [Event.from_entity(entity) for entity in found if entity is not None]


def _strike_off(store: Store, names: Sequence[str], seconds: float | None = None) -> None:
    store.delete_many([store.key(Event.OUTBOX, name) for name in names], seconds)


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
