"""A service to try the server with: it says what it hears, with Google's wrapper of a text."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from local_cloud.faults import not_found
from local_cloud.grpc_server import Call, GrpcServer, Method

MAX_CALLS = 20
MAX_REQUEST_BYTES = 5_000_000
PATH = "/test.Service/"


class Service:
    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.remaining: float | None = None
        self.ended = threading.Event()

    def echo(self, request: BytesValue, call: Call) -> BytesValue:
        self.remaining = call.time_remaining()
        return request

    def wait(self, request: BytesValue, call: Call) -> BytesValue:
        call.add_callback(self.ended.set)
        self.entered.release()
        assert self.gate.wait(60)
        return request

    def miss(self, request: BytesValue, call: Call) -> BytesValue:
        raise not_found(request.value.decode())

    def break_down(self, request: BytesValue, call: Call) -> BytesValue:
        raise RuntimeError("This is not meant to be seen.")

    def chat(self, requests: Iterator[BytesValue], call: Call) -> Iterator[BytesValue]:
        """Every message comes back; b"fault" ends it."""
        call.add_callback(self.ended.set)
        self.entered.release()
        for request in requests:
            if request.value == b"fault":
                raise not_found("No more.")
            yield request

    def be_deaf(self, requests: Iterator[BytesValue], call: Call) -> Iterator[BytesValue]:
        """Hears the first message, and no other before the gate opens."""
        yield next(requests)
        assert self.gate.wait(60)
        yield from requests

    def methods(self) -> dict[str, Method]:
        return {
            f"{PATH}Echo": Method(BytesValue, self.echo),
            f"{PATH}Wait": Method(BytesValue, self.wait),
            f"{PATH}Miss": Method(BytesValue, self.miss),
            f"{PATH}BreakDown": Method(BytesValue, self.break_down),
            f"{PATH}Chat": Method(BytesValue, self.chat, is_stream=True),
            f"{PATH}BeDeaf": Method(BytesValue, self.be_deaf, is_stream=True),
        }


class Client:
    """Of Google's gRPC."""

    def __init__(self, address: str, *options: tuple[str, Any]) -> None:
        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(address, [*unlimited, *options])

    def method(self, name: str) -> grpc.UnaryUnaryMultiCallable:
        return self.channel.unary_unary(f"{PATH}{name}", BytesValue.SerializeToString, BytesValue.FromString)

    def call(self, name: str, value: bytes, **options: Any) -> bytes:
        return bytes(self.method(name)(BytesValue(value=value), timeout=60, **options).value)

    def stream(self, name: str = "Chat") -> grpc.StreamStreamMultiCallable:
        return self.channel.stream_stream(
            f"{PATH}{name}", BytesValue.SerializeToString, BytesValue.FromString
        )


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[GrpcServer]:
    server = GrpcServer("test", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    server.start(0)
    yield server
    service.gate.set()
    server.stop(5)


@pytest.fixture
def client(server: GrpcServer) -> Iterator[Client]:
    client = Client(server.address)
    yield client
    client.channel.close()
