from __future__ import annotations

import math

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from local_cloud.datastore import ids


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
