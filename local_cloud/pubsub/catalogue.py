"""The topics and subscriptions there are: in memory for everyone who asks, on disk for the next start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.field_mask_pb2 import FieldMask

from local_cloud.faults import Fault, already_exists, not_found
from local_cloud.pubsub import checks, ledger
from local_cloud.pubsub.backlog import Backlog
from local_cloud.pubsub.deliveries import Arrival, Rules
from local_cloud.pubsub.filters import Predicate, compile_filter
from local_cloud.pubsub.messages import MICROSECONDS, seconds_of
from local_cloud.pubsub.messages import Subscription as SubscriptionResource
from local_cloud.pubsub.messages import Topic as TopicResource
from local_cloud.pubsub.names import DELETED_TOPIC, project_of
from local_cloud.pubsub.storage import Storage

_UPDATE = "UPDATE pubsub_subscriptions SET resource = ? WHERE id = ?"


@dataclass
class Topic:
    id: int
    resource: TopicResource


@dataclass
class Subscription:
    id: int
    topic: int
    resource: SubscriptionResource
    backlog: Backlog
    matches: Predicate

    def arrival(self, arrival: Arrival) -> Arrival:
        """As this subscription sees it: without the key if it keeps no order."""
        return arrival if self.resource.enable_message_ordering else arrival._replace(key="")


class Catalogue:
    """Hold `changing` for whatever must see, or be seen by, every change in one order; it may nest."""

    def __init__(self, storage: Storage, clock: Callable[[], float], remind: Callable[[float], None]) -> None:
        self.changing = threading.RLock()
        self._storage = storage
        self._clock = clock
        self._remind = remind
        self._topics: dict[str, Topic] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def load(self) -> None:
        with self._storage.reading() as connection:
            for id_, name, blob in connection.execute("SELECT id, name, resource FROM pubsub_topics"):
                self._topics[name] = Topic(id_, TopicResource.FromString(blob))
            sql = "SELECT id, topic, resource FROM pubsub_subscriptions"
            for id_, topic, blob in connection.execute(sql).fetchall():
                subscription = self._live(id_, topic, SubscriptionResource.FromString(blob))
                with subscription.backlog.changed:
                    arrivals = [subscription.arrival(each) for each in ledger.owed(connection, id_)]
                    subscription.backlog.add(arrivals, self._clock())

    def close(self, fault: Fault) -> None:
        """Everyone who waits for messages is answered with that."""
        for subscription in self.subscriptions():
            with subscription.backlog.changed:
                subscription.backlog.close(fault)

    def topic(self, name: str) -> Topic:
        with self.changing:
            if name not in self._topics:
                raise not_found(f"There is no topic {name}.")
            return self._topics[name]

    def find_topic(self, name: str) -> Topic | None:
        with self.changing:
            return self._topics.get(name)

    def topics(self, project: str) -> list[Topic]:
        with self.changing:
            return [self._topics[name] for name in sorted(self._topics) if project_of(name) == project]

    def create_topic(self, resource: TopicResource) -> Topic:
        checks.complete_topic(resource)
        with self.changing:
            if resource.name in self._topics:
                raise already_exists(f"There is a topic {resource.name} already.")
            sql = "INSERT INTO pubsub_topics (name, resource, retention) VALUES (?, ?, ?)"
            with self._storage.writing() as connection:
                row = (resource.name, resource.SerializeToString(), _retention(resource))
                id_ = connection.execute(sql, row).lastrowid or 0
            self._topics[resource.name] = Topic(id_, resource)
            return self._topics[resource.name]

    def update_topic(self, wanted: TopicResource, mask: FieldMask) -> Topic:
        with self.changing:
            topic = self.topic(wanted.name)
            changed = checks.update_topic(topic.resource, wanted, mask)
            checks.complete_topic(changed)
            sql = "UPDATE pubsub_topics SET resource = ?, retention = ? WHERE id = ?"
            with self._storage.writing() as connection:
                connection.execute(sql, (changed.SerializeToString(), _retention(changed), topic.id))
            topic.resource = changed
            for subscription in self.attached(topic):
                self._set_rules(subscription)
            return topic

    def delete_topic(self, name: str) -> None:
        """Its subscriptions stay, with what they have and the name of no topic."""
        with self.changing:
            topic = self.topic(name)
            orphans = [(each, _orphaned(each.resource)) for each in self.attached(topic)]
            with self._storage.writing() as connection:
                connection.execute("DELETE FROM pubsub_topics WHERE id = ?", (topic.id,))
                for subscription, resource in orphans:
                    connection.execute(_UPDATE, (resource.SerializeToString(), subscription.id))
            del self._topics[name]
            for subscription, resource in orphans:
                subscription.resource = resource
                self._set_rules(subscription)

    def attached(self, topic: Topic) -> list[Subscription]:
        return [each for each in self.subscriptions() if each.topic == topic.id]

    def subscription(self, name: str) -> Subscription:
        with self.changing:
            if name not in self._subscriptions:
                raise not_found(f"There is no subscription {name}.")
            return self._subscriptions[name]

    def subscriptions(self, project: str | None = None) -> list[Subscription]:
        with self.changing:
            names = sorted(self._subscriptions)
            return [self._subscriptions[n] for n in names if project is None or project_of(n) == project]

    def create_subscription(self, resource: SubscriptionResource) -> Subscription:
        checks.complete_subscription(resource)
        with self.changing:
            if resource.name in self._subscriptions:
                raise already_exists(f"There is a subscription {resource.name} already.")
            topic = self.topic(resource.topic)
            self._check_dead_letter_topic(resource)
            sql = "INSERT INTO pubsub_subscriptions (name, topic, resource) VALUES (?, ?, ?)"
            with self._storage.writing() as connection:
                row = (resource.name, topic.id, resource.SerializeToString())
                id_ = connection.execute(sql, row).lastrowid or 0
            return self._live(id_, topic.id, resource)

    def update_subscription(self, wanted: SubscriptionResource, mask: FieldMask) -> Subscription:
        with self.changing:
            subscription = self.subscription(wanted.name)
            changed = checks.update_subscription(subscription.resource, wanted, mask)
            checks.complete_subscription(changed)
            self._check_dead_letter_topic(changed)
            with self._storage.writing() as connection:
                connection.execute(_UPDATE, (changed.SerializeToString(), subscription.id))
            subscription.resource = changed
            self._set_rules(subscription)
            return subscription

    def delete_subscription(self, name: str) -> Subscription:
        with self.changing:
            subscription = self.subscription(name)
            with self._storage.writing() as connection:
                connection.execute("DELETE FROM pubsub_subscriptions WHERE id = ?", (subscription.id,))
                connection.execute("DELETE FROM pubsub_deliveries WHERE subscription = ?", (subscription.id,))
            del self._subscriptions[name]
            with subscription.backlog.changed:
                subscription.backlog.close(not_found(f"There is no subscription {name}."))
            return subscription

    def described(self, subscription: Subscription) -> SubscriptionResource:
        """The resource with what the server alone knows."""
        with self.changing:
            described = SubscriptionResource()
            described.CopyFrom(subscription.resource)
            topic = self.find_topic(subscription.resource.topic)
            if topic is not None and topic.resource.HasField("message_retention_duration"):
                retention = topic.resource.message_retention_duration
                described.topic_message_retention_duration.CopyFrom(retention)
            return described

    def _live(self, id_: int, topic: int, resource: SubscriptionResource) -> Subscription:
        backlog = Backlog(self._rules(resource), self._remind)
        live = Subscription(id_, topic, resource, backlog, compile_filter(resource.filter))
        self._subscriptions[resource.name] = live
        return live

    def _set_rules(self, subscription: Subscription) -> None:
        with subscription.backlog.changed:
            subscription.backlog.rules = self._rules(subscription.resource)
            subscription.backlog.changed.notify_all()

    def _rules(self, resource: SubscriptionResource) -> Rules:
        topic = self.find_topic(resource.topic)
        return checks.rules_of(resource, topic.resource if topic else None)

    def _check_dead_letter_topic(self, resource: SubscriptionResource) -> None:
        if resource.HasField("dead_letter_policy"):
            self.topic(resource.dead_letter_policy.dead_letter_topic)


def _orphaned(resource: SubscriptionResource) -> SubscriptionResource:
    orphan = SubscriptionResource()
    orphan.CopyFrom(resource)
    orphan.topic = DELETED_TOPIC
    return orphan


def _retention(topic: TopicResource) -> int:
    return int(seconds_of(topic.message_retention_duration) * MICROSECONDS)
