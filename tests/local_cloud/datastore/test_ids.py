from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from local_cloud.datastore import ids
from local_cloud.datastore.messages import Key
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.writer import Writer


def test_the_scattering_meets_every_id_once() -> None:
    span = ids.HIGHEST_ID - ids.LOWEST_ID + 1
    assert math.gcd(span, ids._STEP) == 1


def test_allocated_ids_are_never_given_twice(client: datastore.Client) -> None:
    first = client.allocate_ids(client.key("A"), 501)
    second = client.allocate_ids(client.key("A"), 501)
    given = {key.id for key in first + second}
    assert len(given) == 1002
    assert all(10**15 <= identity < 2**53 for identity in given)


def test_a_complete_key_needs_no_id(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        client._datastore_api.allocate_ids(
            request={"project_id": client.project, "keys": [client.key("A", 1).to_protobuf()]}
        )


def test_reserved_ids_are_never_given(client: datastore.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = iter((7, 8, 9))
    monkeypatch.setattr(ids, "scattered", lambda number: next(candidates))
    client.reserve_ids_multi([client.key("A", 7)])
    client.put(datastore.Entity(client.key("A", 8)))
    (key,) = client.allocate_ids(client.key("A"), 1)
    assert key.id == 9


def test_a_block_that_could_not_be_written_is_not_given(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = storage.writing

    @contextmanager
    def on_a_full_disk() -> Iterator[Writer]:
        with write() as writer:
            yield writer
            raise sqlite3.OperationalError("database or disk is full")

    def some(allocator: ids.Ids) -> set[int]:
        keys = [Key(path=[{"kind": "A"}]) for _ in range(3)]
        allocator.complete(keys)
        return {key.path[-1].id for key in keys}

    allocator = ids.Ids(storage)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "writing", on_a_full_disk)
        with pytest.raises(sqlite3.OperationalError):
            some(allocator)
    given, after_a_restart = some(allocator), ids.Ids(storage)
    assert given.isdisjoint(some(after_a_restart) | some(after_a_restart))
