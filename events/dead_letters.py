"""The events that were set aside: shown, told again to the one subscriber, or let go."""

from datetime import datetime

from events.delivery import reason_of
from events.envelope import Message, unwrap
from events.publishing import Publisher, publish
from events.subscribers import SUBSCRIBERS
from models.dead_letter import DeadLetter
from models.store import Store

ROW = "{letter.set_aside_at:%Y-%m-%d %H:%M:%S}  {letter.attempts:>8}  {letter.name}  {letter.reason}"
HEADING = "set aside (UTC)      attempts  name  reason"


class StillDead(Exception):
    """The subscriber cannot handle the event yet; the letter stays."""


def listing(letters: list[DeadLetter]) -> str:
    ordered = sorted(letters, key=lambda letter: letter.set_aside_at)
    return "\n".join([HEADING, *(ROW.format(letter=letter) for letter in ordered)])


def redrive(store: Store, publisher: Publisher, letter: DeadLetter, now: datetime) -> None:
    """Tells the event again to its subscriber alone; the letter goes when that has worked.

    Interrupted or run twice, it leaves the same state. Raises StillDead.
    """
    subscriber = SUBSCRIBERS.get(letter.subscriber)
    if subscriber is None:
        raise StillDead(f"there is no subscriber {letter.subscriber!r} any more")
    if letter.is_cut:
        raise StillDead("the message was too long to be kept whole; it was cut and cannot be told again")
    try:
        event = unwrap(Message.from_text(letter.message))
        told = subscriber.handle(store, event) if subscriber.wants(event) else ()
    except Exception as error:
        raise StillDead(reason_of(error)) from error
    publish(store, publisher, told, now)
    letter.discard(store)
