"""Hands one message to one subscriber; what can never be handled is set aside, what may be later raises."""

import logging
from collections.abc import Sequence
from datetime import datetime

from events.envelope import Message, unwrap
from events.schemas import Unreadable
from events.subscribers import Subscriber
from models.dead_letter import REASON_LENGTH, DeadLetter
from models.event import Event
from models.store import Store

_log = logging.getLogger(__name__)


def deliver(
    store: Store, subscriber: Subscriber, message: Message, attempts: int, now: datetime
) -> Sequence[Event]:
    """Returns what the subscriber tells. Raises whatever it raises: then it is to be told again."""
    try:
        event = unwrap(message)
    except Unreadable as fault:
        set_aside(store, subscriber.name, message, str(fault), attempts, now)
        return ()
    return subscriber.handle(store, event) if subscriber.wants(event) else ()


def set_aside(
    store: Store, subscriber: str, message: Message, reason: str, attempts: int, now: datetime
) -> None:
    letter = DeadLetter(subscriber, message.name, reason, attempts, now, message.to_text())
    _log.error("dead letter %s: %a", letter.name, reason[:REASON_LENGTH])
    letter.keep(store)
