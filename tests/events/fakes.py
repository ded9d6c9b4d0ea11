"""Pub/Sub by hand: it takes, fails, or takes and then raises; and hands on what it has taken when told to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from events.delivery import deliver
from events.envelope import Message
from events.subscribers import SUBSCRIBERS, Subscriber
from events.waking import wake
from models.event import Event
from models.store import Store


def subscribers_at(clock: Callable[[], datetime]) -> list[Subscriber]:
    """Those that there are; whoever counts the stream has this clock, and one that runs on while it waits."""
    patient = Patient(clock)
    at_once = partial(wake, clock=patient, wait=patient.wait)
    return [*({**SUBSCRIBERS, "stream": replace(SUBSCRIBERS["stream"], handle=at_once)}).values()]


class Patient:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waited = timedelta()

    def __call__(self) -> datetime:
        return self._clock() + self._waited

    def wait(self, seconds: float) -> None:
        self._waited += timedelta(seconds=seconds)


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
            for subscriber in subscribers_at(lambda: now)
            for told in deliver(store, subscriber, message, 1, now)
        ]


class AtOnce:
    """A sender that hands every message on while it takes it: Pub/Sub on its best day."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        for message in messages:
            for subscriber in subscribers_at(self._clock):
                deliver(self._store, subscriber, message, 1, self._clock())

    def warm_up(self) -> None: ...
