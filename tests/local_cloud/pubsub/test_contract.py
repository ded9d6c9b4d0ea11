"""What our server and Google's emulator agree on. Where the emulator breaks the documented rules (filters,
202 and 203, dead letters, tokens, orderingKey in a push, short deadlines) it is no judge, and not asked."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.protobuf.field_mask_pb2 import FieldMask

from tests.emulator import NoEmulator, googles_emulator
from tests.local_cloud.pubsub.clients import PROJECT, PubSub, a_server, texts
from tests.local_cloud.pubsub.endpoint import Endpoint


@pytest.fixture(scope="session", params=["ours", "Google's"])
def any_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "ours":
        with a_server(None, time.time) as server:
            yield server.address
        return
    folder = tmp_path_factory.mktemp("emulator")
    with ExitStack() as stack:
        try:
            address = stack.enter_context(googles_emulator("pubsub", folder, f"--data-dir={folder}"))
        except NoEmulator as reason:
            pytest.skip(str(reason))
        yield address


@pytest.fixture
def cloud(any_address: str) -> Iterator[PubSub]:
    cloud = PubSub(any_address)
    yield cloud
    cloud.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint(time.time)
    yield endpoint
    endpoint.close()


@pytest.fixture
def name() -> str:
    """No other test's."""
    return f"n{uuid.uuid4().hex}"


@pytest.fixture
def topic(cloud: PubSub, name: str) -> str:
    return cloud.topic(name)


@pytest.fixture
def subscribe(cloud: PubSub, topic: str) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def subscribe(**fields: Any) -> str:
        made.append(cloud.subscription(topic, f"s{uuid.uuid4().hex}", **fields))
        return made[-1]

    yield subscribe
    for subscription in made:
        with suppress(exceptions.NotFound):
            cloud.subscriber.delete_subscription(request={"subscription": subscription})


def wait_for(cloud: PubSub, subscription: str, number: int) -> list[Any]:
    """Pulls until so many have come."""
    received: list[Any] = []
    for _ in range(50):
        request = {"subscription": subscription, "max_messages": number - len(received)}
        received += cloud.subscriber.pull(request=request, timeout=10).received_messages
        if len(received) == number:
            return received
    raise AssertionError(f"Only {len(received)} of {number} messages came.")


def test_topics_live_and_die(cloud: PubSub, name: str, topic: str) -> None:
    assert cloud.publisher.get_topic(request={"topic": topic}).name == topic
    listed = [each.name for each in cloud.publisher.list_topics(request={"project": f"projects/{PROJECT}"})]
    assert topic in listed
    with pytest.raises(exceptions.AlreadyExists):
        cloud.topic(name)
    cloud.publisher.delete_topic(request={"topic": topic})
    with pytest.raises(exceptions.NotFound):
        cloud.publisher.get_topic(request={"topic": topic})
    with pytest.raises(exceptions.NotFound):
        cloud.publish(topic, "one")


def test_subscriptions_live_and_die(cloud: PubSub, topic: str, subscribe: Callable[..., str]) -> None:
    subscription = subscribe()
    found = cloud.subscriber.get_subscription(request={"subscription": subscription})
    assert (found.name, found.topic, found.ack_deadline_seconds) == (subscription, topic, 10)
    assert found.message_retention_duration == timedelta(days=7)
    assert list(cloud.publisher.list_topic_subscriptions(request={"topic": topic})) == [subscription]
    with pytest.raises(exceptions.AlreadyExists):
        cloud.subscription(topic, subscription.rpartition("/")[2])
    cloud.subscriber.delete_subscription(request={"subscription": subscription})
    with pytest.raises(exceptions.NotFound):
        cloud.subscriber.get_subscription(request={"subscription": subscription})


