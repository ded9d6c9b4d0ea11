"""Hands one message to one subscriber. What can never be handled is set aside, what may be later raises.

The consumer itself sets aside, because only it knows the reason; Pub/Sub does where that cannot be written.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from events.envelope import Message, unwrap
from events.schemas import Unreadable
from events.subscribers import Subscriber
from models.dead_letter import REASON_LENGTH, DeadLetter
from models.event import Event
from models.store import Store

ATTEMPTS = 100
"""So often an event is told to who fails. What is raised the last time is the reason of a dead letter."""

GIVEN_UP = "too many attempts; the log lines of the event say why"

_log = logging.getLogger(__name__)


def deliver(
    store: Store, subscriber: Subscriber, message: Message, attempts: int, now: datetime
) -> Sequence[Event]:
    """Returns what the subscriber tells. Raises whatever it raises, unless this is the last attempt."""
    try:
        event = unwrap(message)
    except Unreadable as fault:
        set_aside(store, subscriber.name, message, str(fault), attempts, now)
        return ()
    if not subscriber.wants(event):
        return ()
    try:
        told = subscriber.handle(store, event)
    except Exception as error:
        if attempts < ATTEMPTS:
            raise
        _log.exception("%s has failed for the last time", subscriber.name)
        set_aside(store, subscriber.name, message, reason_of(error), attempts, now)
        return ()
    _log.info("%s is handled", event.type)
    return told


def reason_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def set_aside(
    store: Store, subscriber: str, message: Message, reason: str, attempts: int, now: datetime
) -> None:
    _letter(subscriber, message, reason, attempts, now).keep(store)


def give_up(store: Store, subscriber: str, message: Message, attempts: int, now: datetime) -> None:
    """For what Pub/Sub tells no more. A letter that is there already stays: it knows the reason better."""
    _letter(subscriber, message, GIVEN_UP, attempts, now).keep_unless_there(store)


def _letter(subscriber: str, message: Message, reason: str, attempts: int, now: datetime) -> DeadLetter:
    letter = DeadLetter(subscriber, message.name, reason, attempts, now, message.to_text())
    _log.error("dead letter %s: %a", letter.name, reason[:REASON_LENGTH])
    return letter
