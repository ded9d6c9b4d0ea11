"""What is in memory is what is in the file: as it is now, never what it was or will be."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest
from google.api_core.exceptions import AlreadyExists
from google.cloud import datastore

from local_cloud.datastore import messages
from local_cloud.datastore.reader import Place, Stored
from local_cloud.datastore.recent import EACH_BYTES, MAX_BYTES, MAX_ENTITY_BYTES, Recent
from local_cloud.datastore.storage import Storage

from .calls import begin, commit, delete, insert, lookup, upsert

Entity = Callable[..., datastore.Entity]

KEY, OTHER = b"key", b"other"
OLD, NEW = Stored(b"old", 1, 1), Stored(b"new", 2, 1)
COUNTED = 300


class TestWhatIsInMemory:
    def test_is_seen_as_of_the_newest_commit(self) -> None:
        recent = Recent()
        with recent.committing({KEY: NEW}, 2):
            assert recent.glimpse([KEY]) is None
        glimpse = recent.glimpse([KEY, KEY])
        assert glimpse is not None
        assert (glimpse.last_version(), glimpse.get(KEY)) == (2, NEW)

    def test_is_seen_only_if_all_of_it_is_there(self) -> None:
        recent = Recent()
        recent.keep({KEY: OLD}, recent.version)
        assert recent.glimpse([KEY]) is not None
        assert recent.glimpse([KEY, OTHER]) is None

    def test_is_not_what_was_read_before_a_commit(self) -> None:
        recent = Recent()
        before = recent.version
        with recent.committing({KEY: None}, 2):
            during = recent.version
            recent.keep({KEY: OLD}, before)
            recent.keep({KEY: OLD}, during)
        recent.keep({KEY: OLD}, before)
        recent.keep({KEY: OLD}, during)
        assert recent.glimpse([KEY]) is None

    def test_is_gone_when_a_commit_fails(self) -> None:
        recent = Recent()
        recent.keep({KEY: OLD, OTHER: OLD}, recent.version)
        with pytest.raises(OSError, match="disk"), recent.committing({KEY: NEW}, 2):
            raise OSError("disk")
        assert recent.glimpse([OTHER]) is None
        recent.begin(0)
        assert recent.glimpse([KEY]) is None
        glimpse = recent.glimpse([OTHER])
        assert glimpse is not None
        assert glimpse.last_version() == 0

    def test_is_no_more_than_its_bytes(self) -> None:
        recent = Recent()
        size = MAX_ENTITY_BYTES
        room = MAX_BYTES // (size + EACH_BYTES + 2)
        keys = [b"%02d" % n for n in range(room + 3)]
        for _ in range(2):
            for key in keys:
                recent.keep({key: Stored(b"x" * size, 1, 1)}, recent.version)
            assert [key for key in keys if recent.glimpse([key])] == keys[3:]
        recent.keep({KEY: Stored(b"x" * (size + 1), 1, 1)}, recent.version)
        assert recent.glimpse([KEY]) is None
        assert recent.glimpse([keys[-1]]) is not None


def test_a_lookup_tells_what_the_last_commit_left(client: datastore.Client, an_entity: Entity) -> None:
    key = client.key("A", 1)
    for colour in ("red", "blue"):
        commit(client, upsert(an_entity("A", 1, colour=colour)))
        for _ in range(3):
            [found] = lookup(client, key).found
            assert found.entity.properties["colour"].string_value == colour
    commit(client, delete(key))
    for _ in range(3):
        assert [len(lookup(client, key).found), len(lookup(client, key).missing)] == [0, 1]


def test_what_was_not_committed_is_not_seen(client: datastore.Client, an_entity: Entity) -> None:
    red, blue = (an_entity("A", 1, colour=colour) for colour in ("red", "blue"))
    commit(client, upsert(red))
    commit(client, upsert(an_entity("A", 2)))
    with pytest.raises(AlreadyExists):
        commit(client, upsert(blue), insert(an_entity("A", 2)), transaction=begin(client))
    [found] = lookup(client, red.key).found
    assert found.entity.properties["colour"].string_value == "red"


class AfterCommit:
    """A connection that does something when a commit is in the file, before anybody else hears of it."""

    def __init__(self, connection: sqlite3.Connection, act: Callable[[], None]) -> None:
        self._connection = connection
        self._act = act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        cursor = self._connection.execute(sql, *parameters)
        if sql == "COMMIT":
            self._act()
        return cursor


def test_what_is_in_the_file_is_seen_before_it_is_in_memory(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, seen = Place(KEY, b"", "A"), []

    def put(number: int) -> None:
        with storage.writing() as writer:
            writer.put(place, messages.Entity(properties={"n": {"integer_value": number}}), writer.get(KEY))

    def look() -> None:
        with storage.looking_up([KEY], None) as entities:
            stored = entities.get(KEY)
        assert stored is not None
        seen.append(messages.Entity.FromString(stored.entity).properties["n"].integer_value)

    put(1)
    look()
    monkeypatch.setattr(storage, "_writer_connection", AfterCommit(storage._writer_connection, look))
    put(2)
    look()
    assert seen == [1, 2, 2]


def test_a_commit_that_is_interrupted_is_known_by_what_is_in_the_file(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "now", lambda: 1)
    place = Place(KEY, b"", "A")

    def put(number: int) -> int:
        with storage.writing() as writer:
            entity = messages.Entity(properties={"n": {"integer_value": number}})
            return writer.put(place, entity, writer.get(KEY)).version

    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    assert put(1) == 1
    with monkeypatch.context() as patch:
        patch.setattr(storage, "_writer_connection", AfterCommit(storage._writer_connection, interrupt))
        with pytest.raises(KeyboardInterrupt):
            put(2)
    assert put(3) == 3


def test_nobody_looks_back(client: datastore.Client) -> None:
    """Who has seen a number sees no lower one afterwards, whether it is looked up or found by a query."""
    key, done = client.key("Counter", 1), threading.Event()

    def count() -> None:
        try:
            for number in range(COUNTED):
                entity = datastore.Entity(key)
                entity["number"] = number
                client.put(entity)
        finally:
            done.set()

    def watch(ask_first: int) -> int:
        newest, turn = -1, ask_first
        while not done.is_set():
            turn += 1
            seen = [client.get(key)] if turn % 3 else list(client.query(kind="Counter").fetch())
            for entity in filter(None, seen):
                assert entity["number"] >= newest
                newest = entity["number"]
        return newest

    count_once = threading.Thread(target=count)
    with ThreadPoolExecutor(4) as pool:
        count_once.start()
        watchers = [pool.submit(watch, n) for n in range(4)]
        assert max(watcher.result(60) for watcher in watchers) >= 0
    count_once.join(60)
