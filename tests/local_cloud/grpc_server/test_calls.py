"""Google's own gRPC as the client."""

import errno
import queue
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from local_cloud.faults import PortTaken
from local_cloud.grpc_server import GrpcServer
from local_cloud.grpc_server.connection import Connection
from local_cloud.grpc_server.relief import Relief
from tests.local_cloud.grpc_server.conftest import MAX_CALLS, MAX_REQUEST_BYTES, Client, Service


def test_a_call_is_answered(client: Client) -> None:
    assert client.call("Echo", b"hello") == b"hello"


@pytest.mark.parametrize("size", [0, 1, 16_379, 16_384, 65_535, 1_000_000, MAX_REQUEST_BYTES - 10])
def test_a_message_of_any_size_comes_back_whole(client: Client, size: int) -> None:
    message = bytes(n % 251 for n in range(size))
    assert client.call("Echo", message) == message


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_compressed_message_is_understood(client: Client, compression: grpc.Compression) -> None:
    assert client.call("Echo", b"ha" * 10_000, compression=compression) == b"ha" * 10_000


def test_a_message_above_the_limit_is_refused_and_the_connection_lives_on(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.call("Echo", bytes(MAX_REQUEST_BYTES + 1))
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.call("Echo", b"still here") == b"still here"


def test_a_small_message_does_not_hide_a_large_one(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.call("Echo", bytes(MAX_REQUEST_BYTES + 1), compression=grpc.Compression.Gzip)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("message", ["gone", "100 % wrong", "שלום ☃", "one\ntwo", " ends ", "x" * 3_000])
def test_a_fault_arrives_with_its_words(client: Client, message: str) -> None:
    with pytest.raises(grpc.RpcError) as fault:
        client.call("Miss", message.encode())
    assert (fault.value.code(), fault.value.details()) == (grpc.StatusCode.NOT_FOUND, message)


@pytest.mark.parametrize("character", ["x", "ž", "漢", "🙂"])
def test_a_fault_arrives_however_much_it_says(client: Client, character: str) -> None:
    with pytest.raises(grpc.RpcError) as fault:
        client.call("Miss", (character * 100_000).encode())
    assert fault.value.code() == grpc.StatusCode.NOT_FOUND
    assert fault.value.details().startswith(character * 400)


def test_an_accident_is_internal_and_only_the_log_tells_why(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(grpc.RpcError) as fault:
        client.call("BreakDown", b"")
    assert fault.value.code() == grpc.StatusCode.INTERNAL
    assert "not meant to be seen" not in fault.value.details()
    assert "not meant to be seen" in caplog.text


def test_an_unknown_method_is_unimplemented_with_its_name(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as fault:
        client.call("Nothing", b"")
    assert fault.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "/test.Service/Nothing" in fault.value.details()


def test_an_unknown_stream_does_not_wait_for_its_messages(client: Client) -> None:
    forever: queue.SimpleQueue[BytesValue] = queue.SimpleQueue()
    with pytest.raises(grpc.RpcError) as fault:
        next(client.stream("Nothing")(iter(forever.get, None), timeout=60))
    assert fault.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_what_is_no_message_is_an_invalid_argument(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as fault:
        client.channel.unary_unary("/test.Service/Echo")(b"\xff\xff\xff", timeout=60)
    assert fault.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_the_service_knows_how_long_the_client_waits(client: Client, service: Service) -> None:
    client.call("Echo", b"")
    assert service.remaining is not None
    assert 0 < service.remaining <= 61
    client.method("Echo")(BytesValue())
    assert service.remaining is None


def test_a_call_that_takes_long_holds_up_no_other(client: Client, service: Service) -> None:
    with ThreadPoolExecutor(MAX_CALLS) as pool:
        waiting = [pool.submit(client.call, "Wait", b"%d" % n) for n in range(MAX_CALLS - 1)]
        for _ in waiting:
            assert service.entered.acquire(timeout=60)
        assert client.call("Echo", b"quick") == b"quick"
        service.gate.set()
        assert [call.result(60) for call in waiting] == [b"%d" % n for n in range(MAX_CALLS - 1)]


def test_calls_that_nobody_has_to_wait_for_need_one_thread(
    server: GrpcServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Relief, "begin", lambda self: None)
    before = set(threading.enumerate())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.call("Echo", b"%d" % n), range(100)))
        assert len([t for t in set(threading.enumerate()) - before if t.name == "test"]) == 1


def test_while_one_call_takes_long_others_may_without_relief(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Relief, "begin", lambda self: None)
    kept = client.stream()(iter(queue.SimpleQueue().get, None))
    assert service.entered.acquire(timeout=60)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(client.call, "Wait", b"%d" % n) for n in range(5)]
        for _ in waiting:
            assert service.entered.acquire(timeout=60)
        assert client.call("Echo", b"quick") == b"quick"
        service.gate.set()
        assert [call.result(60) for call in waiting] == [b"%d" % n for n in range(5)]
    kept.cancel()


def test_a_connection_has_joined_before_it_starts_and_leaves_when_it_ends(
    server: GrpcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, joined = Connection.start, []

    def start_late(connection: Connection) -> None:
        joined.append(connection in server._relief.connections())
        start(connection)

    monkeypatch.setattr(Connection, "start", start_late)
    left = threading.Event()
    leave = server._relief.leave
    monkeypatch.setattr(server._relief, "leave", lambda it: (leave(it), left.set()))
    client = Client(server.address)
    client.call("Echo", b"")
    client.channel.close()
    assert left.wait(60)
    assert joined == [True]
    assert server._relief.connections() == []


def test_without_a_thread_to_start_with_nobody_is_let_in(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Relief, "start", fail)
    server = GrpcServer("test", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    with pytest.raises(RuntimeError):
        server.start(0)
    host, _, port = server.address.partition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), 60)


def test_more_calls_at_once_than_there_is_room_for_take_turns(client: Client, service: Service) -> None:
    calls = 5 * MAX_CALLS
    with ThreadPoolExecutor(calls) as pool:
        waiting = [pool.submit(client.call, "Wait", b"%d" % n) for n in range(calls)]
        for _ in range(MAX_CALLS):
            assert service.entered.acquire(timeout=60)
        assert not service.entered.acquire(timeout=0.2)
        service.gate.set()
        assert [call.result(60) for call in waiting] == [b"%d" % n for n in range(calls)]


def test_large_answers_of_several_calls_share_the_connection(client: Client) -> None:
    messages = [bytes([n]) * 500_000 for n in range(10)]
    with ThreadPoolExecutor(len(messages)) as pool:
        assert list(pool.map(lambda message: client.call("Echo", message), messages)) == messages


def test_a_service_hears_that_nobody_waits_any_more(client: Client, service: Service) -> None:
    call = client.method("Wait").future(BytesValue())
    assert service.entered.acquire(timeout=60)
    call.cancel()
    assert service.ended.wait(60)
    assert client.call("Echo", b"next") == b"next"


def test_a_service_hears_that_the_client_has_gone(server: GrpcServer, service: Service) -> None:
    client = Client(server.address)
    call = client.method("Wait").future(BytesValue())
    assert service.entered.acquire(timeout=60)
    client.channel.close()
    assert service.ended.wait(60)
    assert call.code() == grpc.StatusCode.CANCELLED


def test_a_stream_answers_as_it_is_asked(client: Client, service: Service) -> None:
    asked: queue.SimpleQueue[BytesValue | None] = queue.SimpleQueue()
    answers = client.stream()(iter(asked.get, None), timeout=60)
    for n in range(100):
        asked.put(BytesValue(value=b"%d" % n))
        assert next(answers).value == b"%d" % n
    asked.put(None)
    assert list(answers) == []
    assert answers.code() == grpc.StatusCode.OK
    assert service.ended.wait(60)


@pytest.mark.parametrize("before", [[], [b"one", b"two"]])
def test_a_stream_may_end_with_a_fault(client: Client, before: list[bytes]) -> None:
    asked = [BytesValue(value=value) for value in [*before, b"fault", b"never heard"]]
    answers = client.stream()(iter(asked), timeout=60)
    assert [next(answers).value for _ in before] == before
    with pytest.raises(grpc.RpcError) as fault:
        next(answers)
    assert (fault.value.code(), fault.value.details()) == (grpc.StatusCode.NOT_FOUND, "No more.")


def test_a_stream_hears_that_the_client_has_gone(client: Client, service: Service) -> None:
    forever: queue.SimpleQueue[BytesValue] = queue.SimpleQueue()
    answers = client.stream()(iter(forever.get, None))
    assert service.entered.acquire(timeout=60)
    answers.cancel()
    assert service.ended.wait(60)


def test_a_stream_carries_more_than_its_windows_hold(client: Client) -> None:
    sizes = [100_000] * 100 + [MAX_REQUEST_BYTES - 10] * 3 + [1] * 100
    answers = client.stream()((BytesValue(value=bytes(size)) for size in sizes), timeout=60)
    assert [len(answer.value) for answer in answers] == sizes


def test_a_stream_may_end_without_a_message(client: Client) -> None:
    answers = client.stream()(iter([]), timeout=60)
    assert list(answers) == []
    assert answers.code() == grpc.StatusCode.OK


def test_a_stop_waits_for_the_calls_under_way(service: Service) -> None:
    server = GrpcServer("test", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    server.start(0)
    client = Client(server.address)
    call = client.method("Wait").future(BytesValue(value=b"late"))
    assert service.entered.acquire(timeout=60)
    stopping = threading.Thread(target=server.stop, args=(60,))
    stopping.start()
    assert _until_it_fails(lambda: client.call("Echo", b"")) == grpc.StatusCode.UNAVAILABLE
    service.gate.set()
    assert call.result(60).value == b"late"
    stopping.join(60)
    assert not stopping.is_alive()
    client.channel.close()


def test_a_stop_does_not_wait_longer_than_its_grace(service: Service) -> None:
    server = GrpcServer("test", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    server.start(0)
    client = Client(server.address)
    call = client.method("Wait").future(BytesValue())
    assert service.entered.acquire(timeout=60)
    server.stop(0.1)
    with pytest.raises(grpc.RpcError) as gone:
        call.result(60)
    assert gone.value.code() == grpc.StatusCode.UNAVAILABLE
    service.gate.set()
    client.channel.close()


def test_a_stop_needs_no_file_descriptor(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    server = GrpcServer("test", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    server.start(0)

    def fail(*_: object) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "create_connection", fail)
    stopping = threading.Thread(target=server.stop, args=(1,), daemon=True)
    stopping.start()
    stopping.join(60)
    assert not stopping.is_alive()


def test_without_more_threads_one_does_everything(
    server: GrpcServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_thread = Connection._add_thread
    monkeypatch.setattr(Connection, "_add_thread", lambda self: self._threads or add_thread(self))
    assert client.call("Echo", b"first") == b"first"

    def fail(*_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Connection, "_add_thread", fail)
    assert [client.call("Echo", b"%d" % n) for n in range(10)] == [b"%d" % n for n in range(10)]


def test_who_came_when_there_was_no_thread_may_come_again(
    server: GrpcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = Connection.start, iter([True])

    def start_the_second_time(connection: Connection) -> None:
        if next(failures, False):
            raise RuntimeError("can't start new thread")
        start(connection)

    monkeypatch.setattr(Connection, "start", start_the_second_time)
    client = Client(server.address)
    assert client.call("Echo", b"patience", wait_for_ready=True) == b"patience"
    client.channel.close()


def test_no_thread_of_a_connection_remains(server: GrpcServer) -> None:
    before = set(threading.enumerate())
    client = Client(server.address)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.call("Echo", b"%d" % n), range(100)))
    threads = [t for t in set(threading.enumerate()) - before if t.name == "test"]
    assert threads
    client.channel.close()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()]


def test_a_port_belongs_to_one_server(server: GrpcServer, service: Service) -> None:
    other = GrpcServer("other", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    with pytest.raises(PortTaken):
        other.start(int(server.address.rpartition(":")[2]))


def test_the_port_of_a_server_that_has_stopped_is_free(service: Service) -> None:
    first = GrpcServer("first", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    first.start(0)
    old_client = Client(first.address)
    assert old_client.call("Echo", b"1") == b"1"
    first.stop(1)
    second = GrpcServer("second", service.methods(), MAX_CALLS, MAX_REQUEST_BYTES)
    second.start(int(first.address.rpartition(":")[2]))
    client = Client(first.address)
    assert client.call("Echo", b"2", wait_for_ready=True) == b"2"
    client.channel.close()
    old_client.channel.close()
    second.stop(1)


def _until_it_fails(call: Callable[[], object]) -> grpc.StatusCode:
    try:
        while True:
            call()
    except grpc.RpcError as error:
        return error.code()
