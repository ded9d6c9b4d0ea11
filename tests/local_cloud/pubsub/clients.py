"""Google's own clients, a clock that stands still, and short names for what tests say often."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google import pubsub_v1 as api
from google.cloud import pubsub_v1  # type: ignore[attr-defined]

from local_cloud.pubsub import PubSubServer
from local_cloud.sqlite_file import SqliteFile

PROJECT = "quiz"


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        # Tokens are checked against the real time.
        self.seconds = float(int(time.time()))

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


class PubSub:
    """The clients of one server."""

    def __init__(self, address: str, wake: Callable[[], None] = lambda: None, **options: Any) -> None:
        self.wake = wake
        with _emulator(address):
            self.publisher = pubsub_v1.PublisherClient(**options)
            self.subscriber = pubsub_v1.SubscriberClient()

    def close(self) -> None:
        self.publisher.transport.close()
        self.subscriber.close()

    def topic(self, name: str = "games", **fields: Any) -> str:
        path = f"projects/{PROJECT}/topics/{name}"
        self.publisher.create_topic(request={"name": path, **fields})
        return path

    def subscription(self, topic: str, name: str = "leaderboard", **fields: Any) -> str:
        path = f"projects/{PROJECT}/subscriptions/{name}"
        self.subscriber.create_subscription(request={"name": path, "topic": topic, **fields})
        return path

    def publish(self, topic: str, *data: str, key: str = "", **attributes: str) -> list[str]:
        """One request; the ids."""
        messages = [{"data": d.encode(), "attributes": attributes, "ordering_key": key} for d in data]
        return self.publish_messages(topic, *messages)

    def publish_messages(self, topic: str, *messages: Any) -> list[str]:
        plain = api.PublisherClient(transport=self.publisher.transport)
        request = {"topic": topic, "messages": messages}
        return list(plain.publish(request=request, retry=None).message_ids)

    def pull(self, subscription: str, most: int = 100) -> list[Any]:
        """What there is at once."""
        with warnings.catch_warnings():
            # Deprecated for its cost to Google, and just right for a test.
            warnings.simplefilter("ignore", DeprecationWarning)
            request = {"subscription": subscription, "max_messages": most, "return_immediately": True}
            response = self.subscriber.pull(request=request, retry=None)
        return list(response.received_messages)

    def ack(self, subscription: str, *received: Any) -> None:
        self.subscriber.acknowledge(
            request={"subscription": subscription, "ack_ids": [each.ack_id for each in received]}
        )

    def postpone(self, subscription: str, seconds: int, *received: Any) -> None:
        self.subscriber.modify_ack_deadline(
            request={
                "subscription": subscription,
                "ack_ids": [each.ack_id for each in received],
                "ack_deadline_seconds": seconds,
            }
        )

    def nack(self, subscription: str, *received: Any) -> None:
        self.postpone(subscription, 0, *received)


def texts(received: list[Any]) -> list[str]:
    return [each.message.data.decode() for each in received]


@contextmanager
def _emulator(address: str) -> Iterator[None]:
    before = os.environ.get("PUBSUB_EMULATOR_HOST")
    os.environ["PUBSUB_EMULATOR_HOST"] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ["PUBSUB_EMULATOR_HOST"]
        else:
            os.environ["PUBSUB_EMULATOR_HOST"] = before


@contextmanager
def a_server(folder: Path | None, clock: Callable[[], float], port: int = 0) -> Iterator[PubSubServer]:
    file = SqliteFile(folder)
    file.open()
    server = PubSubServer(file, port, clock)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        file.close()


@contextmanager
def a_cloud(folder: Path | None, clock: Callable[[], float]) -> Iterator[PubSub]:
    """A server and its clients."""
    with a_server(folder, clock) as server:
        cloud = PubSub(server.address, server.wake)
        try:
            yield cloud
        finally:
            cloud.close()
