"""Pull, acknowledge, deadlines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions

from tests.local_cloud.pubsub.clients import PubSub, texts

Later = Callable[[float], None]


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


@pytest.fixture
def subscription(cloud: PubSub, topic: str) -> str:
    return cloud.subscription(topic)


def test_a_message_arrives_as_it_was_published(cloud: PubSub, topic: str, subscription: str) -> None:
    (id_,) = cloud.publish(topic, "hello", colour="blue")
    (received,) = cloud.pull(subscription)
    assert received.message.data == b"hello"
    assert dict(received.message.attributes) == {"colour": "blue"}
    assert received.message.message_id == id_
    assert received.delivery_attempt == 0


def test_every_subscription_gets_every_message(cloud: PubSub, topic: str, subscription: str) -> None:
    other = cloud.subscription(topic, "history")
    cloud.publish(topic, "one", "two")
    assert texts(cloud.pull(subscription)) == texts(cloud.pull(other)) == ["one", "two"]


def test_what_was_published_before_the_subscription_is_not_for_it(cloud: PubSub, topic: str) -> None:
    cloud.publish(topic, "early")
    subscription = cloud.subscription(topic)
    assert cloud.pull(subscription) == []


def test_an_acknowledged_message_does_not_come_again(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one")
    cloud.ack(subscription, *cloud.pull(subscription))
    later(700)
    assert cloud.pull(subscription) == []


def test_a_message_that_is_out_comes_to_nobody_else(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one")
    cloud.pull(subscription)
    assert cloud.pull(subscription) == []


def test_it_comes_again_when_the_deadline_has_passed(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one")
    (first,) = cloud.pull(subscription)
    later(9.9)
    assert cloud.pull(subscription) == []
    later(0.1)
    (second,) = cloud.pull(subscription)
    assert second.message.message_id == first.message.message_id
    assert second.ack_id != first.ack_id


def test_a_deadline_can_be_moved(cloud: PubSub, topic: str, subscription: str, later: Later) -> None:
    cloud.publish(topic, "one")
    received = cloud.pull(subscription)
    cloud.postpone(subscription, 60, *received)
    later(59)
    assert cloud.pull(subscription) == []
    later(1)
    assert texts(cloud.pull(subscription)) == ["one"]


def test_a_nack_brings_it_back_at_once(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one")
    cloud.nack(subscription, *cloud.pull(subscription))
    assert texts(cloud.pull(subscription)) == ["one"]


def test_with_a_retry_policy_a_nack_waits_twice_as_long_each_time(
    cloud: PubSub, topic: str, later: Later
) -> None:
    policy = {"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 35}}
    subscription = cloud.subscription(topic, retry_policy=policy)
    cloud.publish(topic, "one")
    for pause in (10, 20, 35, 35):
        cloud.nack(subscription, *cloud.pull(subscription))
        later(pause - 0.5)
        assert cloud.pull(subscription) == []
        later(0.5)
    assert texts(cloud.pull(subscription)) == ["one"]


def test_a_late_acknowledgement_counts(cloud: PubSub, topic: str, subscription: str, later: Later) -> None:
    cloud.publish(topic, "one")
    received = cloud.pull(subscription)
    later(10)
    cloud.ack(subscription, *received)
    assert cloud.pull(subscription) == []


def test_a_nack_of_an_old_delivery_does_not_disturb_the_new_one(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one")
    old = cloud.pull(subscription)
    later(10)
    cloud.pull(subscription)
    cloud.nack(subscription, *old)
    assert cloud.pull(subscription) == []


def test_pull_gives_no_more_than_asked_for(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one", "two", "three")
    assert texts(cloud.pull(subscription, 2)) == ["one", "two"]
    assert texts(cloud.pull(subscription, 2)) == ["three"]


def test_pull_waits_for_a_message(cloud: PubSub, topic: str, subscription: str) -> None:
    found: list[Any] = []

    def pull() -> None:
        response = cloud.subscriber.pull(request={"subscription": subscription, "max_messages": 1})
        found.extend(response.received_messages)

    waiting = threading.Thread(target=pull)
    waiting.start()
    cloud.publish(topic, "one")
    waiting.join(5)
    assert texts(found) == ["one"]


def test_pull_ends_empty_before_the_patience_of_its_caller(cloud: PubSub, subscription: str) -> None:
    response = cloud.subscriber.pull(
        request={"subscription": subscription, "max_messages": 1}, timeout=0.4, retry=None
    )
    assert not response.received_messages


def test_no_answer_is_larger_than_the_client_accepts(cloud: PubSub, topic: str, subscription: str) -> None:
    large = "x" * 2_000_000
    cloud.publish(topic, large)
    cloud.publish(topic, large)
    assert len(cloud.pull(subscription)) == 1
    assert len(cloud.pull(subscription)) == 1


@pytest.mark.parametrize("seconds", [-1, 601])
def test_a_new_deadline_has_bounds(cloud: PubSub, topic: str, subscription: str, seconds: int) -> None:
    cloud.publish(topic, "one")
    with pytest.raises(exceptions.InvalidArgument):
        cloud.postpone(subscription, seconds, *cloud.pull(subscription))


def test_a_malformed_ack_id_is_refused(cloud: PubSub, subscription: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="no acknowledgement id"):
        cloud.subscriber.acknowledge(request={"subscription": subscription, "ack_ids": ["nonsense"]})


def test_pull_asks_for_at_least_one_message(cloud: PubSub, subscription: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.pull(subscription, 0)


def test_a_push_subscription_cannot_be_pulled(cloud: PubSub, topic: str) -> None:
    subscription = cloud.subscription(topic, push_config={"push_endpoint": "http://127.0.0.1:9/"})
    with pytest.raises(exceptions.FailedPrecondition):
        cloud.pull(subscription)


def test_who_waits_for_a_subscription_hears_of_its_end(cloud: PubSub, subscription: str) -> None:
    fault: list[Exception] = []

    def pull() -> None:
        try:
            cloud.subscriber.pull(request={"subscription": subscription, "max_messages": 1}, retry=None)
        except exceptions.NotFound as error:
            fault.append(error)

    waiting = threading.Thread(target=pull)
    waiting.start()
    cloud.subscriber.delete_subscription(request={"subscription": subscription})
    waiting.join(5)
    assert len(fault) == 1
