from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, InternalServerError
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

from local_cloud.datastore.engine import Engine
from local_cloud.datastore.in_process import client_of

from .calls import commit, insert
from .conftest import INDEX_FILE


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(None, INDEX_FILE)
    engine.open()
    yield engine
    engine.close()


@pytest.fixture(params=[None, "127.0.0.1:1"], ids=["alone", "beside an emulator"])
def client(
    engine: Engine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> datastore.Client:
    monkeypatch.delenv("DATASTORE_EMULATOR_HOST", raising=False)
    if request.param:
        monkeypatch.setenv("DATASTORE_EMULATOR_HOST", request.param)
    return client_of(engine, "p")


def test_googles_client_works_without_a_server(client: datastore.Client) -> None:
    entity = datastore.Entity(client.key("A", 1))
    entity["n"] = 1
    client.put(entity)
    assert client.get(entity.key) == entity
    with client.transaction():
        entity = client.get(entity.key)
        entity["n"] += 1
        client.put(entity)
    query = client.query(kind="A", filters=[PropertyFilter("n", "=", 2)])
    assert [found.key.id for found in query.fetch()] == [1]
    (counted,) = client.aggregation_query(query).count().fetch()
    assert counted[0].value == 1
    assert client.allocate_ids(client.key("A"), 2)[0].id
    client.delete(entity.key)
    assert client.get(entity.key) is None


def test_faults_are_the_exceptions_of_googles_client(client: datastore.Client) -> None:
    entity = datastore.Entity(client.key("A", 1))
    commit(client, insert(entity))
    with pytest.raises(AlreadyExists, match="entity already exists"):
        commit(client, insert(entity))
    with pytest.raises(FailedPrecondition, match="no matching index found"):
        list(client.query(kind="K", order=["a", "b"]).fetch())


def test_a_bug_is_an_internal_error_here_too(
    client: datastore.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("local_cloud.datastore.service._fill_lookup", lambda *_: 1 / 0)
    with pytest.raises(InternalServerError):
        client.get(client.key("A", 1))
    assert "ZeroDivisionError" in caplog.text


def test_what_is_kept_is_the_same_file_as_a_server_s(tmp_path: Path) -> None:
    for known in (False, True):
        engine = Engine(tmp_path)
        engine.open()
        client = client_of(engine, "p", namespace="n")
        assert (client.get(client.key("A", 1)) is not None) == known
        client.put(datastore.Entity(client.key("A", 1)))
        engine.close()
