"""Start, stop, what is left out, and time that passes by itself."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import grpc
import pytest
from google.api_core import exceptions

from local_cloud.faults import DataUnusable
from local_cloud.pubsub import PortTaken, PubSubServer
from local_cloud.pubsub.alarm import Alarm
from local_cloud.sqlite_file import SqliteFile
from tests.local_cloud.damage import damage
from tests.local_cloud.pubsub.clients import Clock, PubSub, a_cloud, a_server
from tests.local_cloud.pubsub.endpoint import Endpoint


def test_a_taken_port_is_told_in_one_sentence(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"^Another program listens on port {port} already\\.$"),
            a_server(None, clock, port),
        ):
            pass


def test_a_port_can_be_chosen_and_is_free_again_after_stop(clock: Clock) -> None:
    with a_server(None, clock) as first:
        port = int(first.address.rpartition(":")[2])
    with a_server(None, clock, port) as second:
        assert second.address == f"127.0.0.1:{port}"


@pytest.mark.parametrize("table", ["pubsub_topics", "pubsub_subscriptions"])
def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path, clock: Clock, table: str) -> None:
    with a_cloud(tmp_path, clock) as cloud:
        cloud.subscription(cloud.topic())
    damage(tmp_path / "cloud.sqlite3", table)
    with (
        pytest.raises(DataUnusable, match=r"^\S*cloud\.sqlite3 cannot be read \(.*--replace"),
        a_server(tmp_path, clock),
    ):
        pass


def test_stop_is_idempotent_and_needs_no_start(clock: Clock) -> None:
    file = SqliteFile(None)
    file.open()
    server = PubSubServer(file, clock=clock)
    server.stop()
    file.close()
    with a_server(None, clock) as started:
        started.stop()
        started.stop()


def test_stop_leaves_no_thread_behind(clock: Clock, endpoint: Endpoint) -> None:
    before = set(threading.enumerate())
    with a_cloud(None, clock) as cloud:
        topic = cloud.topic()
        cloud.subscription(topic, push_config={"push_endpoint": endpoint.url})
        cloud.publish(topic, "one")
        endpoint.wait_for(1)
    ours = [t for t in set(threading.enumerate()) - before if t.name.startswith(("push", "pubsub-"))]
    assert not ours


def test_stop_ends_a_pull_that_waits(server: PubSubServer, cloud: PubSub) -> None:
    subscription = cloud.subscription(cloud.topic())
    fault: list[Exception] = []

    def pull() -> None:
        try:
            cloud.subscriber.pull(request={"subscription": subscription, "max_messages": 1}, retry=None)
        except exceptions.GoogleAPICallError as error:
            fault.append(error)

    waiting = threading.Thread(target=pull)
    waiting.start()
    changed = server._catalogue.subscription(subscription).backlog.changed
    while not changed._waiters:  # type: ignore[attr-defined]
        waiting.join(0.01)
    server.stop()
    waiting.join(5)
    assert isinstance(fault[0], exceptions.ServiceUnavailable)


@pytest.mark.parametrize(
    "method",
    [
        "Publisher/DetachSubscription",
        "Subscriber/UpdateSnapshot",
        "SchemaService/CreateSchema",
        "SchemaService/ListSchemas",
    ],
)
def test_what_is_left_out_answers_unimplemented(server: PubSubServer, method: str) -> None:
    with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError) as fault:
        channel.unary_unary(f"/google.pubsub.v1.{method}")(b"", timeout=5)
    assert fault.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_certificates_are_all_that_is_served(server: PubSubServer) -> None:
    with pytest.raises(HTTPError) as fault:
        urllib.request.urlopen(server.certificates_url.replace("/certs", "/other"))
    assert fault.value.code == 404
    fault.value.close()


def test_deadlines_and_back_off_pass_by_the_real_clock_too(tmp_path: Path) -> None:
    endpoint = Endpoint(time.time)
    endpoint.answer = lambda push: 204 if len(endpoint.pushes) > 1 else 500
    with a_cloud(tmp_path, time.time) as cloud:
        topic = cloud.topic()
        config = {"push_endpoint": endpoint.url}
        policy = {"minimum_backoff": {"nanos": 300_000_000}}
        cloud.subscription(topic, push_config=config, retry_policy=policy)
        cloud.publish(topic, "one")
        first, second = endpoint.wait_for(2)
        assert second.at - first.at >= 0.3
    endpoint.close()


def test_an_alarm_rings_for_the_earliest_moment_first() -> None:
    rung = threading.Semaphore(0)
    alarm = Alarm(time.monotonic, rung.release)
    alarm.start()
    alarm.at(time.monotonic() + 60)
    assert not rung.acquire(timeout=0.05)
    alarm.at(time.monotonic() + 0.05)
    assert rung.acquire(timeout=5)
    assert not rung.acquire(timeout=0.05)
    alarm.stop()
