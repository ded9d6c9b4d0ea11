"""Reads of a moment that is past: by read_time, and in read-only transactions."""

from __future__ import annotations

import datetime
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import Or, PropertyFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.datastore import DatastoreServer
from local_cloud.datastore.messages import MICROSECONDS
from local_cloud.datastore.storage import FORGET_EVERY_SECONDS, HISTORY_SECONDS

from .calls import begin, commit, delete, lookup, run_query, upsert
from .conftest import INDEX_FILE, Clock, a_client, a_server

Builder = Callable[..., datastore.Entity]
PROPERTIES = st.fixed_dictionaries(
    {"a": st.integers(0, 2) | st.lists(st.integers(0, 2)), "b": st.integers(0, 2)}
)
WRITES = st.lists(st.tuples(st.integers(1, 4), st.none() | PROPERTIES), min_size=1, max_size=12)


def queries(client: datastore.Client) -> Iterator[Any]:
    yield client.query(kind="Thing")
    yield client.query()
    yield client.query(kind="Thing", order=["-a"])
    yield client.query(kind="Thing", order=["a", "-b"])
    yield client.query(kind="Thing", filters=[PropertyFilter("a", "=", 1), PropertyFilter("b", "=", 1)])
    yield client.query(kind="Thing", filters=[Or([PropertyFilter("a", "=", 2), PropertyFilter("b", ">", 0)])])


def answers(client: datastore.Client, **when: Any) -> list[Any]:
    """Everything that there is to see at a moment."""
    keys = [client.key("Thing", identity) for identity in range(1, 5)]
    seen: list[Any] = [{entity.key.id: dict(entity) for entity in client.get_multi(keys, **when)}]
    for query in queries(client):
        seen.append([entity.key.id for entity in query.fetch(**when)])
        (counted,) = client.aggregation_query(query).count().fetch(**when)
        seen.append(counted[0].value)
    return seen


@pytest.fixture(scope="module")
def snapshot_client(server: DatastoreServer) -> Iterator[datastore.Client]:
    with a_client(server.address, f"snapshots-{uuid.uuid4().hex[:8]}") as client:
        yield client


@settings(max_examples=25)
@given(WRITES)
def test_every_moment_looks_as_it_looked(
    snapshot_client: datastore.Client, writes: list[tuple[int, dict[str, Any] | None]]
) -> None:
    client = snapshot_client
    client.namespace = uuid.uuid4().hex
    moments = []
    for identity, properties in writes:
        entity = datastore.Entity(client.key("Thing", identity))
        entity.update(properties or {})
        done = commit(client, delete(entity.key) if properties is None else upsert(entity))
        moments.append((done.commit_time, answers(client)))
    for moment, seen in moments:
        assert answers(client, read_time=moment) == seen


def test_a_read_tells_the_moment_it_saw(client: datastore.Client, an_entity: Builder) -> None:
    written = commit(client, upsert(an_entity("A", 1, n=1))).commit_time
    commit(client, upsert(an_entity("A", 1, n=2)))
    then = lookup(client, client.key("A", 1), read_time=written)
    assert then.read_time == written
    assert then.found[0].version == int(written.timestamp() * MICROSECONDS + 0.5)
    assert run_query(client, "A", {"read_time": written}).batch.read_time == written
    now = lookup(client, client.key("A", 1)).read_time
    assert (
        lookup(client, client.key("A", 1), read_time=now).found[0].entity.properties["n"].integer_value == 2
    )


def test_no_later_write_changes_a_moment_that_was_read(client: datastore.Client, an_entity: Builder) -> None:
    moments = []
    for number in range(20):
        client.put(an_entity("A", 1, n=number))
        moment = lookup(client, client.key("A", 1)).read_time
        seen = lookup(client, client.key("A", 1), read_time=moment).found[0].version
        moments.append((moment, seen))
    for moment, seen in moments:
        assert lookup(client, client.key("A", 1), read_time=moment).found[0].version == seen


