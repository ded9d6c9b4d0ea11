"""How gRPC reaches the calls: names of methods, classes of requests, and faults as statuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc

from local_cloud.faults import Fault
from local_cloud.pubsub.messages import PullRequest, StreamingPullRequest
from local_cloud.pubsub.pull import Pulls
from local_cloud.pubsub.service import PublisherService, SubscriberService

PUBLISHER = "google.pubsub.v1.Publisher"
SUBSCRIBER = "google.pubsub.v1.Subscriber"

_log = logging.getLogger(__name__)


def publisher_handler(service: PublisherService) -> grpc.GenericRpcHandler:
    handlers = {name: _unary(_plain(call), request) for name, (call, request) in service.calls().items()}
    return grpc.method_handlers_generic_handler(PUBLISHER, handlers)


def subscriber_handler(service: SubscriberService, pulls: Pulls) -> grpc.GenericRpcHandler:
    handlers = {name: _unary(_plain(call), request) for name, (call, request) in service.calls().items()}
    handlers["Pull"] = _unary(pulls.pull, PullRequest)
    handlers["StreamingPull"] = _stream(pulls.stream, StreamingPullRequest)
    return grpc.method_handlers_generic_handler(SUBSCRIBER, handlers)


def _plain(call: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
    return lambda request, context: call(request)


def _unary(call: Callable[[Any, grpc.ServicerContext], Any], request_class: Any) -> Any:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(request, context)
        except Exception as error:
            _abort(context, error)

    return grpc.unary_unary_rpc_method_handler(answer, request_class.FromString, _serialized)


def _stream(call: Callable[[Iterator[Any], grpc.ServicerContext], Iterator[Any]], request_class: Any) -> Any:
    def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from call(requests, context)
        except Exception as error:
            _abort(context, error)

    return grpc.stream_stream_rpc_method_handler(answer, request_class.FromString, _serialized)


def _abort(context: grpc.ServicerContext, error: Exception) -> NoReturn:
    if not isinstance(error, Fault):
        _log.error("A call failed", exc_info=error)
        error = Fault(grpc.StatusCode.INTERNAL, "The local cloud failed; its log tells why.")
    context.abort(error.code, error.message)
    raise AssertionError("abort() raises")


def _serialized(response: Any) -> bytes:
    return bytes(response.SerializeToString())
