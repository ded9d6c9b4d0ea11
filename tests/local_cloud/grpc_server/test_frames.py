"""What Google's client would never send: frames by hand."""

import gzip
import random
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import BinaryIO

import pytest
from google.protobuf.wrappers_pb2 import BytesValue
from hpack import Decoder, Encoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_cloud.grpc_server import GrpcServer, frames
from local_cloud.grpc_server.frames import Frame, frame
from local_cloud.grpc_server.headers import RequestReader
from local_cloud.grpc_server.messages import Unframing, framed
from tests.local_cloud.grpc_server.conftest import MAX_CALLS, PATH, Client, Service

FULL = frames.END_HEADERS | frames.END_STREAM


class Wire:
    """A connection that says exactly what it is told to."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.file: BinaryIO = self.socket.makefile("rb")
        self.decoder = Decoder()
        self.encoder = Encoder()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def say(self, *what: bytes) -> None:
        self.socket.sendall(b"".join(what))

    def greet(self, values: dict[int, int] | None = None) -> None:
        self.say(frames.PREFACE, frames.settings(values or {}))

    def hear(self) -> Frame | None:
        """The next frame that is no greeting."""
        while heard := frames.read_frame(self.file):
            if heard.kind not in (frames.SETTINGS, frames.WINDOW_UPDATE):
                return heard
        return None

    def hear_answer(self, stream: int) -> tuple[bytes, dict[str, str]]:
        """Message and trailers."""
        data = b""
        while True:
            heard = self.hear()
            assert heard is not None
            assert heard.stream == stream
            if heard.kind == frames.DATA:
                data += heard.payload
            elif heard.kind == frames.HEADERS:
                headers = {str(k): str(v) for k, v in self.decoder.decode(heard.payload)}
                if heard.flags & frames.END_STREAM:
                    packed = next(Unframing("", len(data)).feed(data), None)
                    return BytesValue.FromString(packed.content if packed else b"").value, headers

    def headers(self, method: str = "Echo", *more: tuple[str, str]) -> bytes:
        fields = [(":method", "POST"), (":scheme", "http"), (":path", f"{PATH}{method}"), ("te", "trailers")]
        return self.encoder.encode([*fields, ("content-type", "application/grpc"), *more])


@pytest.fixture
def wire(server: GrpcServer) -> Iterator[Wire]:
    with closing(Wire(server.address)) as wire:
        yield wire


def message(value: bytes) -> bytes:
    return framed(BytesValue(value=value).SerializeToString())


def call(wire: Wire, stream: int, value: bytes) -> bytes:
    opening = frame(frames.HEADERS, frames.END_HEADERS, stream, wire.headers())
    return opening + frame(frames.DATA, frames.END_STREAM, stream, message(value))


def test_padding_and_priority_mean_nothing(wire: Wire) -> None:
    wire.greet()
    padded = frames.PADDED | frames.HAS_PRIORITY | frames.END_HEADERS
    priority = b"\0\0\0\0\7"
    wire.say(frame(frames.HEADERS, padded, 1, b"\3" + priority + wire.headers() + b"\0\0\0"))
    wire.say(frame(frames.PRIORITY, 0, 1, priority))
    wire.say(frame(frames.DATA, frames.PADDED | frames.END_STREAM, 1, b"\2" + message(b"hello") + b"\0\0"))
    assert wire.hear_answer(1) == (b"hello", {"grpc-status": "0"})


def test_headers_may_be_continued(wire: Wire) -> None:
    wire.greet()
    block = wire.headers()
    wire.say(frame(frames.HEADERS, 0, 1, block[:5]), frame(frames.CONTINUATION, 0, 1, block[5:9]))
    wire.say(frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[9:]))
    wire.say(frame(frames.DATA, frames.END_STREAM, 1, message(b"hello")))
    assert wire.hear_answer(1)[0] == b"hello"


def test_the_end_may_come_in_a_frame_of_its_own(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers()))
    wire.say(*(frame(frames.DATA, 0, 1, bytes([byte])) for byte in message(b"bit by bit")))
    wire.say(frame(frames.DATA, frames.END_STREAM, 1))
    assert wire.hear_answer(1)[0] == b"bit by bit"


def test_trailers_end_a_request_too(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers()))
    wire.say(frame(frames.DATA, 0, 1, message(b"hello")))
    wire.say(frame(frames.HEADERS, FULL, 1, wire.encoder.encode([("bye", "now")])))
    assert wire.hear_answer(1)[0] == b"hello"


def test_a_ping_comes_back(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.PING, 0, 0, b"12345678"))
    assert wire.hear() == Frame(frames.PING, frames.ACK, 0, b"12345678")


def test_kinds_that_nobody_knows_are_passed_over(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(77, 0xFF, 5, b"what?"), call(wire, 1, b"hello"))
    assert wire.hear_answer(1)[0] == b"hello"


def test_an_answer_waits_for_room_of_its_call(wire: Wire) -> None:
    wire.greet({frames.INITIAL_WINDOW_SIZE: 3})
    wire.say(call(wire, 1, b"hello"))
    head, first = wire.hear(), wire.hear()
    assert head is not None
    assert first is not None
    assert (head.kind, first.kind, len(first.payload)) == (frames.HEADERS, frames.DATA, 3)
    wire.say(frames.settings({frames.INITIAL_WINDOW_SIZE: 5}))
    second = wire.hear()
    assert second is not None
    assert len(second.payload) == 2
    wire.say(frames.window_update(1, 1_000))
    third = wire.hear()
    assert third is not None
    assert first.payload + second.payload + third.payload == message(b"hello")
    assert wire.hear() is not None


def test_an_answer_waits_for_room_of_the_connection(wire: Wire) -> None:
    wire.greet({frames.INITIAL_WINDOW_SIZE: 1_000_000})
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers()))
    wire.say(frames.data(1, message(bytes(100_000))), frame(frames.DATA, frames.END_STREAM, 1))
    received = 0
    while received < frames.FIRST_WINDOW:
        heard = wire.hear()
        assert heard is not None
        received += len(heard.payload) if heard.kind == frames.DATA else 0
    assert received == frames.FIRST_WINDOW
    # Who reads is not who waits for room: a call without data is answered meanwhile.
    wire.say(frame(frames.HEADERS, FULL, 3, wire.headers("Nothing")))
    assert wire.hear_answer(3)[1]["grpc-status"] == "12"
    wire.say(frames.window_update(0, 1_000_000))
    while received < len(message(bytes(100_000))):
        heard = wire.hear()
        assert heard is not None
        received += len(heard.payload)


def test_a_cancelled_answer_gives_back_its_thread(wire: Wire, service: Service) -> None:
    wire.greet({frames.INITIAL_WINDOW_SIZE: 0})
    for stream in range(1, 201, 2):
        wire.say(call(wire, stream, b"hello"), frames.rst_stream(stream, frames.NO_ERROR))
    wire.say(frames.settings({frames.INITIAL_WINDOW_SIZE: 100}), frame(frames.PING, 0, 0, b"01234567"))
    while (heard := wire.hear()) and heard.kind != frames.PING:
        pass
    wire.say(call(wire, 201, b"and now"))
    while (heard := wire.hear()) and heard.stream != 201:
        pass
    assert heard is not None
    assert heard.kind == frames.HEADERS


def test_a_call_too_many_is_refused_such_that_it_may_be_tried_again(wire: Wire, service: Service) -> None:
    wire.greet()
    first = 4 * MAX_CALLS + 1
    for stream in range(1, first + 1, 2):
        wire.say(frame(frames.HEADERS, frames.END_HEADERS, stream, wire.headers("Wait")))
        wire.say(frame(frames.DATA, frames.END_STREAM, stream, message(b"")))
    assert wire.hear() == Frame(frames.RST_STREAM, 0, first, frames.REFUSED_STREAM.to_bytes(4, "big"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(frames.DATA, 0, 1, b"x"), frames.PROTOCOL_ERROR),
        (frame(frames.HEADERS, FULL, 2, b"\x82"), frames.PROTOCOL_ERROR),
        (frame(frames.HEADERS, FULL, 0, b"\x82"), frames.PROTOCOL_ERROR),
        (frame(frames.HEADERS, FULL, 1, b"\xff\xff\xff\xff\xff"), frames.COMPRESSION_ERROR),
        (frame(frames.HEADERS, FULL | frames.PADDED, 1, b"\xff\x82"), frames.PROTOCOL_ERROR),
        (frame(frames.HEADERS, FULL | frames.PADDED, 1, b""), frames.PROTOCOL_ERROR),
        (frame(frames.HEADERS, 0, 1, b"\x82") + frame(frames.PING, 0, 0, bytes(8)), frames.PROTOCOL_ERROR),
        (frame(frames.CONTINUATION, 0, 1, b"\x82"), frames.PROTOCOL_ERROR),
        (frame(frames.PUSH_PROMISE, 0, 1, b""), frames.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 0, 0, b"odd"), frames.FRAME_SIZE_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, b"odd"), frames.FRAME_SIZE_ERROR),
        (frame(frames.DATA, 0, 1, bytes(frames.MAX_FRAME_BYTES + 1)), frames.FRAME_SIZE_ERROR),
        (frames.window_update(0, frames.LARGEST_WINDOW), frames.FLOW_CONTROL_ERROR),
        (frames.settings({frames.INITIAL_WINDOW_SIZE: 2**31}), frames.FLOW_CONTROL_ERROR),
        (frame(frames.HEADERS, 0, 1) + 5 * frame(frames.CONTINUATION, 0, 1, bytes(16_384)), 9),
    ],
)
def test_what_breaks_the_protocol_ends_the_connection_with_a_reason(
    wire: Wire, said: bytes, code: int
) -> None:
    wire.greet()
    wire.say(said)
    goodbye = wire.hear()
    assert goodbye is not None
    assert (goodbye.kind, goodbye.payload[4:]) == (frames.GOAWAY, code.to_bytes(4, "big"))
    assert wire.hear() is None


def test_who_speaks_another_protocol_is_left(wire: Wire) -> None:
    wire.say(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
    goodbye = wire.hear()
    assert goodbye is not None
    assert goodbye.kind == frames.GOAWAY
    assert wire.hear() is None


@pytest.mark.parametrize("cut", [b"", b"\0", message(b"hello")[:-1], message(b"one") + b"\0\0"])
def test_a_request_that_is_cut_short_is_an_invalid_argument(wire: Wire, cut: bytes) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers("Chat" if len(cut) > 8 else "Echo")))
    wire.say(frame(frames.DATA, frames.END_STREAM, 1, cut))
    assert wire.hear_answer(1)[1]["grpc-status"] == "3"


@pytest.mark.parametrize("size", [0, 1, 20])
def test_a_compressed_message_that_is_cut_short_is_an_invalid_argument(wire: Wire, size: int) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers("Echo", ("grpc-encoding", "gzip"))))
    cut = gzip.compress(b"hello" * 100)[:size]
    wire.say(frame(frames.DATA, frames.END_STREAM, 1, b"\1" + framed(cut)[1:]))
    assert wire.hear_answer(1)[1]["grpc-status"] == "3"


def test_an_answer_without_a_message_is_a_whole_one(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, FULL, 1, wire.headers("Chat")))
    status = {":status": "200", "content-type": "application/grpc", "grpc-status": "0"}
    assert wire.hear_answer(1) == (b"", status)


def test_who_is_not_heard_gets_no_more_room(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers("BeDeaf")))
    wire.say(*(frame(frames.DATA, 0, 1, message(bytes(10_000))) for _ in range(50)))
    wire.say(frame(frames.PING, 0, 0, bytes(8)))
    while (heard := frames.read_frame(wire.file)) and heard.kind != frames.PING:
        assert (heard.kind, heard.stream) != (frames.WINDOW_UPDATE, 1)


def test_a_client_may_give_up_its_table_of_headers(wire: Wire) -> None:
    """Then it wants to hear that we use none (RFC 7541, section 4.2)."""
    wire.greet({1: 0})
    wire.decoder.max_allowed_table_size = 0
    wire.say(call(wire, 1, b"hello"))
    assert wire.hear_answer(1)[0] == b"hello"


def test_a_compression_that_nobody_knows_is_unimplemented(wire: Wire) -> None:
    wire.greet()
    wire.say(frame(frames.HEADERS, frames.END_HEADERS, 1, wire.headers()))
    wire.say(frame(frames.DATA, frames.END_STREAM, 1, b"\1" + message(b"hello")[1:]))
    assert wire.hear_answer(1)[1]["grpc-status"] == "12"


@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=5), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_how_the_bytes_arrive(server: GrpcServer, sizes: list[int], seed: int) -> None:
    rng = random.Random(seed)
    values = [rng.randbytes(size) for size in sizes]
    with closing(Wire(server.address)) as wire:
        said = frames.PREFACE + frames.settings({})
        for n, value in enumerate(values):
            said += frame(frames.HEADERS, frames.END_HEADERS, 2 * n + 1, wire.headers())
            framed_value = message(value)
            while framed_value:
                size = rng.randint(0, frames.MAX_FRAME_BYTES)
                said += frame(frames.DATA, 0, 2 * n + 1, framed_value[:size])
                framed_value = framed_value[size:]
            said += frame(frames.DATA, frames.END_STREAM, 2 * n + 1)
        said += frames.window_update(0, 10**6)
        while said:
            size = rng.choice([1, 8, 9, 10, 100, 10_000, 100_000])
            wire.say(said[:size])
            said = said[size:]
        answers: dict[int, bytes] = {}
        ended = 0
        while ended < len(values):
            heard = wire.hear()
            assert heard is not None
            if heard.kind == frames.DATA:
                answers[heard.stream] = answers.get(heard.stream, b"") + heard.payload
            ended += bool(heard.flags & frames.END_STREAM)
        assert [answers[2 * n + 1] for n in range(len(values))] == [message(value) for value in values]


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_garbage_disturbs_the_others(
    server: GrpcServer, client: Client, garbage: bytes, has_greeted: bool
) -> None:
    with closing(Wire(server.address)) as wire, suppress(OSError):
        wire.say(frames.PREFACE if has_greeted else b"", garbage)
        wire.socket.shutdown(socket.SHUT_WR)
        while frames.read_frame(wire.file):
            pass
    assert client.call("Echo", b"undisturbed") == b"undisturbed"


NAMES = st.sampled_from([b":path", b"grpc-encoding", b"grpc-timeout", b"te", b"user-agent"])
VALUES = st.sampled_from([b"/a", b"/b", b"gzip", b"5S", b"100m", b"x" * 30])
HEADERS = st.lists(st.tuples(NAMES, VALUES, st.booleans()), min_size=1, max_size=6)


@given(st.lists(st.one_of(HEADERS, st.sampled_from([0, 40, 120, 4096])), max_size=30))
def test_what_is_remembered_is_what_it_would_mean_now(
    steps: list[list[tuple[bytes, bytes, bool]] | int],
) -> None:
    """Whatever enters and leaves the table of headers: like a reader that remembers nothing."""
    encoder, reader, fresh = Encoder(), RequestReader(), Decoder()
    for step in steps:
        if isinstance(step, int):
            # Told the same size twice, hpack's encoder forgets to pass it on.
            if step != encoder.header_table_size:
                encoder.header_table_size = step
            continue
        block = encoder.encode(step)
        fields = {bytes(name): bytes(value) for name, value in fresh.decode(block, raw=True)}
        request = reader.read(block)
        assert request.path.encode() == fields.get(b":path", b"")
        assert request.encoding.encode() == fields.get(b"grpc-encoding", b"")
        assert request.seconds == {b"5S": 5.0, b"100m": 0.1}.get(fields.get(b"grpc-timeout", b""))
