"""What was acknowledged to a publisher or a subscriber survives restarts and kill -9."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from google.api_core import exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.pubsub import PubSubServer
from local_cloud.sqlite_file import SqliteFile
from tests.local_cloud.pubsub.clients import Clock, PubSub, a_cloud, a_server, texts
from tests.local_cloud.pubsub.endpoint import Endpoint

ROOT = Path(__file__).parents[3]


def test_everything_is_there_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    with a_cloud(tmp_path, clock) as cloud:
        topic = cloud.topic(labels={"a": "1"})
        subscription = cloud.subscription(topic, filter="attributes:x", enable_message_ordering=True)
        ids = cloud.publish(topic, "acknowledged", "out", "waiting", key="ada", x="1")
        first, _ = cloud.pull(subscription, 2)
        cloud.ack(subscription, first)
        before = cloud.subscriber.get_subscription(request={"subscription": subscription})
    with a_cloud(tmp_path, clock) as cloud:
        assert cloud.publisher.get_topic(request={"topic": topic}).labels == {"a": "1"}
        assert cloud.subscriber.get_subscription(request={"subscription": subscription}) == before
        assert texts(cloud.pull(subscription)) == ["out", "waiting"]
        (new,) = cloud.publish(topic, "filtered out")
        assert int(new) > max(map(int, ids))
        assert cloud.pull(subscription) == []


def test_a_message_id_is_never_given_twice(tmp_path: Path, clock: Clock) -> None:
    with a_cloud(tmp_path, clock) as cloud:
        (first,) = cloud.publish(cloud.topic(), "one")
        clock.advance(3600)
        cloud.wake()
    with a_cloud(tmp_path, clock) as cloud:
        (second,) = cloud.publish("projects/quiz/topics/games", "two")
    assert int(second) > int(first)


def test_an_acknowledgement_id_from_before_a_restart_means_nothing(tmp_path: Path, clock: Clock) -> None:
    with a_cloud(tmp_path, clock) as cloud:
        topic = cloud.topic()
        subscription = cloud.subscription(topic)
        cloud.publish(topic, "one")
        received = cloud.pull(subscription)
    with a_cloud(tmp_path, clock) as cloud:
        cloud.ack(subscription, *received)
        assert texts(cloud.pull(subscription)) == ["one"]


def test_push_goes_on_after_a_restart(tmp_path: Path, clock: Clock, endpoint: Endpoint) -> None:
    endpoint.answer = lambda push: 500
    with a_cloud(tmp_path, clock) as cloud:
        topic = cloud.topic()
        cloud.subscription(topic, push_config={"push_endpoint": endpoint.url})
        (id_,) = cloud.publish(topic, "one")
        endpoint.wait_for(1)
    endpoint.answer = lambda push: 204
    before = len(endpoint.pushes)
    with a_cloud(tmp_path, clock):
        assert endpoint.wait_for(before + 1)[-1].message_id == id_


def test_tokens_stay_valid_over_a_restart(tmp_path: Path, clock: Clock) -> None:
    with a_server(tmp_path, clock) as server:
        before = server._signer.certificates()
    with a_server(tmp_path, clock) as server:
        assert server._signer.certificates() == before


@settings(max_examples=5)
@given(st.integers(0, 10**9))
def test_no_message_is_lost_whatever_happens(seed: int) -> None:
    rng = random.Random(seed)
    clock = Clock()
    published: list[str] = []
    done: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        subscription = ""
        for life in range(3):
            with a_cloud(Path(folder), clock) as cloud:
                if life == 0:
                    topic = cloud.topic()
                    subscription = cloud.subscription(topic, enable_message_ordering=rng.random() < 0.5)
                _live(cloud, rng, clock, (topic, subscription), published, done)
        with a_cloud(Path(folder), clock) as cloud:
            while received := cloud.pull(subscription):
                done.update(each.message.message_id for each in received)
                cloud.ack(subscription, *received)
    assert done == set(published)


def _live(
    cloud: PubSub,
    rng: random.Random,
    clock: Clock,
    names: tuple[str, str],
    published: list[str],
    done: set[str],
) -> None:
    """Some acknowledgements, nacks and deadlines. Done: acknowledged at least once."""
    topic, subscription = names
    for _ in range(5):
        published += cloud.publish(topic, *("x" * rng.randint(1, 3)), key=rng.choice(["", "ada", "bob"]))
        received = cloud.pull(subscription, rng.randint(1, 5))
        rng.shuffle(received)
        for each in received:
            fate = rng.random()
            if fate < 0.4:
                cloud.ack(subscription, each)
                done.add(each.message.message_id)
            elif fate < 0.7:
                cloud.nack(subscription, each)
        if rng.random() < 0.3:
            clock.advance(10)
            cloud.wake()


def test_what_publish_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    published: list[str] = []
    asked: list[str] = []
    acknowledged: list[str] = []
    for _ in range(2):
        enough = len(acknowledged) + 20
        process, address = _a_process(tmp_path)
        cloud = PubSub(address)
        worker = threading.Thread(target=_publish_and_ack, args=(cloud, published, asked, acknowledged))
        worker.start()
        while worker.is_alive() and len(acknowledged) < enough:
            worker.join(0.01)
        process.kill()
        process.wait()
        worker.join()
        cloud.close()
    with a_cloud(tmp_path, time.time) as cloud:
        received = []
        while more := cloud.pull("projects/quiz/subscriptions/leaderboard", 1000):
            received += more
    left = {each.message.message_id for each in received}
    # What was asked and not answered when the server died may be settled or not.
    assert left >= set(published) - set(asked)
    assert not left & set(acknowledged)
    assert len(published) >= 80


def _publish_and_ack(cloud: PubSub, published: list[str], asked: list[str], acknowledged: list[str]) -> None:
    """Until the server is no more; every other message is acknowledged."""
    topic, subscription = "projects/quiz/topics/games", "projects/quiz/subscriptions/leaderboard"
    try:
        if not published:
            cloud.subscription(cloud.topic())
        while True:
            published += cloud.publish(topic, "one", "two")
            received = cloud.pull(subscription, 1)
            request = {"subscription": subscription, "ack_ids": [each.ack_id for each in received]}
            ids = [each.message.message_id for each in received]
            asked += ids
            cloud.subscriber.acknowledge(request=request, retry=None)
            acknowledged += ids
    except (exceptions.GoogleAPICallError, exceptions.RetryError):
        pass


def _a_process(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local_cloud.pubsub.killed_server", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        return process, process.stdout.readline().strip()


def test_datastore_and_pubsub_share_the_file(tmp_path: Path, clock: Clock) -> None:
    file = SqliteFile(tmp_path)
    file.open()
    foreign = file.connect()
    server = PubSubServer(file, clock=clock)
    server.start()
    cloud = PubSub(server.address)
    topic = cloud.topic()
    foreign.execute("BEGIN IMMEDIATE")
    foreign.execute("CREATE TABLE entities (key)")
    publishing = threading.Thread(target=cloud.publish, args=(topic, "one"))
    publishing.start()
    foreign.execute("COMMIT")
    publishing.join(5)
    assert not publishing.is_alive()
    cloud.close()
    server.stop()
    foreign.close()
    file.close()


@pytest.mark.parametrize("folder_is_kept", [True, False])
def test_nothing_is_kept_without_a_folder(tmp_path: Path, clock: Clock, folder_is_kept: bool) -> None:
    folder = tmp_path if folder_is_kept else None
    with a_cloud(folder, clock) as cloud:
        topic = cloud.topic()
    with a_cloud(folder, clock) as cloud:
        found = [each.name for each in cloud.publisher.list_topics(request={"project": "projects/quiz"})]
    assert found == ([topic] if folder_is_kept else [])
