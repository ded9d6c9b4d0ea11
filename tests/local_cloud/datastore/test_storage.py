"""Readers of the file: so many at once, and no more connections than that."""

from __future__ import annotations

import threading
from pathlib import Path

from local_cloud.datastore.engine import Engine
from local_cloud.datastore.messages import MICROSECONDS, Entity, Value
from local_cloud.datastore.reader import Place
from local_cloud.datastore.storage import HISTORY_SECONDS, MAX_READERS, Storage


def test_a_reader_too_many_waits_for_one_that_ends(storage: Storage) -> None:
    reading, done = threading.Semaphore(0), threading.Event()

    def read() -> None:
        with storage.reading():
            reading.release()
            assert done.wait(60)

    readers = [threading.Thread(target=read) for _ in range(2 * MAX_READERS)]
    for reader in readers:
        reader.start()
    for _ in range(MAX_READERS):
        assert reading.acquire(timeout=60)
    assert not reading.acquire(timeout=0.2)
    done.set()
    for reader in readers:
        reader.join(60)
    # One more is the writer's.
    assert len(storage._connections) == MAX_READERS + 1


def test_readers_in_turn_share_a_connection(storage: Storage) -> None:
    def read() -> None:
        with storage.reading() as reader:
            reader.last_version()

    for _ in range(5):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(60)
    assert len(storage._connections) == 2


def test_the_newest_version_is_known_again_whatever_the_last_write_was(tmp_path: Path) -> None:
    """The clock stands still, so that each version is one more than the newest."""
    place = Place(b"key", b"", "A")
    for number, is_deleted in enumerate([False, False, True, False, True], 1):
        engine = Engine(tmp_path, now=lambda: 1)
        engine.open()
        assert engine.storage is not None
        with engine.storage.reading() as reader:
            assert reader.last_version() == number - 1
        with engine.storage.writing() as writer:
            old = writer.get(place.key)
            if is_deleted:
                assert old is not None
                assert writer.delete(place, old) == number
            else:
                entity = Entity(properties={"n": Value(integer_value=number)})
                assert writer.put(place, entity, old).version == number
        engine.close()


def test_what_is_older_than_an_hour_is_forgotten_and_no_more(tmp_path: Path) -> None:
    place, later = Place(b"key", b"", "A"), HISTORY_SECONDS + 2
    now = 0
    engine = Engine(tmp_path, now=lambda: now)
    engine.open()
    assert engine.storage is not None
    for seconds in (*range(4), later, later + 1):
        now = seconds * MICROSECONDS
        with engine.storage.writing() as writer:
            entity = Entity(properties={"n": Value(integer_value=seconds)})
            writer.put(place, entity, writer.get(place.key))
    with engine.storage.reading() as reader:
        for table in ("past_entities", "past_rows"):
            kept = reader.connection.execute(f"SELECT until FROM {table} ORDER BY until").fetchall()
            assert [until // MICROSECONDS for (until,) in kept] == [2, 3, later, later + 1]
    engine.close()
