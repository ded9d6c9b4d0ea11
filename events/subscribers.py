"""Who hears what and who tells what: the whole event side on one screen.

A subscriber is a function from an event to one commit, and returns the events that the commit brought about;
`names` and `erasure` make several commits, because a player may have more rows than one takes, and `stream`
only wakes who counts. It is called at least once for every event, in any order, perhaps twice, perhaps years
late, and must leave the same state each time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from events import waking
from models import history, leaderboard, personal_data
from models.event import (
    BadgeEarned,
    BestBeaten,
    Event,
    Fact,
    GameFinished,
    PlayerErased,
    PlayerRenamed,
    QuestionFlagged,
)
from models.store import Store
from models.version import Rows


@dataclass(frozen=True)
class Subscriber:
    name: str
    hears: tuple[type[Fact], ...]
    tells: tuple[type[Fact], ...]
    handle: Callable[[Store, Event], Sequence[Event]]
    keeps: Sequence[Rows] = ()
    """What it keeps in versions, so that a new one can be built beside the live one."""

    def wants(self, event: Event) -> bool:
        return self.hears_of(event.type)

    def hears_of(self, type_name: str) -> bool:
        return type_name in {fact.__name__ for fact in self.hears}


SUBSCRIBERS: Mapping[str, Subscriber] = {
    subscriber.name: subscriber
    for subscriber in (
        Subscriber(
            "leaderboard",
            hears=(GameFinished,),
            tells=(BestBeaten,),
            handle=leaderboard.record,
            keeps=leaderboard.KEEPS,
        ),
        Subscriber(
            "history",
            hears=(GameFinished,),
            tells=(BadgeEarned,),
            handle=history.record,
            keeps=history.KEEPS,
        ),
        Subscriber("names", hears=(PlayerRenamed,), tells=(), handle=leaderboard.rename),
        Subscriber("erasure", hears=(PlayerErased,), tells=(), handle=personal_data.remove),
        Subscriber("stream", hears=(GameFinished,), tells=(), handle=waking.wake),
    )
}

TOLD_BY_PLAYERS: tuple[type[Fact], ...] = (GameFinished, QuestionFlagged, PlayerRenamed, PlayerErased)
"""What the controllers publish after something that a player did."""
