"""How gRPC reaches the calls: methods by path."""

from __future__ import annotations

from local_cloud.grpc_server import Method, Methods, plain
from local_cloud.pubsub.messages import PullRequest, StreamingPullRequest
from local_cloud.pubsub.pull import Pulls
from local_cloud.pubsub.service import PublisherService, SubscriberService

PUBLISHER = "google.pubsub.v1.Publisher"
SUBSCRIBER = "google.pubsub.v1.Subscriber"


def publisher_methods(service: PublisherService) -> Methods:
    calls = service.calls().items()
    return {f"/{PUBLISHER}/{name}": plain(request, answer) for name, (answer, request) in calls}


def subscriber_methods(service: SubscriberService, pulls: Pulls) -> Methods:
    calls = service.calls().items()
    methods = {f"/{SUBSCRIBER}/{name}": plain(request, answer) for name, (answer, request) in calls}
    methods[f"/{SUBSCRIBER}/Pull"] = Method(PullRequest, pulls.pull)
    methods[f"/{SUBSCRIBER}/StreamingPull"] = Method(StreamingPullRequest, pulls.stream, is_stream=True)
    return methods
