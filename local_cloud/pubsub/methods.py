"""How gRPC reaches the calls: methods by path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_cloud.grpc_server import Call, Method, Methods
from local_cloud.pubsub.messages import PullRequest, StreamingPullRequest
from local_cloud.pubsub.pull import Pulls
from local_cloud.pubsub.service import PublisherService, SubscriberService

PUBLISHER = "google.pubsub.v1.Publisher"
SUBSCRIBER = "google.pubsub.v1.Subscriber"


def publisher_methods(service: PublisherService) -> Methods:
    return {f"/{PUBLISHER}/{name}": _plain(*call) for name, call in service.calls().items()}


def subscriber_methods(service: SubscriberService, pulls: Pulls) -> Methods:
    methods = {f"/{SUBSCRIBER}/{name}": _plain(*call) for name, call in service.calls().items()}
    methods[f"/{SUBSCRIBER}/Pull"] = Method(PullRequest, pulls.pull)
    methods[f"/{SUBSCRIBER}/StreamingPull"] = Method(StreamingPullRequest, pulls.stream, is_stream=True)
    return methods


def _plain(answer: Callable[[Any], Any], request_class: Any) -> Method:
    def answer_call(request: Any, call: Call) -> Any:
        return answer(request)

    return Method(request_class, answer_call)
