"""Streaming pull, as SubscriberClient.subscribe() uses it, and as the protocol describes it."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from google.api_core import exceptions
from google.cloud import pubsub_v1  # type: ignore[attr-defined]

from local_cloud.pubsub import PubSubServer
from local_cloud.pubsub.exchange import Exchange
from tests.local_cloud.pubsub.clients import PubSub, texts

Later = Callable[[float], None]

PATIENCE_SECONDS = 10


class Stream:
    """A stream by hand: requests go in, responses come out."""

    def __init__(self, cloud: PubSub, subscription: str, **first: Any) -> None:
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.send(subscription=subscription, **{"stream_ack_deadline_seconds": 10} | first)
        self._responses = cloud.subscriber.streaming_pull(requests=iter(self._requests.get, None))
        self.received: list[Any] = []
        self.fault: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send(self, **request: Any) -> None:
        self._requests.put(request)

    def wait_for(self, number: int) -> list[Any]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= number, PATIENCE_SECONDS)
            return self.received

    def stays_at(self, number: int) -> bool:
        with self._changed:
            return not self._changed.wait_for(lambda: len(self.received) > number, 0.15)

    def end(self) -> Exception | None:
        """How it ended, once it has."""
        self._requests.put(None)
        self._thread.join(PATIENCE_SECONDS)
        return self.fault

    def _listen(self) -> None:
        try:
            for response in self._responses:
                with self._changed:
                    self.received.extend(response.received_messages)
                    self._changed.notify_all()
        except exceptions.GoogleAPICallError as fault:
            self.fault = fault


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


@pytest.fixture
def subscription(cloud: PubSub, topic: str) -> str:
    return cloud.subscription(topic)


@pytest.fixture
def stream(cloud: PubSub, subscription: str) -> Iterator[Callable[..., Stream]]:
    opened: list[Stream] = []

    def open_stream(**first: Any) -> Stream:
        opened.append(Stream(cloud, subscription, **first))
        return opened[-1]

    yield open_stream
    for each in opened:
        each.end()


def test_googles_subscriber_gets_everything_once(cloud: PubSub, topic: str, subscription: str) -> None:
    received: queue.Queue[str] = queue.Queue()

    def handle(message: Any) -> None:
        received.put(message.data.decode())
        message.ack()

    pulling = cloud.subscriber.subscribe(subscription, callback=handle)
    cloud.publish(topic, *(f"{n}" for n in range(200)))
    found = [received.get(timeout=PATIENCE_SECONDS) for _ in range(200)]
    assert sorted(found, key=int) == [f"{n}" for n in range(200)]
    pulling.cancel()
    pulling.result(timeout=PATIENCE_SECONDS)
    assert received.empty()


def test_googles_subscriber_may_nack(cloud: PubSub, topic: str, subscription: str) -> None:
    seen: queue.Queue[str] = queue.Queue()
    nacked: set[str] = set()

    def handle(message: Any) -> None:
        seen.put(message.message_id)
        if message.message_id in nacked:
            message.ack()
        else:
            nacked.add(message.message_id)
            message.nack()

    pulling = cloud.subscriber.subscribe(subscription, callback=handle)
    ids = cloud.publish(topic, "one", "two")
    assert sorted(seen.get(timeout=PATIENCE_SECONDS) for _ in range(4)) == sorted(ids * 2)
    pulling.cancel()
    pulling.result(timeout=PATIENCE_SECONDS)


def test_googles_subscriber_keeps_the_order_of_a_key(cloud: PubSub, topic: str) -> None:
    subscription = cloud.subscription(topic, "ordered", enable_message_ordering=True)
    seen: dict[str, list[int]] = {"ada": [], "bob": []}
    rest = threading.Semaphore(0)

    def handle(message: Any) -> None:
        seen[message.ordering_key].append(int(message.data))
        message.ack()
        rest.release()

    flow = pubsub_v1.types.FlowControl(max_messages=5)
    pulling = cloud.subscriber.subscribe(subscription, callback=handle, flow_control=flow)
    for key in seen:
        cloud.publish(topic, *(f"{n}" for n in range(20)), key=key)
    assert all(rest.acquire(timeout=PATIENCE_SECONDS) for _ in range(40))
    assert seen == {"ada": list(range(20)), "bob": list(range(20))}
    pulling.cancel()
    pulling.result(timeout=PATIENCE_SECONDS)


def test_a_stream_acknowledges(
    cloud: PubSub, topic: str, subscription: str, stream: Callable[..., Stream], later: Later
) -> None:
    opened = stream()
    cloud.publish(topic, "one")
    (received,) = opened.wait_for(1)
    opened.send(ack_ids=[received.ack_id])
    assert opened.end() is None
    later(700)
    assert cloud.pull(subscription) == []


def test_a_stream_moves_deadlines(
    cloud: PubSub, topic: str, subscription: str, stream: Callable[..., Stream], later: Later
) -> None:
    opened = stream(max_outstanding_messages=2)
    cloud.publish(topic, "patient", "nacked")
    patient, nacked = opened.wait_for(2)
    opened.send(modify_deadline_ack_ids=[patient.ack_id, nacked.ack_id], modify_deadline_seconds=[60, 0])
    assert texts(opened.wait_for(3)) == ["patient", "nacked", "nacked"]
    opened.end()
    later(30)
    assert texts(cloud.pull(subscription)) == ["nacked"]


def test_the_deadline_of_a_stream_is_its_own(
    cloud: PubSub, topic: str, subscription: str, stream: Callable[..., Stream], later: Later
) -> None:
    opened = stream(stream_ack_deadline_seconds=60)
    cloud.publish(topic, "one")
    opened.wait_for(1)
    later(59)
    assert opened.stays_at(1)
    later(1)
    opened.wait_for(2)


def test_no_more_is_out_than_the_stream_allows(
    cloud: PubSub, topic: str, stream: Callable[..., Stream]
) -> None:
    opened = stream(max_outstanding_messages=3)
    cloud.publish(topic, *(f"{n}" for n in range(10)))
    received = opened.wait_for(3)
    assert opened.stays_at(3)
    opened.send(ack_ids=[received[0].ack_id])
    assert texts(opened.wait_for(4)) == ["0", "1", "2", "3"]
    assert opened.stays_at(4)


def test_no_more_bytes_are_out_than_the_stream_allows(
    cloud: PubSub, topic: str, stream: Callable[..., Stream]
) -> None:
    opened = stream(max_outstanding_bytes=2500)
    cloud.publish(topic, *("x" * 1000 for n in range(10)))
    received = opened.wait_for(2)
    assert opened.stays_at(3)
    opened.send(ack_ids=[each.ack_id for each in received])
    opened.wait_for(4)


def test_who_has_gone_holds_up_nobody_longer_than_the_deadline(
    cloud: PubSub, topic: str, subscription: str, stream: Callable[..., Stream], later: Later
) -> None:
    opened = stream()
    cloud.publish(topic, "one")
    opened.wait_for(1)
    assert opened.end() is None
    cloud.publish(topic, "two")
    assert texts(cloud.pull(subscription)) == ["two"]
    later(10)
    assert texts(cloud.pull(subscription)) == ["one", "two"]


@pytest.mark.parametrize(
    "request_",
    [
        {"stream_ack_deadline_seconds": 9},
        {"modify_deadline_ack_ids": ["1-1"]},
        {"ack_ids": ["nonsense"]},
        {"max_outstanding_messages": 5},
    ],
    ids=str,
)
def test_a_wrong_request_ends_the_stream(stream: Callable[..., Stream], request_: dict[str, Any]) -> None:
    opened = stream()
    opened.send(**request_)
    assert isinstance(opened.end(), exceptions.InvalidArgument)


def test_a_stream_hears_that_its_subscription_is_deleted(
    cloud: PubSub, topic: str, subscription: str, stream: Callable[..., Stream]
) -> None:
    opened = stream()
    cloud.publish(topic, "one")
    opened.wait_for(1)
    cloud.subscriber.delete_subscription(request={"subscription": subscription})
    opened._thread.join(PATIENCE_SECONDS)
    assert isinstance(opened.fault, exceptions.NotFound)


def test_a_stream_hears_that_the_server_stops(
    server: PubSubServer, cloud: PubSub, topic: str, stream: Callable[..., Stream]
) -> None:
    opened = stream()
    cloud.publish(topic, "one")
    opened.wait_for(1)
    server.stop()
    opened._thread.join(PATIENCE_SECONDS)
    assert isinstance(opened.fault, exceptions.ServiceUnavailable)


def test_a_stream_does_not_hide_that_an_acknowledgement_failed(
    stream: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> NoReturn:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Exchange, "acknowledge", fail)
    opened = stream()
    opened.send(ack_ids=["1"])
    assert isinstance(opened.end(), exceptions.InternalServerError)
