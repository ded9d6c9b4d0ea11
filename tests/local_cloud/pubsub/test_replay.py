"""Retention, seek and snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core import exceptions
from google.protobuf.timestamp_pb2 import Timestamp

from local_cloud.pubsub import PubSubServer
from tests.local_cloud.pubsub.clients import PROJECT, Clock, PubSub, texts

Later = Callable[[float], None]

HOUR = 3600
DAY = 24 * HOUR
SNAPSHOT = f"projects/{PROJECT}/snapshots/before"


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


def seek(cloud: PubSub, subscription: str, target: float | str) -> None:
    if isinstance(target, str):
        cloud.subscriber.seek(request={"subscription": subscription, "snapshot": target})
    else:
        time = datetime.fromtimestamp(target, UTC)
        cloud.subscriber.seek(request={"subscription": subscription, "time": time})


def snapshot(cloud: PubSub, subscription: str, name: str = SNAPSHOT) -> Any:
    return cloud.subscriber.create_snapshot(request={"name": name, "subscription": subscription})


def take_all(cloud: PubSub, subscription: str) -> list[str]:
    received = cloud.pull(subscription)
    if received:
        cloud.ack(subscription, *received)
    return texts(received)


def test_seek_back_brings_the_same_messages_again(cloud: PubSub, topic: str, clock: Clock) -> None:
    subscription = cloud.subscription(topic, retain_acked_messages=True)
    cloud.publish(topic, "old")
    clock.advance(10)
    between = clock.seconds
    clock.advance(10)
    (id_,) = cloud.publish(topic, "new")
    take_all(cloud, subscription)
    seek(cloud, subscription, between)
    (received,) = cloud.pull(subscription)
    assert (received.message.message_id, received.message.data) == (id_, b"new")
    seek(cloud, subscription, between - 20)
    assert take_all(cloud, subscription) == ["old"]


def test_seek_forward_purges(cloud: PubSub, topic: str, clock: Clock) -> None:
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "old")
    cloud.publish(topic, "out")
    cloud.pull(subscription, 1)
    clock.advance(10)
    seek(cloud, subscription, clock.seconds)
    clock.advance(10)
    cloud.publish(topic, "new")
    assert take_all(cloud, subscription) == ["new"]


def test_what_was_acknowledged_and_not_retained_stays_away(cloud: PubSub, topic: str, clock: Clock) -> None:
    subscription = cloud.subscription(topic)
    start = clock.seconds
    cloud.publish(topic, "acknowledged")
    take_all(cloud, subscription)
    cloud.publish(topic, "waiting")
    seek(cloud, subscription, start - HOUR)
    assert take_all(cloud, subscription) == ["waiting"]


def test_a_delivery_from_before_the_seek_acknowledges_nothing_after_it(
    cloud: PubSub, topic: str, clock: Clock
) -> None:
    subscription = cloud.subscription(topic, retain_acked_messages=True)
    cloud.publish(topic, "one")
    received = cloud.pull(subscription)
    cloud.ack(subscription, *received)
    seek(cloud, subscription, clock.seconds - HOUR)
    cloud.ack(subscription, *received)
    assert take_all(cloud, subscription) == ["one"]


def test_seek_keeps_the_order_of_a_key(cloud: PubSub, topic: str, clock: Clock) -> None:
    subscription = cloud.subscription(topic, retain_acked_messages=True, enable_message_ordering=True)
    cloud.publish(topic, "one", "two", key="ada")
    take_all(cloud, subscription)
    cloud.publish(topic, "three", key="ada")
    seek(cloud, subscription, clock.seconds - HOUR)
    assert take_all(cloud, subscription) == ["one", "two", "three"]


def test_a_topic_retains_for_subscriptions_that_come_later(cloud: PubSub, clock: Clock, later: Later) -> None:
    topic = cloud.topic(message_retention_duration={"seconds": HOUR})
    cloud.publish(topic, "too old", kind="a")
    later(HOUR)
    cloud.publish(topic, "one", kind="a")
    cloud.publish(topic, "filtered out", kind="b")
    subscription = cloud.subscription(topic, filter='attributes.kind = "a"')
    assert cloud.pull(subscription) == []
    seek(cloud, subscription, clock.seconds - 2 * HOUR)
    assert take_all(cloud, subscription) == ["one"]


def test_a_message_older_than_the_retention_is_gone(cloud: PubSub, topic: str, later: Later) -> None:
    subscription = cloud.subscription(topic, message_retention_duration={"seconds": 600})
    other = cloud.subscription(topic, "patient")
    cloud.publish(topic, "one")
    later(599)
    received = cloud.pull(subscription)
    assert texts(received) == ["one"]
    cloud.nack(subscription, *received)
    later(1)
    assert cloud.pull(subscription) == []
    assert texts(cloud.pull(other)) == ["one"]


def test_seek_brings_back_no_more_than_is_retained(
    cloud: PubSub, topic: str, clock: Clock, later: Later
) -> None:
    subscription = cloud.subscription(
        topic, retain_acked_messages=True, message_retention_duration={"seconds": 600}
    )
    cloud.publish(topic, "old")
    later(400)
    cloud.publish(topic, "new")
    take_all(cloud, subscription)
    later(300)
    seek(cloud, subscription, clock.seconds - DAY)
    assert take_all(cloud, subscription) == ["new"]


def test_what_nobody_may_ask_for_is_pruned(
    server: PubSubServer, cloud: PubSub, topic: str, later: Later
) -> None:
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "acknowledged", "waiting")
    first, _ = cloud.pull(subscription)
    cloud.ack(subscription, first)
    later(HOUR)
    with server._storage.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM pubsub_messages").fetchone() == (1,)
    later(8 * DAY)
    with server._storage.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM pubsub_messages").fetchone() == (0,)
        assert connection.execute("SELECT COUNT(*) FROM pubsub_deliveries").fetchone() == (0,)


def test_a_snapshot_brings_back_what_was_unacknowledged_then(cloud: PubSub, topic: str, later: Later) -> None:
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "before")
    take_all(cloud, subscription)
    cloud.publish(topic, "then")
    snapshot(cloud, subscription)
    assert take_all(cloud, subscription) == ["then"]
    cloud.publish(topic, "after")
    assert take_all(cloud, subscription) == ["after"]
    later(DAY)
    seek(cloud, subscription, SNAPSHOT)
    assert take_all(cloud, subscription) == ["then", "after"]


def test_a_snapshot_serves_another_subscription_of_its_topic(cloud: PubSub, topic: str) -> None:
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "one")
    snapshot(cloud, subscription)
    other = cloud.subscription(topic, "other")
    seek(cloud, other, SNAPSHOT)
    assert take_all(cloud, other) == ["one"]
    stranger = cloud.subscription(cloud.topic("elsewhere"), "stranger")
    with pytest.raises(exceptions.InvalidArgument):
        seek(cloud, stranger, SNAPSHOT)


def test_a_snapshot_lives_seven_days_less_the_age_of_its_backlog(
    cloud: PubSub, topic: str, clock: Clock, later: Later
) -> None:
    subscription = cloud.subscription(topic)
    fresh = snapshot(cloud, subscription, f"{SNAPSHOT}-fresh")
    assert fresh.expire_time == _time(clock.seconds + 7 * DAY)
    cloud.publish(topic, "one")
    later(3 * DAY)
    aged = snapshot(cloud, subscription)
    assert aged.expire_time == _time(clock.seconds + 4 * DAY)
    later(3.97 * DAY)
    with pytest.raises(exceptions.FailedPrecondition):
        snapshot(cloud, subscription, f"{SNAPSHOT}-late")
    later(0.03 * DAY)
    with pytest.raises(exceptions.NotFound):
        cloud.subscriber.get_snapshot(request={"snapshot": SNAPSHOT})


def test_snapshots_are_found_until_they_are_deleted(cloud: PubSub, topic: str) -> None:
    subscription = cloud.subscription(topic)
    created = snapshot(cloud, subscription)
    unnamed = snapshot(cloud, subscription, "")
    with pytest.raises(exceptions.AlreadyExists):
        snapshot(cloud, subscription)
    assert cloud.subscriber.get_snapshot(request={"snapshot": SNAPSHOT}) == created
    listed = list(cloud.subscriber.list_snapshots(request={"project": f"projects/{PROJECT}"}))
    assert listed == [created, unnamed]
    names = list(cloud.publisher.list_topic_snapshots(request={"topic": topic}))
    assert names == [created.name, unnamed.name]
    cloud.subscriber.delete_snapshot(request={"snapshot": SNAPSHOT})
    with pytest.raises(exceptions.NotFound):
        seek(cloud, subscription, SNAPSHOT)


def test_a_seek_needs_a_target(cloud: PubSub, topic: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.subscriber.seek(request={"subscription": cloud.subscription(topic)})


def _time(seconds: float) -> datetime:
    time: datetime = Timestamp(seconds=int(seconds)).ToDatetime(UTC)
    return time
