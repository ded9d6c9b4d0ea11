"""Who is told what: the whole event side on one screen.

A subscriber is a function from an event to one commit. It is called at least once for every event, in any
order, perhaps twice, perhaps years late, and must leave the same state each time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from models import leaderboard
from models.event import Event, GameFinished
from models.store import Store


@dataclass(frozen=True)
class Subscriber:
    name: str
    hears: frozenset[str]
    handle: Callable[[Event, Store], None]


def enter_on_boards(event: Event, store: Store) -> None:
    leaderboard.record(store, GameFinished.from_event(event))


SUBSCRIBERS = (Subscriber("leaderboard", frozenset({GameFinished.TYPE}), enter_on_boards),)
