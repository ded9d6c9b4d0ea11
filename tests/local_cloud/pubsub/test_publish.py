"""Publishing: batches, ids, times, limits."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import pubsub_v1  # type: ignore[attr-defined]

from local_cloud.pubsub import PubSubServer
from tests.local_cloud.pubsub.clients import Clock, PubSub, texts


def test_ids_are_unique_and_in_order(cloud: PubSub) -> None:
    topic = cloud.topic()
    ids = cloud.publish(topic, *("x" for _ in range(1000))) + cloud.publish(topic, "y")
    assert len(set(ids)) == 1001
    assert ids == sorted(ids, key=int)


def test_the_publish_time_is_the_servers(cloud: PubSub, clock: Clock) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    clock.advance(0.25)
    cloud.publish(topic, "one")
    (received,) = cloud.pull(subscription)
    assert received.message.publish_time.timestamp() == clock.seconds


def test_the_client_that_batches_is_served(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    futures = [cloud.publisher.publish(topic, f"{n}".encode(), number=str(n)) for n in range(250)]
    ids = [future.result(timeout=10) for future in futures]
    received = cloud.pull(subscription, 1000)
    assert {each.message.message_id for each in received} == set(ids)
    assert all(each.message.attributes["number"] == each.message.data.decode() for each in received)


def test_the_client_that_orders_is_served(server: PubSubServer, cloud: PubSub) -> None:
    options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    topic = cloud.topic()
    subscription = cloud.subscription(topic, enable_message_ordering=True)
    ordered = PubSub(server.address, publisher_options=options)
    futures = [ordered.publisher.publish(topic, f"{n}".encode(), ordering_key="ada") for n in range(50)]
    for future in futures:
        future.result(timeout=10)
    received = cloud.pull(subscription)
    assert texts(received) == [f"{n}" for n in range(50)]
    assert {each.message.ordering_key for each in received} == {"ada"}
    ordered.close()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"ordering_key": "ada"},
        {"data": b"x", "attributes": {f"key-{n}": "" for n in range(101)}},
        {"data": b"x", "attributes": {"k" * 257: "v"}},
        {"data": b"x", "attributes": {"": "v"}},
        {"data": b"x", "attributes": {"k": "v" * 1025}},
        {"data": b"x", "ordering_key": "k" * 1025},
        {"data": b"x" * 10_000_001},
    ],
    ids=["empty", "key only", "attributes", "long key", "no key", "long value", "ordering key", "size"],
)
def test_a_message_beyond_the_limits_is_refused(cloud: PubSub, message: dict[str, Any]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.publish_messages(cloud.topic(), message)


def test_a_message_at_the_limits_is_taken(cloud: PubSub) -> None:
    attributes = {f"{n:03}" + "k" * 253: "v" * 1024 for n in range(100)}
    message = {"data": b"x" * 9_800_000, "attributes": attributes, "ordering_key": "k" * 1024}
    assert cloud.publish_messages(cloud.topic(), message)


def test_a_request_has_at_most_a_thousand_messages(cloud: PubSub) -> None:
    topic = cloud.topic()
    for number in (0, 1001):
        with pytest.raises(exceptions.InvalidArgument, match="1 to 1000"):
            cloud.publish_messages(topic, *({"data": b"x"} for _ in range(number)))


def test_one_bad_message_refuses_the_whole_request(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    with pytest.raises(exceptions.InvalidArgument):
        cloud.publish_messages(topic, {"data": b"good"}, {})
    assert cloud.pull(subscription) == []


def test_a_filter_lets_pass_what_matches(cloud: PubSub) -> None:
    topic = cloud.topic()
    finished = cloud.subscription(topic, "finished", filter='attributes.type = "game.finished"')
    everything = cloud.subscription(topic, "everything")
    cloud.publish(topic, "one", type="game.finished")
    cloud.publish(topic, "two", type="game.started")
    cloud.publish(topic, "three")
    assert texts(cloud.pull(finished)) == ["one"]
    assert texts(cloud.pull(everything)) == ["one", "two", "three"]
