"""Makes topics and subscriptions as the table of subscribers wants them, locally and on Google alike.

Safe to run again: what is there is brought up to date, and what the table does not name any more goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1 import types

from events.delivery import ATTEMPTS
from events.publishing import TOPIC
from events.push import AUDIENCE, push_account
from events.subscribers import SUBSCRIBERS, Subscriber

PREFIX = "quizboard-"
DEAD_LETTERS = "quizboard-dead-letters"
"""A topic, and the subscription that leads to `POST /pubsub/dead-letters`."""

ACK_SECONDS = 60
SHORTEST_BACKOFF = timedelta(seconds=10)
LONGEST_BACKOFF = timedelta(seconds=600)
RETENTION = timedelta(days=7)

UPDATABLE = (
    "ack_deadline_seconds",
    "dead_letter_policy",
    "expiration_policy",
    "message_retention_duration",
    "push_config",
    "retry_policy",
)


class UnknownSubscriber(Exception):
    """The table of subscribers does not have the name."""


@dataclass(frozen=True)
class Setup:
    """`push_base` is where the events service answers; who is paused gets nothing until set up without."""

    project: str
    push_base: str
    paused: frozenset[str] = frozenset()
    publisher: PublisherClient = field(default_factory=PublisherClient)
    subscriber: SubscriberClient = field(default_factory=SubscriberClient)

    def run(self) -> Iterator[str]:
        """Does it, and says what it did, a line each. Raises UnknownSubscriber before anything is done."""
        if unknown := self.paused - SUBSCRIBERS.keys():
            raise UnknownSubscriber(f"there is no subscriber {', '.join(sorted(unknown))}")
        for topic in (TOPIC, DEAD_LETTERS):
            yield f"topic {topic}: {self._make_topic(topic)}"
        wanted = [self._of(subscriber) for subscriber in SUBSCRIBERS.values()]
        for subscription in [*wanted, self._dead_letters()]:
            yield f"subscription {_short(subscription.name)}: {self._make_subscription(subscription)}"
        for name in self._superfluous({one.name for one in wanted}):
            self.subscriber.delete_subscription(subscription=name)
            yield f"subscription {_short(name)}: removed"

    def _make_topic(self, name: str) -> str:
        try:
            self.publisher.create_topic(name=self._topic(name))
        except AlreadyExists:
            return "is there"
        return "made"

    def _make_subscription(self, wanted: types.Subscription) -> str:
        """A filter cannot be changed, nor the topic, which is another after it was removed and made again."""
        try:
            self.subscriber.create_subscription(request=wanted)
            return "made"
        except AlreadyExists:
            there = self.subscriber.get_subscription(subscription=wanted.name)
        if (there.filter, there.topic) != (wanted.filter, wanted.topic):
            self.subscriber.delete_subscription(subscription=wanted.name)
            self.subscriber.create_subscription(request=wanted)
            return "made anew, with another filter or topic"
        self.subscriber.update_subscription(subscription=wanted, update_mask=FieldMask(paths=list(UPDATABLE)))
        return "paused" if not wanted.push_config.push_endpoint else "up to date"

    def _of(self, subscriber: Subscriber) -> types.Subscription:
        return types.Subscription(
            name=self._subscription(PREFIX + subscriber.name),
            topic=self._topic(TOPIC),
            filter=_filter(subscriber),
            push_config=self._push(subscriber.name),
            dead_letter_policy=types.DeadLetterPolicy(
                dead_letter_topic=self._topic(DEAD_LETTERS), max_delivery_attempts=ATTEMPTS
            ),
            **_common(),
        )

    def _dead_letters(self) -> types.Subscription:
        return types.Subscription(
            name=self._subscription(DEAD_LETTERS),
            topic=self._topic(DEAD_LETTERS),
            push_config=self._push("dead-letters"),
            **_common(),
        )

    def _push(self, name: str) -> types.PushConfig:
        """Empty for who is paused: the backlog then waits in the subscription."""
        if name in self.paused:
            return types.PushConfig()
        return types.PushConfig(
            push_endpoint=f"{self.push_base}/pubsub/{name}",
            oidc_token=types.PushConfig.OidcToken(
                service_account_email=push_account(self.project), audience=AUDIENCE
            ),
        )

    def _superfluous(self, wanted: set[str]) -> list[str]:
        return [
            name
            for name in self.publisher.list_topic_subscriptions(topic=self._topic(TOPIC))
            if _short(name).startswith(PREFIX) and name not in wanted
        ]

    def _topic(self, name: str) -> str:
        return f"projects/{self.project}/topics/{name}"

    def _subscription(self, name: str) -> str:
        return f"projects/{self.project}/subscriptions/{name}"


def _common() -> dict[str, Any]:
    return {
        "ack_deadline_seconds": ACK_SECONDS,
        "retry_policy": types.RetryPolicy(minimum_backoff=SHORTEST_BACKOFF, maximum_backoff=LONGEST_BACKOFF),
        "message_retention_duration": RETENTION,
        # Without a time to live, a subscription that is idle for a month would be deleted.
        "expiration_policy": types.ExpirationPolicy(),
    }


def _filter(subscriber: Subscriber) -> str:
    return " OR ".join(f'attributes.type = "{fact.__name__}"' for fact in subscriber.hears)


def _short(name: str) -> str:
    return name.rsplit("/", 1)[1]
