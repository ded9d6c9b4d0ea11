"""What fails too often goes to the dead-letter topic, and says where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.local_cloud.pubsub.clients import PROJECT, Clock, PubSub, texts
from tests.local_cloud.pubsub.endpoint import Endpoint

Later = Callable[[float], None]


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


@pytest.fixture
def morgue(cloud: PubSub) -> str:
    """The subscription to the dead letters."""
    return cloud.subscription(cloud.topic("dead-letters"), "morgue")


@pytest.fixture
def subscription(cloud: PubSub, topic: str, morgue: str) -> str:
    return cloud.subscription(topic, dead_letter_policy=policy())


def policy(attempts: int = 5) -> dict[str, Any]:
    return {"dead_letter_topic": f"projects/{PROJECT}/topics/dead-letters", "max_delivery_attempts": attempts}


def test_attempts_count_nacks_and_deadlines(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one")
    attempts = []
    for is_nacked in (True, False, True, False):
        received = cloud.pull(subscription)
        attempts.append(received[0].delivery_attempt)
        if is_nacked:
            cloud.nack(subscription, *received)
        else:
            later(10)
    assert attempts == [1, 2, 3, 4]


def test_the_fifth_failure_sends_it_to_the_dead_letters(
    cloud: PubSub, topic: str, morgue: str, subscription: str, clock: Clock
) -> None:
    published = clock.seconds
    (id_,) = cloud.publish(topic, "poison", colour="blue")
    for _ in range(5):
        assert cloud.pull(morgue) == []
        cloud.nack(subscription, *cloud.pull(subscription))
    assert cloud.pull(subscription) == []
    (letter,) = cloud.pull(morgue)
    assert letter.message.data == b"poison"
    assert letter.message.message_id != id_
    attributes = dict(letter.message.attributes)
    time = attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime")
    assert datetime.fromisoformat(time).timestamp() == published
    assert attributes == {
        "colour": "blue",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "leaderboard",
        "CloudPubSubDeadLetterSourceSubscriptionProject": PROJECT,
    }


def test_a_deadline_alone_buries_as_well(
    cloud: PubSub, topic: str, morgue: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "poison")
    for _ in range(5):
        cloud.pull(subscription)
        later(10)
    assert texts(cloud.pull(morgue)) == ["poison"]


def test_the_number_of_attempts_can_be_chosen(cloud: PubSub, topic: str, morgue: str) -> None:
    subscription = cloud.subscription(topic, dead_letter_policy=policy(7))
    cloud.publish(topic, "poison")
    for _ in range(7):
        assert cloud.pull(morgue) == []
        cloud.nack(subscription, *cloud.pull(subscription))
    assert texts(cloud.pull(morgue)) == ["poison"]


def test_a_poison_message_stops_nobody(
    cloud: PubSub, topic: str, morgue: str, endpoint: Endpoint, later: Later
) -> None:
    endpoint.answer = lambda push: 500 if push.json["message"]["attributes"]["kind"] == "poison" else 204
    cloud.subscription(
        topic, "pushed", push_config={"push_endpoint": endpoint.url}, dead_letter_policy=policy()
    )
    cloud.publish(topic, "poison", kind="poison")
    ids = cloud.publish(topic, *(f"{n}" for n in range(10)), kind="good")
    endpoint.wait_for(15, lambda: later(0.2))
    assert {push.message_id for push in endpoint.pushes} >= set(ids)
    letters: list[Any] = []
    for _ in range(100):
        letters += cloud.pull(morgue)
        later(0.2)
    assert {letter.message.data for letter in letters} == {b"poison"}


def test_a_dead_letter_unblocks_its_key(cloud: PubSub, topic: str, morgue: str) -> None:
    subscription = cloud.subscription(topic, dead_letter_policy=policy(), enable_message_ordering=True)
    cloud.publish(topic, "poison", "next", key="ada")
    for _ in range(5):
        first, *_ = cloud.pull(subscription, 1)
        cloud.nack(subscription, first)
    assert texts(cloud.pull(subscription)) == ["next"]
    (letter,) = cloud.pull(morgue)
    assert letter.message.ordering_key == "ada"


def test_without_the_dead_letter_topic_it_is_delivered_on(
    cloud: PubSub, topic: str, morgue: str, subscription: str
) -> None:
    cloud.publish(topic, "poison")
    cloud.publisher.delete_topic(request={"topic": policy()["dead_letter_topic"]})
    for _ in range(8):
        received = cloud.pull(subscription)
        assert texts(received) == ["poison"]
        cloud.nack(subscription, *received)
