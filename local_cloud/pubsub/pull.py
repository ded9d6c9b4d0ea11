"""Pull and streaming pull: subscribers who come and wait for messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from local_cloud.faults import Code, Fault, failed_precondition, fault_of, invalid
from local_cloud.grpc_server import Call
from local_cloud.pubsub.catalogue import Catalogue, Subscription
from local_cloud.pubsub.checks import check_ack_deadline
from local_cloud.pubsub.deliveries import Holder, Taken
from local_cloud.pubsub.exchange import Exchange
from local_cloud.pubsub.messages import PullRequest, PullResponse, StreamingPullRequest, StreamingPullResponse

MAX_PULL_MESSAGES = 1000
# Google's client accepts 4 MiB at once when it talks to an emulator; one message alone may be larger.
MAX_RESPONSE_BYTES = 3_500_000
PULL_WAIT_SECONDS = 60.0
# An empty answer goes out this long before the caller's patience ends.
PULL_MARGIN_SECONDS = 0.2


class Pulls:
    def __init__(
        self, catalogue: Catalogue, exchange: Exchange, clock: Callable[[], float], max_waiting: int
    ) -> None:
        self._catalogue = catalogue
        self._exchange = exchange
        self._clock = clock
        # Of all clients: whoever waits occupies a thread.
        self._places = threading.BoundedSemaphore(max_waiting)

    def pull(self, request: PullRequest, call: Call) -> PullResponse:
        subscription = self._pullable(request.subscription)
        if request.max_messages <= 0:
            raise invalid("max_messages is a positive number.")
        wait = 0.0 if request.return_immediately else _patience(call)
        call.add_callback(lambda: _wake(subscription))
        with _Place(self._places):
            taken = self._take(subscription, min(request.max_messages, MAX_PULL_MESSAGES), wait, call)
        return PullResponse(received_messages=self._exchange.received(subscription, taken))

    def stream(self, requests: Iterator[StreamingPullRequest], call: Call) -> Iterator[StreamingPullResponse]:
        first = next(requests, None)
        if first is None:
            return
        subscription = self._pullable(first.subscription)
        with _Place(self._places):
            stream = _Stream(subscription, first, self._exchange, self._clock)
            call.add_callback(stream.end)
            threading.Thread(
                target=stream.listen, args=(requests,), name="pubsub-stream", daemon=True
            ).start()
            yield from stream.responses()

    def _pullable(self, name: str) -> Subscription:
        subscription = self._catalogue.subscription(name)
        if subscription.resource.push_config.push_endpoint:
            raise failed_precondition(f"{name} is a push subscription.")
        return subscription

    def _take(self, subscription: Subscription, limit: int, wait: float, call: Call) -> list[Taken]:
        until = time.monotonic() + wait
        backlog = subscription.backlog
        holder = Holder()
        with backlog.changed:
            while not call.is_over:
                if backlog.closed is not None:
                    raise backlog.closed
                taken = backlog.take(holder, self._clock(), limit, MAX_RESPONSE_BYTES)
                rest = until - time.monotonic()
                if taken or rest <= 0:
                    return taken
                backlog.changed.wait(rest)
        return []


class _Stream:
    def __init__(
        self,
        subscription: Subscription,
        first: StreamingPullRequest,
        exchange: Exchange,
        clock: Callable[[], float],
    ) -> None:
        check_ack_deadline(first.stream_ack_deadline_seconds)
        self._subscription = subscription
        self._exchange = exchange
        self._clock = clock
        self._ack_deadline = first.stream_ack_deadline_seconds
        self._max_messages = first.max_outstanding_messages
        self._max_bytes = first.max_outstanding_bytes
        self._holder = Holder()
        self._fault: Fault | None = None
        self._is_ended = False
        self._apply(first)

    def listen(self, requests: Iterator[StreamingPullRequest]) -> None:
        """Acknowledgements and deadlines, until the client goes."""
        try:
            for request in requests:
                _check_later_request(request)
                self._apply(request)
        except Exception as error:
            self._fault = fault_of(error)
        finally:
            self.end()

    def end(self) -> None:
        self._is_ended = True
        _wake(self._subscription)

    def responses(self) -> Iterator[StreamingPullResponse]:
        while taken := self._next():
            response = StreamingPullResponse(
                received_messages=self._exchange.received(self._subscription, taken)
            )
            properties = response.subscription_properties
            properties.message_ordering_enabled = self._subscription.resource.enable_message_ordering
            yield response

    def _apply(self, request: StreamingPullRequest) -> None:
        if request.stream_ack_deadline_seconds:
            check_ack_deadline(request.stream_ack_deadline_seconds)
            self._ack_deadline = request.stream_ack_deadline_seconds
        if request.ack_ids:
            self._exchange.acknowledge(self._subscription, request.ack_ids)
        if len(request.modify_deadline_ack_ids) != len(request.modify_deadline_seconds):
            raise invalid("There are not as many deadlines as acknowledgement ids.")
        if request.modify_deadline_ack_ids:
            pairs = zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=True)
            self._exchange.postpone(self._subscription, list(pairs))

    def _next(self) -> list[Taken]:
        """Waits for messages and for room; empty when the stream is over."""
        backlog = self._subscription.backlog
        with backlog.changed:
            while True:
                fault = self._fault or backlog.closed
                if fault is not None:
                    raise fault
                if self._is_ended:
                    return []
                limit, size = self._room()
                if limit > 0 and size > 0:
                    taken = backlog.take(self._holder, self._clock(), limit, size, self._ack_deadline)
                    if taken:
                        return taken
                backlog.changed.wait()

    def _room(self) -> tuple[int, int]:
        """Messages and bytes; limits that are not positive are none."""
        limit, size = MAX_PULL_MESSAGES, MAX_RESPONSE_BYTES
        if self._max_messages > 0:
            limit = min(limit, self._max_messages - self._holder.messages)
        if self._max_bytes > 0:
            size = min(size, self._max_bytes - self._holder.size)
        return limit, size


class _Place:
    """One of the few."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Fault(Code.RESOURCE_EXHAUSTED, "Too many subscribers wait at once.")

    def __exit__(self, *error: Any) -> None:
        self._places.release()


def _check_later_request(request: StreamingPullRequest) -> None:
    if request.subscription or request.max_outstanding_messages or request.max_outstanding_bytes:
        raise invalid("The subscription and the flow control are set by the first request of a stream only.")


def _patience(call: Call) -> float:
    remaining = call.time_remaining()
    if remaining is None:
        return PULL_WAIT_SECONDS
    return max(0.0, min(PULL_WAIT_SECONDS, float(remaining) - PULL_MARGIN_SECONDS))


def _wake(subscription: Subscription) -> None:
    with subscription.backlog.changed:
        subscription.backlog.changed.notify_all()
