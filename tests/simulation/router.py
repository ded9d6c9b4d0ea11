"""Pub/Sub as it may behave: it fails, takes and raises, tells twice, late, out of order, and gives up."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from google.api_core.exceptions import ServiceUnavailable

from controllers.pubsub import DELIVERY_COUNT, SOURCE_SUBSCRIPTION
from events.envelope import Message
from events.subscribers import SUBSCRIBERS
from tests.simulation.faults import Faults

DAY = 24 * 3600.0
LATEST = 5 * DAY
SHORTEST_BACKOFF, LONGEST_BACKOFF = 10.0, 600.0

DEAD_LETTERS = "dead-letters"

Push = Callable[[str, Message, int], bool]
"""Hands a message to a subscriber, the nth time; whether it was acknowledged."""


@dataclass
class Delivery:
    subscriber: str
    message: Message
    attempts: int = 0
    is_over: bool = False


class Router:
    """A sender, and what leads from it to the subscribers.

    `wait` lets seconds pass, `later` does something after so many.
    """

    def __init__(
        self,
        rng: random.Random,
        faults: Faults,
        between: Callable[[str], None],
        wait: Callable[[float], None],
        later: Callable[[float, str, Callable[[], None]], None],
        push: Push,
    ) -> None:
        self._rng, self._faults = rng, faults
        self._between, self._wait, self._later, self._push = between, wait, later, push
        self.attempts = rng.randint(5, 12)
        self.taken: list[str] = []
        """The ids of all that was published, as often as it was."""

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        self._between("before publishing")
        takes = self._faults.delay("publish slow")
        self._wait(min(takes, seconds))
        if takes > seconds or self._faults.happens("publish fails"):
            raise ServiceUnavailable("not taken")
        is_lost = self._faults.happens("publish takes and raises")
        for message in messages[: self._rng.randint(0, len(messages))] if is_lost else messages:
            self.take(message)
        self._between("after publishing")
        if is_lost:
            raise ServiceUnavailable("some of it taken")

    def warm_up(self) -> None:
        pass

    def take(self, message: Message) -> None:
        self.taken.append(message.attributes.get("id", ""))
        for name, subscriber in SUBSCRIBERS.items():
            if message.attributes.get("type") in {fact.__name__ for fact in subscriber.hears}:
                self._route(name, message)

    def _route(self, subscriber: str, message: Message) -> None:
        delivery = Delivery(subscriber, message)
        self._schedule(delivery, self._delay())
        if self._faults.happens("told twice"):
            self._schedule(delivery, self._delay(), again=True)

    def _delay(self) -> float:
        if self._faults.happens("told late"):
            return self._rng.choice((60.0, 3600.0, DAY, LATEST)) * self._rng.random()
        return 3 * self._rng.random()

    def _schedule(self, delivery: Delivery, delay: float, again: bool = False) -> None:
        what = f"{delivery.message.attributes.get('id')} to {delivery.subscriber}"
        self._later(delay, what, lambda: self._tell(delivery, again))

    def _tell(self, delivery: Delivery, again: bool) -> None:
        if delivery.is_over and not again:
            return
        delivery.attempts += 1
        acknowledged = self._push(delivery.subscriber, delivery.message, delivery.attempts)
        if delivery.is_over:
            return
        if acknowledged and not self._faults.happens("acknowledgement lost"):
            delivery.is_over = True
        elif delivery.attempts >= self.attempts and delivery.subscriber != DEAD_LETTERS:
            delivery.is_over = True
            self._route(DEAD_LETTERS, _given_up(delivery))
        elif not again:
            backoff = SHORTEST_BACKOFF * 2 ** min(delivery.attempts, 10)
            self._schedule(delivery, min(backoff, LONGEST_BACKOFF))


def _given_up(delivery: Delivery) -> Message:
    added = {
        SOURCE_SUBSCRIPTION: f"quizboard-{delivery.subscriber}",
        DELIVERY_COUNT: str(delivery.attempts),
    }
    return replace(delivery.message, attributes=delivery.message.attributes | added)