@pytest.mark.parametrize("bad", ["ab", "1abc", "a b c"])
def test_bad_names_are_refused(cloud: PubSub, bad: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.topic(bad)


def test_a_subscription_needs_its_topic(cloud: PubSub, name: str) -> None:
    with pytest.raises(exceptions.NotFound):
        cloud.subscription(f"projects/{PROJECT}/topics/{name}", name)


def test_three_attempts_are_too_few(topic: str, subscribe: Callable[..., str]) -> None:
    # 400 either way: the emulator calls it OUT_OF_RANGE.
    with pytest.raises(exceptions.BadRequest):
        subscribe(dead_letter_policy={"dead_letter_topic": topic, "max_delivery_attempts": 3})


def test_updates_follow_their_mask(cloud: PubSub, subscribe: Callable[..., str]) -> None:
    subscription = subscribe()
    wanted = {"name": subscription, "ack_deadline_seconds": 60, "retain_acked_messages": True}
    mask = FieldMask(paths=["ack_deadline_seconds"])
    updated = cloud.subscriber.update_subscription(request={"subscription": wanted, "update_mask": mask})
    assert (updated.ack_deadline_seconds, updated.retain_acked_messages) == (60, False)


def test_a_message_is_pulled_as_it_was_published(
    cloud: PubSub, topic: str, subscribe: Callable[..., str]
) -> None:
    subscription = subscribe()
    (id_,) = cloud.publish(topic, "hello", colour="blue")
    (received,) = wait_for(cloud, subscription, 1)
    assert received.message.data == b"hello"
    assert dict(received.message.attributes) == {"colour": "blue"}
    assert received.message.message_id == id_
    assert abs(datetime.now(UTC) - received.message.publish_time) < timedelta(seconds=10)


def test_an_empty_message_is_refused(cloud: PubSub, topic: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.publish(topic, "")


def test_a_nack_brings_it_back_and_an_ack_does_not(
    cloud: PubSub, topic: str, subscribe: Callable[..., str]
) -> None:
    subscription = subscribe()
    cloud.publish(topic, "one")
    first = wait_for(cloud, subscription, 1)
    cloud.nack(subscription, *first)
    second = wait_for(cloud, subscription, 1)
    assert first[0].message.message_id == second[0].message.message_id
    cloud.ack(subscription, *second)
    assert cloud.pull(subscription) == []


def test_a_key_is_pulled_in_order(cloud: PubSub, topic: str, subscribe: Callable[..., str]) -> None:
    subscription = subscribe(enable_message_ordering=True)
    numbers = [f"{n}" for n in range(10)]
    cloud.publish(topic, *numbers, key="ada")
    received: list[Any] = []
    while len(received) < 10:
        batch = wait_for(cloud, subscription, 1)
        cloud.ack(subscription, *batch)
        received += batch
    assert texts(received) == numbers


def test_the_body_of_a_push(
    cloud: PubSub, topic: str, endpoint: Endpoint, subscribe: Callable[..., str]
) -> None:
    subscription = subscribe(push_config={"push_endpoint": endpoint.url})
    (id_,) = cloud.publish(topic, "hello", colour="blue")
    (push,) = endpoint.wait_for(1)
    published = push.json["message"]["publishTime"]
    assert push.json == {
        "subscription": subscription,
        "message": {
            "data": base64.b64encode(b"hello").decode(),
            "attributes": {"colour": "blue"},
            "messageId": id_,
            "message_id": id_,
            "publishTime": published,
            "publish_time": published,
        },
    }
    assert push.headers["Content-Type"] == "application/json"


def test_an_unwrapped_push(
    cloud: PubSub, topic: str, endpoint: Endpoint, subscribe: Callable[..., str]
) -> None:
    no_wrapper = {"write_metadata": True}
    subscription = subscribe(push_config={"push_endpoint": endpoint.url, "no_wrapper": no_wrapper})
    (id_,) = cloud.publish(topic, "hello", colour="blue")
    (push,) = endpoint.wait_for(1)
    assert push.body == b"hello"
    assert push.headers["x-goog-pubsub-subscription-name"] == subscription
    assert push.headers["x-goog-pubsub-message-id"] == id_
    assert push.headers["colour"] == "blue"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_acknowledges_a_push(
    cloud: PubSub, topic: str, endpoint: Endpoint, subscribe: Callable[..., str], status: int
) -> None:
    endpoint.answer = lambda push: status
    subscribe(push_config={"push_endpoint": endpoint.url})
    cloud.publish(topic, "one")
    endpoint.wait_for(1)
    assert endpoint.stays_silent(1, 0.5)


@pytest.mark.parametrize("status", [400, 500, 503])
def test_failure_brings_a_push_again(
    cloud: PubSub, topic: str, endpoint: Endpoint, subscribe: Callable[..., str], status: int
) -> None:
    endpoint.answer = lambda push: 204 if len(endpoint.pushes) > 1 else status
    subscribe(push_config={"push_endpoint": endpoint.url})
    cloud.publish(topic, "one")
    first, second = endpoint.wait_for(2)
    assert first.message_id == second.message_id


def test_seek_to_the_past_redelivers_the_same_ids(
    cloud: PubSub, topic: str, subscribe: Callable[..., str]
) -> None:
    subscription = subscribe(retain_acked_messages=True)
    ids = cloud.publish(topic, "one", "two", "three")
    cloud.ack(subscription, *wait_for(cloud, subscription, 3))
    past = datetime.now(UTC) - timedelta(hours=1)
    cloud.subscriber.seek(request={"subscription": subscription, "time": past})
    again = wait_for(cloud, subscription, 3)
    assert sorted(each.message.message_id for each in again) == sorted(ids)


def test_a_snapshot_lives_seven_days(cloud: PubSub, name: str, subscribe: Callable[..., str]) -> None:
    snapshot = f"projects/{PROJECT}/snapshots/{name}"
    created = cloud.subscriber.create_snapshot(request={"name": snapshot, "subscription": subscribe()})
    assert abs(created.expire_time - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    cloud.subscriber.delete_snapshot(request={"snapshot": snapshot})


def test_googles_subscriber_is_served(cloud: PubSub, topic: str, subscribe: Callable[..., str]) -> None:
    subscription = subscribe()
    ids = cloud.publish(topic, *(f"{n}" for n in range(20)))
    seen: set[str] = set()

    def handle(message: Any) -> None:
        seen.add(message.message_id)
        message.ack()
        if len(seen) == len(ids):
            pulling.cancel()

    pulling = cloud.subscriber.subscribe(subscription, callback=handle)
    pulling.result(timeout=20)
    assert seen == set(ids)
