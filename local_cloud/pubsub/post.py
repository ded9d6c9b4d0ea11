"""One push: the documented request for a message, and a POST that can be given up from another thread."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local_cloud.pubsub.messages import PubsubMessage, ReceivedMessage, Subscription, microseconds_of, utc

USER_AGENT = "CloudPubSub-Google"


@dataclass(frozen=True)
class PushRequest:
    url: str
    headers: dict[str, str | bytes]
    body: bytes


def push_request(subscription: Subscription, received: ReceivedMessage, token: str | None) -> PushRequest:
    """token: signed for this subscription, None if it wants none."""
    config = subscription.push_config
    headers: dict[str, str | bytes] = {"User-Agent": USER_AGENT}
    if config.WhichOneof("wrapper") == "no_wrapper":
        body = bytes(received.message.data)
        if config.no_wrapper.write_metadata:
            headers |= _metadata(subscription, received.message)
    else:
        body = json.dumps(_wrapped(subscription, received)).encode()
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return PushRequest(config.push_endpoint, headers, body)


def _wrapped(subscription: Subscription, received: ReceivedMessage) -> dict[str, Any]:
    message = received.message
    published = _rfc3339(message)
    content: dict[str, Any] = {}
    if message.data:
        content["data"] = base64.b64encode(message.data).decode()
    if message.attributes:
        content["attributes"] = dict(message.attributes)
    content |= {"messageId": message.message_id, "message_id": message.message_id}
    content |= {"publishTime": published, "publish_time": published}
    if message.ordering_key:
        content["orderingKey"] = message.ordering_key
    wrapped: dict[str, Any] = {"message": content, "subscription": subscription.name}
    if received.delivery_attempt:
        wrapped["deliveryAttempt"] = received.delivery_attempt
    return wrapped


def _metadata(subscription: Subscription, message: PubsubMessage) -> dict[str, str | bytes]:
    headers: dict[str, str | bytes] = {
        "x-goog-pubsub-subscription-name": subscription.name,
        "x-goog-pubsub-message-id": message.message_id,
        "x-goog-pubsub-publish-time": _rfc3339(message),
    }
    if message.ordering_key:
        headers["x-goog-pubsub-ordering-key"] = message.ordering_key.encode()
    return headers | {key: value.encode() for key, value in message.attributes.items()}


def _rfc3339(message: PubsubMessage) -> str:
    published = utc(microseconds_of(message.publish_time))
    return published.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Post:
    """send() in one thread, abandon() in any."""

    def __init__(self, request: PushRequest, timeout: float) -> None:
        """timeout: seconds without a sign of the endpoint."""
        self._request = request
        self._is_abandoned = False
        url = urlsplit(request.url)
        connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = connection(url.hostname or "", url.port, timeout=timeout)
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")

    def send(self) -> int | None:
        """The status; None if there was no answer, or the message does not fit into a request."""
        connection = self._connection
        try:
            connection.connect()
            if self._is_abandoned:
                return None
            connection.request("POST", self._target, self._request.body, self._request.headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def abandon(self) -> None:
        self._is_abandoned = True
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