def test_a_read_only_transaction_may_see_an_earlier_moment(
    client: datastore.Client, an_entity: Builder
) -> None:
    written = commit(client, upsert(an_entity("A", 1, n=1))).commit_time
    client.put(an_entity("A", 1, n=2))
    transaction = begin(client, read_only={"read_time": written})
    found = lookup(client, client.key("A", 1), transaction=transaction).found[0]
    assert found.entity.properties["n"].integer_value == 1


def test_many_read_only_transactions_may_be_open_at_once(
    client: datastore.Client, an_entity: Builder
) -> None:
    opened = []
    for number in range(50):
        client.put(an_entity("A", 1, n=number))
        opened.append(begin(client, read_only={}))
    for number, transaction in enumerate(opened):
        found = lookup(client, client.key("A", 1), transaction=transaction).found[0]
        assert found.entity.properties["n"].integer_value == number


class Now:
    """The server's time in microseconds, passing only when told to."""

    def __init__(self) -> None:
        self.seconds = Clock()
        self.seconds.advance(1_700_000_000)

    def __call__(self) -> int:
        return int(self.seconds() * MICROSECONDS)


def test_only_the_last_hour_can_be_read_and_is_kept(tmp_path: Path) -> None:
    now = Now()
    server = DatastoreServer(tmp_path, index_file=INDEX_FILE, now=now)
    server.start()
    with a_client(server.address, "p") as client:
        entity = datastore.Entity(client.key("A", 1))
        entity["n"] = 1
        written = commit(client, upsert(entity)).commit_time
        entity["n"] = 2
        client.put(entity)
        now.seconds.advance(HISTORY_SECONDS)
        assert client.get(entity.key, read_time=written)["n"] == 1
        now.seconds.advance(1)
        with pytest.raises(FailedPrecondition, match=r"The requested snapshot version is too old\."):
            client.get(entity.key, read_time=written)
        with pytest.raises(InvalidArgument, match="future"):
            client.get(entity.key, read_time=written + datetime.timedelta(seconds=2 * HISTORY_SECONDS))
        now.seconds.advance(FORGET_EVERY_SECONDS)
        client.put(datastore.Entity(client.key("B", 1)))
    server.stop()
    with closing(sqlite3.connect(tmp_path / "cloud.sqlite3")) as connection:
        for table in ("past_entities", "past_rows"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)


def test_a_moment_before_an_index_was_made_is_too_old_for_it(tmp_path: Path) -> None:
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        entity = datastore.Entity(client.key("A", 1))
        entity.update(a=1, b=1)
        written = commit(client, upsert(entity)).commit_time
        client.delete(entity.key)
        query = client.query(kind="A", order=["a", "b"])
        with pytest.raises(FailedPrecondition, match=r"The requested snapshot version is too old\."):
            list(query.fetch(read_time=written))
        assert list(query.fetch()) == []


def test_a_file_from_before_there_was_a_past_is_read_on(tmp_path: Path) -> None:
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        entity = datastore.Entity(client.key("A", 1))
        entity["n"] = 1
        written = commit(client, upsert(entity)).commit_time
    with closing(sqlite3.connect(tmp_path / "cloud.sqlite3")) as connection:
        connection.executescript(
            "DROP TABLE past_rows; DROP TABLE past_entities; ALTER TABLE index_rows DROP COLUMN since; "
            "DELETE FROM datastore_counters WHERE name = 'history'"
        )
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        assert [found["n"] for found in client.query(kind="A", order=["n"]).fetch()] == [1]
        entity["n"] = 2
        client.put(entity)
        assert client.get(entity.key, read_time=written)["n"] == 1
        with pytest.raises(FailedPrecondition, match=r"The requested snapshot version is too old\."):
            client.get(entity.key, read_time=written - datetime.timedelta(seconds=1))
