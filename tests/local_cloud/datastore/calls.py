"""Raw calls, for what Google's high-level client has no words for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.cloud import datastore
from google.cloud.datastore.helpers import entity_to_protobuf

FAIL = "FAIL"
SINGLE_USE: dict[str, Any] = {"single_use_transaction": {"read_write": {}}}


def entity_builder(client: datastore.Client) -> Callable[..., datastore.Entity]:
    """Its `an_entity("Kind", 1, a=2)` has a key in the client's project."""

    def build(*path: Any, unindexed: tuple[str, ...] = (), **properties: Any) -> datastore.Entity:
        entity = datastore.Entity(client.key(*path), exclude_from_indexes=unindexed)
        entity.update(properties)
        return entity

    return build


def upsert(entity: datastore.Entity, **conditions: Any) -> dict[str, Any]:
    return {"upsert": entity_to_protobuf(entity), **conditions}


def insert(entity: datastore.Entity, **conditions: Any) -> dict[str, Any]:
    return {"insert": entity_to_protobuf(entity), **conditions}


def update(entity: datastore.Entity, **conditions: Any) -> dict[str, Any]:
    return {"update": entity_to_protobuf(entity), **conditions}


def delete(key: datastore.Key, **conditions: Any) -> dict[str, Any]:
    return {"delete": key.to_protobuf(), **conditions}


def commit(client: datastore.Client, *mutations: dict[str, Any], **options: Any) -> Any:
    """Non-transactional unless the options name a transaction."""
    mode = "TRANSACTIONAL" if options else "NON_TRANSACTIONAL"
    request = {"project_id": client.project, "mode": mode, "mutations": list(mutations), **options}
    return client._datastore_api.commit(request=request)


def lookup(client: datastore.Client, *keys: datastore.Key, **read_options: Any) -> Any:
    request: dict[str, Any] = {"project_id": client.project, "keys": [key.to_protobuf() for key in keys]}
    if read_options:
        request["read_options"] = read_options
    return client._datastore_api.lookup(request=request)


def version_of(client: datastore.Client, key: datastore.Key) -> int:
    return int(lookup(client, key).found[0].version)


def begin(client: datastore.Client, **options: Any) -> bytes:
    request = {"project_id": client.project, "transaction_options": options}
    return bytes(client._datastore_api.begin_transaction(request=request).transaction)


def rollback(client: datastore.Client, transaction: bytes) -> None:
    client._datastore_api.rollback(request={"project_id": client.project, "transaction": transaction})


def run_query(client: datastore.Client, kind: str | None, read_options: Any = None, **query: Any) -> Any:
    if kind is not None:
        query["kind"] = [{"name": kind}]
    request = {
        "project_id": client.project,
        "partition_id": {"project_id": client.project},
        "query": query,
        "read_options": read_options or {},
    }
    return client._datastore_api.run_query(request=request)
