"""Readers of the file: so many at once, and no more connections than that."""

from __future__ import annotations

import threading

from local_cloud.datastore.storage import MAX_READERS, Storage


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
