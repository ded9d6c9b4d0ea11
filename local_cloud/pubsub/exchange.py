"""From publishers to backlogs, from backlogs to subscribers, and from there to the dead letters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from local_cloud.pubsub import ledger
from local_cloud.pubsub.catalogue import Catalogue, Subscription, Topic
from local_cloud.pubsub.deliveries import Arrival, Taken
from local_cloud.pubsub.messages import (
    MICROSECONDS,
    PubsubMessage,
    ReceivedMessage,
    microseconds_of,
    utc,
)
from local_cloud.pubsub.names import id_of, project_of
from local_cloud.pubsub.storage import Storage

Shares = list[tuple[Subscription, list[Arrival]]]

DEAD_LETTER_ATTRIBUTE = "CloudPubSubDeadLetterSource"


class Exchange:
    def __init__(self, storage: Storage, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._catalogue = catalogue
        self._clock = clock

    def publish(self, topic_name: str, messages: Sequence[PubsubMessage]) -> list[str]:
        """The ids of the messages, which are on disk."""
        with self._catalogue.changing:
            topic = self._catalogue.topic(topic_name)
            with self._storage.writing() as connection:
                shares = self._store(connection, topic, messages)
            self._add(shares)
        return [message.message_id for message in messages]

    def acknowledge(self, subscription: Subscription, ack_ids: Iterable[str]) -> None:
        with self._catalogue.changing:
            with subscription.backlog.changed:
                numbers = subscription.backlog.acknowledge(ack_ids)
            if numbers:
                with self._storage.writing() as connection:
                    keep = subscription.resource.retain_acked_messages
                    ledger.settle(connection, subscription.id, numbers, keep)

    def postpone(self, subscription: Subscription, deadlines: Iterable[tuple[str, int]]) -> None:
        """Ack ids and seconds from now; 0 gives the message back."""
        with subscription.backlog.changed:
            for ack_id, seconds in deadlines:
                subscription.backlog.postpone(ack_id, seconds, self._clock())
        self.bury(subscription)

    def tick(self, subscription: Subscription) -> list[str]:
        """Let time pass: the ack ids that expired by it."""
        with subscription.backlog.changed:
            expired = subscription.backlog.tick(self._clock())
        self.bury(subscription)
        return expired

    def received(self, subscription: Subscription, taken: Sequence[Taken]) -> list[ReceivedMessage]:
        """What was taken, with its content."""
        numbers = [each.number for each in taken]
        with self._storage.reading() as connection:
            messages = ledger.read(connection, numbers)
        if len(messages) < len(numbers):
            with subscription.backlog.changed:
                subscription.backlog.remove(set(numbers) - set(messages))
        counts = subscription.resource.HasField("dead_letter_policy")
        return [
            ReceivedMessage(
                ack_id=each.ack_id,
                message=messages[each.number],
                delivery_attempt=each.attempt if counts else 0,
            )
            for each in taken
            if each.number in messages
        ]

    def bury(self, subscription: Subscription) -> None:
        """Forward what failed too often to the dead-letter topic; without one it is delivered as before."""
        with subscription.backlog.changed:
            dead = dict(subscription.backlog.take_dead())
        if not dead:
            return
        is_forwarded = False
        try:
            with self._catalogue.changing:
                is_forwarded = self._forward(subscription, dead)
        finally:
            with subscription.backlog.changed:
                if is_forwarded:
                    subscription.backlog.remove(dead)
                else:
                    for number in dead:
                        subscription.backlog.revive(number)

    def _forward(self, subscription: Subscription, dead: dict[int, int]) -> bool:
        """From number to attempts. False if there is nowhere to forward to."""
        name = subscription.resource.dead_letter_policy.dead_letter_topic
        topic = self._catalogue.find_topic(name)
        if topic is None:
            return False
        with self._storage.reading() as connection:
            found = ledger.read(connection, list(dead))
        letters = [_dead_letter(found[number], subscription, dead[number]) for number in found]
        with self._storage.writing() as connection:
            shares = self._store(connection, topic, letters)
            keep = subscription.resource.retain_acked_messages
            ledger.settle(connection, subscription.id, dead, keep)
        self._add(shares)
        return True

    def _store(
        self, connection: sqlite3.Connection, topic: Topic, messages: Sequence[PubsubMessage]
    ) -> Shares:
        """Every subscription's share of it."""
        published = int(self._clock() * MICROSECONDS)
        arrivals = ledger.append(connection, topic.id, messages, published)
        shares: Shares = []
        for subscription in self._catalogue.attached(topic):
            share = [
                subscription.arrival(arrival)
                for arrival, message in zip(arrivals, messages, strict=True)
                if subscription.matches(message.attributes)
            ]
            ledger.owe(connection, subscription.id, [arrival.number for arrival in share])
            shares.append((subscription, share))
        return shares

    def _add(self, shares: Shares) -> None:
        """Once they are on disk, and in their order: the caller holds `changing`."""
        for subscription, share in shares:
            with subscription.backlog.changed:
                subscription.backlog.add(share, self._clock())


def _dead_letter(message: PubsubMessage, source: Subscription, attempts: int) -> PubsubMessage:
    letter = PubsubMessage(data=message.data, ordering_key=message.ordering_key)
    letter.attributes.update(message.attributes)
    published = utc(microseconds_of(message.publish_time))
    letter.attributes[f"{DEAD_LETTER_ATTRIBUTE}DeliveryCount"] = str(attempts)
    letter.attributes[f"{DEAD_LETTER_ATTRIBUTE}Subscription"] = id_of(source.resource.name)
    letter.attributes[f"{DEAD_LETTER_ATTRIBUTE}SubscriptionProject"] = project_of(source.resource.name)
    letter.attributes[f"{DEAD_LETTER_ATTRIBUTE}TopicPublishTime"] = published.isoformat(
        timespec="milliseconds"
    )
    return letter
