"""Ordering keys with pull."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.local_cloud.pubsub.clients import PubSub, texts

Later = Callable[[float], None]


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


@pytest.fixture
def subscription(cloud: PubSub, topic: str) -> str:
    return cloud.subscription(topic, enable_message_ordering=True)


def test_a_key_comes_in_order(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one", "two", "three", key="ada")
    assert texts(cloud.pull(subscription)) == ["one", "two", "three"]


def test_what_follows_waits_until_what_is_out_is_settled(
    cloud: PubSub, topic: str, subscription: str
) -> None:
    cloud.publish(topic, "one", "two", key="ada")
    cloud.publish(topic, "other", key="bob")
    first = cloud.pull(subscription, 1)
    assert texts(cloud.pull(subscription)) == ["other"]
    cloud.ack(subscription, *first)
    assert texts(cloud.pull(subscription)) == ["two"]


def test_a_nack_brings_back_the_later_ones_too(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one", "two", "three", key="ada")
    one, two, three = cloud.pull(subscription)
    cloud.ack(subscription, one)
    cloud.nack(subscription, two)
    cloud.ack(subscription, three)
    assert texts(cloud.pull(subscription)) == ["two", "three"]


def test_an_acknowledgement_does_not_overtake(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "one", "two", key="ada")
    one, two = cloud.pull(subscription)
    cloud.ack(subscription, two)
    cloud.nack(subscription, one)
    assert texts(cloud.pull(subscription)) == ["one", "two"]


def test_acknowledged_in_any_order_all_is_settled(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one", "two", "three", key="ada")
    one, two, three = cloud.pull(subscription)
    for received in (three, one, two):
        cloud.ack(subscription, received)
    later(700)
    assert cloud.pull(subscription) == []


def test_a_deadline_brings_back_the_later_ones_too(
    cloud: PubSub, topic: str, subscription: str, later: Later
) -> None:
    cloud.publish(topic, "one", "two", key="ada")
    _, two = cloud.pull(subscription)
    cloud.postpone(subscription, 60, two)
    later(10)
    assert texts(cloud.pull(subscription)) == ["one", "two"]


def test_other_keys_and_no_key_do_not_wait(cloud: PubSub, topic: str, subscription: str) -> None:
    cloud.publish(topic, "stuck", key="ada")
    cloud.pull(subscription)
    cloud.publish(topic, "stuck too", key="ada")
    cloud.publish(topic, "bob's", key="bob")
    cloud.publish(topic, "free")
    assert texts(cloud.pull(subscription)) == ["bob's", "free"]


def test_without_ordering_a_key_holds_up_nothing(cloud: PubSub, topic: str) -> None:
    subscription = cloud.subscription(topic, "unordered")
    cloud.publish(topic, "one", "two", key="ada")
    cloud.pull(subscription, 1)
    assert texts(cloud.pull(subscription)) == ["two"]
