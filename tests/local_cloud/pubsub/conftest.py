"""Every test has a server of its own, with a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from local_cloud.pubsub import PubSubServer
from tests.local_cloud.pubsub.clients import Clock, PubSub, a_server
from tests.local_cloud.pubsub.endpoint import Endpoint


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[PubSubServer]:
    with a_server(None, clock) as server:
        yield server


@pytest.fixture
def cloud(server: PubSubServer) -> Iterator[PubSub]:
    cloud = PubSub(server.address, server.wake)
    yield cloud
    cloud.close()


@pytest.fixture
def endpoint(clock: Clock) -> Iterator[Endpoint]:
    endpoint = Endpoint(clock)
    yield endpoint
    endpoint.close()


@pytest.fixture
def later(clock: Clock, server: PubSubServer) -> Callable[[float], None]:
    """later(10): ten seconds pass, and the server notices."""

    def pass_time(seconds: float) -> None:
        clock.advance(seconds)
        server.wake()

    return pass_time
