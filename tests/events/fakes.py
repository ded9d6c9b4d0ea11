"""Pub/Sub by hand: it takes, fails, or takes and then raises; and hands on what it has taken when told to."""

from collections.abc import Callable, Sequence
from datetime import datetime

from events.delivery import deliver
from events.envelope import Message
from events.subscribers import SUBSCRIBERS
from models.event import Event
from models.store import Store


class FakePubSub:
    """A sender. `fails` takes nothing and raises; `forgets` takes all and raises."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.batches: list[int] = []
        """How many messages each attempt had."""
        self.fails = self.forgets = False
        self.is_warm = False

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        self.batches.append(len(messages))
        if not self.fails:
            self.taken += messages
        if self.fails or self.forgets:
            raise RuntimeError("no answer")

    def warm_up(self) -> None:
        self.is_warm = True

    @property
    def ids(self) -> list[str]:
        return [message.attributes["id"] for message in self.taken]

    def hand_on(self, store: Store, now: datetime) -> list[Event]:
        """Tells every subscriber all that was taken; what they tell in turn."""
        return [
            told
            for message in self.taken
            for subscriber in SUBSCRIBERS.values()
            for told in deliver(store, subscriber, message, 1, now)
        ]


class AtOnce:
    """A sender that hands every message on while it takes it: Pub/Sub on its best day."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        for message in messages:
            for subscriber in SUBSCRIBERS.values():
                deliver(self._store, subscriber, message, 1, self._clock())

    def warm_up(self) -> None: ...
